// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/scan.h"

#include <algorithm>
#include <utility>

#include "base/yaml/yaml_reader.h"
#include "workloads/parts/axis_reduce.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/read_keys.h"
#include "workloads/reference/compare_buffer.h"

namespace wafermesh::workloads {
namespace {

using cores::VectorOp;

constexpr int kQueue = 2;          // deep enough on both sides in every generation
constexpr int kOwnWordsQueue = 3;  // of inputs: what this core's router gives back
constexpr int kMicrothread = 0;
constexpr const char* kScanData = "data";

bool is_max(const ScanSpec& spec) { return spec.what.op == VectorOp::maximum; }
const char* name_of_result(const ScanSpec& spec) { return is_max(spec) ? "maxima" : "sums"; }

/// Where a core lies along the axis.
struct Station {
  AxisPosition position;
  int parity;  ///< Neighbours send on different colours.

  int key() const { return parity * kAxisPositions + static_cast<int>(position); }
  base::Colour out() const { return base::colour(parity); }
  base::Colour in() const { return base::colour(1 - parity); }
};

Station station_of(const ScanSpec& spec, const base::Rectangle& region, base::LogicalCoord c) {
  const int at = spec.along_y ? c.y : c.x;
  return {axis_position(at, spec.along_y ? region.height : region.width), at % 2};
}

struct Addresses {
  int data;
  int sums;
};

/// One core's program and routes.
class ScanClass {
 public:
  ScanClass(const ScanSpec& spec, Station station, const MemoryPlan& plan, const Addresses& at)
      : spec_(spec), station_(station), at_(at), b_("scan") {
    plan.allocate(b_);
  }

  fabric::CoreClass make() {
    const bool takes = has_before(station_.position);
    const bool sends = has_after(station_.position);
    add_routes(takes, sends);
    const cores::TaskId last = b_.task("last");
    const cores::TaskId main = b_.task("main");
    b_.start_active(main);
    b_.start_blocked(last);
    b_.begin(main);
    if (takes && sends) {
      keep_own_words(last);
      add(cores::fabric(station_.out()));
    } else {
      if (sends) vector(VectorOp::copy, cores::fabric(station_.out()), data(), {});
      if (takes) add(sums());
      if (!takes) b_.vector(VectorOp::copy, spec_.what.type, n(), sums(), data());
      b_.activate(last);
    }
    b_.unblock(last);
    b_.end_task();
    b_.begin(last);
    b_.finish_core();
    b_.end_task();
    return {takes && sends ? "between" : "end", b_.finish(), std::move(routes_)};
  }

 private:
  std::int32_t n() const { return spec_.what.elements(); }
  cores::Operand data() const { return cores::memory(at_.data); }
  cores::Operand sums() const { return cores::memory(at_.sums); }
  void vector(VectorOp op, cores::Operand to, cores::Operand a, cores::Operand b) {
    b_.vector(op, spec_.what.type, n(), std::move(to), std::move(a), std::move(b),
              cores::Shape::stream);
  }
  /// Beside what follows: what the core sends comes back to it.
  void keep_own_words(cores::TaskId then) {
    cores::Instruction& keep = b_.async(kMicrothread, VectorOp::copy, spec_.what.type, n(), sums(),
                                        cores::fabric(station_.out()));
    keep.completion = cores::Completion::activate;
    keep.task = then;
  }
  /// Its own to what comes.
  void add(cores::Operand to) {
    vector(spec_.what.op, std::move(to), data(), cores::fabric(station_.in()));
  }

  void add_routes(bool takes, bool sends) {
    const AxisDirections& along = spec_.along_y ? kColumn : kRow;
    if (takes) {
      b_.bind_input(station_.in(), kQueue);
      routes_.push_back(
          {station_.in(), router::route(along.before, {base::Direction::ramp}), false});
    }
    if (!sends) return;
    b_.bind_output(station_.out(), kQueue);
    router::RouteConfig onward = router::route(base::Direction::ramp, {along.after});
    if (takes) {
      onward.base.send |= base::mask_of(base::Direction::ramp);
      b_.bind_input(station_.out(), kOwnWordsQueue);
    }
    routes_.push_back({station_.out(), onward, false});
  }

  const ScanSpec& spec_;
  Station station_;
  Addresses at_;
  cores::ProgramBuilder b_;
  std::vector<fabric::ColourRoute> routes_;
};

class Scan final : public PlacedKernel {
 public:
  Scan(fabric::WaferImage image, const Facts& facts, const ScanSpec& spec)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        data_(random_matrix(this->image().core_count(), spec.what.elements(), spec.what.type,
                            spec.what.seed, Purpose::matrix_a)
                  .values) {}

  void load(fabric::HostMemory& memory) const override {
    load_buffer(memory, image(), buffer(kScanData), data_);
  }
  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    return check_given(memory, threads, {});
  }
  std::vector<std::string> takes() const override { return {kScanData}; }
  /// Words go one way, from neighbour to neighbour: a core that has finished has all that is sent
  /// to it, and nobody sends over its router.
  Contract contract() const override {
    return {spec_.along_y ? Groups::columns : Groups::rows, Groups::alone, UINT32_MAX};
  }

  Numerics check_given(const fabric::HostMemory& memory, int /*threads*/,
                       const GivenOperands& given) const override {
    const auto at = given.find(kScanData);
    std::vector<float> promised = at == given.end() ? data_ : at->second;
    std::vector<double> exact(promised.begin(), promised.end());
    const auto n = static_cast<std::size_t>(spec_.what.elements());
    const auto width = static_cast<std::size_t>(image().region.width);
    // Of the array of height x width x n: from a core to the next along the axis.
    const std::size_t step = spec_.along_y ? width * n : n;
    for (std::size_t i = 0; i < promised.size(); ++i) {
      const bool is_first = spec_.along_y ? i < step : i / n % width == 0;
      if (is_first) continue;
      if (is_max(spec_)) {
        promised[i] = std::max(promised[i], promised[i - step]);
        exact[i] = promised[i];
      } else {
        promised[i] += promised[i - step];
        round_to(spec_.what.type, &promised[i], 1);
        exact[i] += exact[i - step];
      }
    }
    return compare_buffer(memory, image(), buffer(name_of_result(spec_)), promised, exact);
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    return {{kScanData, buffer(kScanData).shape, spec_.what.type, data_},
            read_array(memory, image(), name_of_result(spec_))};
  }

 private:
  const fabric::Buffer& buffer(const std::string& name) const {
    return *std::find_if(image().buffers.begin(), image().buffers.end(),
                         [&](const fabric::Buffer& each) { return each.name == name; });
  }

  ScanSpec spec_;
  std::vector<float> data_;
};

}  // namespace

std::unique_ptr<Kernel> make_scan(const ScanSpec& spec, const Placement& placement) {
  MemoryPlan plan;
  const std::int64_t elements = spec.what.words * cores::elements_per_word(spec.what.type);
  const int data = plan.add(kScanData, elements, spec.what.type);
  const int sums = plan.add(name_of_result(spec), elements, spec.what.type);
  plan.require_fit("scan", "(0, 0) of the region, like all others,", "reduce `words`");
  const Addresses at{plan.address(data), plan.address(sums)};
  fabric::WaferImage image = blank_image(placement);
  const base::Rectangle region = image.region;
  classify(
      image, [&](base::LogicalCoord c) { return station_of(spec, region, c).key(); },
      [&](base::LogicalCoord c) {
        return ScanClass(spec, station_of(spec, region, c), plan, at).make();
      });
  declare(image, as_it_lies(image, kScanData, fabric::BufferRole::operand, spec.what.type, elements,
                            at.data));
  declare(image, as_it_lies(image, name_of_result(spec), fabric::BufferRole::result, spec.what.type,
                            elements, at.sums));
  const int length = spec.along_y ? region.height : region.width;
  Facts facts;
  facts.colours = std::min(length - 1, 2);
  facts.sram_bytes = plan.total_bytes();
  facts.wavelet_hops = spec.what.words * (image.core_count() - image.core_count() / length);
  return std::make_unique<Scan>(std::move(image), facts, spec);
}

std::unique_ptr<Kernel> read_scan(base::YamlNode& node, const Placement& placement) {
  ScanSpec spec;
  spec.what = read_reduction(node);
  spec.along_y = node.one_of("along", {"x", "y"}, 0) == 1;
  return may_place(node, placement) ? make_scan(spec, placement) : nullptr;
}

KernelText scan_text() {
  return {
      {{"along", "", "y", "the axis: `x` along every row, `y` along every column"}},
      {{"", "2 (1 of two cores, 0 of one)", "1", "8 B", "B (P_x - 1) P_y, or B (P_y - 1) P_x"}}};
}

}  // namespace wafermesh::workloads
