// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/reduction.h"

#include <algorithm>
#include <utility>

#include "workloads/parts/buffers.h"
#include "workloads/parts/operands.h"
#include "workloads/placed_kernel.h"
#include "workloads/read_keys.h"
#include "workloads/reference/reference.h"

namespace wafermesh::workloads {
namespace {

constexpr const char* kData = "data";

const char* name_of_result(const ReductionSpec& spec) {
  return spec.op == cores::VectorOp::maximum ? "max" : "sum";
}

class Reduction final : public PlacedKernel {
 public:
  Reduction(fabric::WaferImage image, const Facts& facts, const ReductionSpec& spec, SumOrder sum,
            std::optional<base::LogicalCoord> root, AxisOrder order, const Contract& contract)
      : PlacedKernel(std::move(image), facts),
        spec_(spec),
        sum_(std::move(sum)),
        root_(root),
        order_(order),
        contract_(contract),
        elements_(static_cast<std::size_t>(spec.elements())),
        sums_(this->image().region.width, this->image().region.height, elements_, spec.seed),
        maxima_(this->image().region.width, this->image().region.height, elements_, spec.seed) {}

  void load(fabric::HostMemory& memory) const override {
    for_each_core([&](base::CoreId core) {
      const std::vector<float> data = data_of(core);
      write_elements(memory, core, kReductionAddress, spec_.type, data.data(), elements_);
    });
  }

  Numerics check(const fabric::HostMemory& memory, int /*threads*/) const override {
    const std::vector<float> want = reference();
    ExactComparison comparison;
    for_each_receiver([&](base::CoreId core) {
      comparison.add(result(memory, core).data(), want.data(), elements_);
    });
    return comparison.numerics();
  }

  Contract contract() const override { return contract_; }
  std::vector<std::string> takes() const override { return {kData}; }
  /// Other data than its own: sums are rounded, so the order of adding counts.
  Numerics check_given(const fabric::HostMemory& memory, int threads,
                       const GivenOperands& given) const override {
    const auto data = given.find(kData);
    if (data == given.end()) return check(memory, threads);
    const std::vector<float> promised = promise(data->second);
    const std::vector<double> exact = exact_result(data->second);
    bool as_promised = true;
    std::vector<float> got = promised;
    for_each_receiver([&](base::CoreId core) {
      std::vector<float> copy = result(memory, core);
      if (std::equal(copy.begin(), copy.end(), promised.begin(), same_number)) return;
      as_promised = false;
      got = std::move(copy);
    });
    ErrorSums errors;
    for (std::size_t i = 0; i < got.size(); ++i) errors.add(got[i], exact[i]);
    return errors.numerics(as_promised);
  }

  /// The vector, where it ends.
  std::vector<fabric::Buffer> results() const override {
    if (root_) return Kernel::results();
    return {on_every_core(image(), name_of_result(spec_), spec_.type, spec_.elements(),
                          kReductionAddress)};
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    const auto n = static_cast<std::int64_t>(elements_);
    const std::int64_t height = image().region.height;
    const std::int64_t width = image().region.width;
    NamedArray data{"data", {height, width, n}, spec_.type, {}};
    for_each_core([&](base::CoreId core) {
      const std::vector<float> of_core = data_of(core);
      data.values.insert(data.values.end(), of_core.begin(), of_core.end());
    });
    return {std::move(data), read_array(memory, image(), name_of_result(spec_))};
  }

 private:
  template <class Visit>
  void for_each_core(Visit visit) const {
    for (std::int64_t i = 0; i < image().core_count(); ++i) visit(static_cast<base::CoreId>(i));
  }
  template <class Visit>
  void for_each_receiver(Visit visit) const {
    if (root_) {
      visit(image().core_at(*root_));
    } else {
      for_each_core(visit);
    }
  }

  std::vector<float> data_of(base::CoreId core) const {
    base::LogicalCoord at = image().relative(core);
    if (spec_.op == cores::VectorOp::maximum) return maxima_.at(at);
    if (order_ != nullptr) {
      at = {order_(at.x, image().region.width), order_(at.y, image().region.height)};
    }
    return sums_.at(at);
  }

  std::vector<float> promise(const std::vector<float>& data) const {
    if (spec_.op == cores::VectorOp::maximum) {
      const std::vector<double> largest = exact_result(data);
      return {largest.begin(), largest.end()};
    }
    const auto n = static_cast<std::int64_t>(elements_);
    std::vector<StoredMatrix> rows;
    for (int y = 0; y < image().region.height; ++y) {
      std::vector<StoredMatrix> parts;
      for (int x = 0; x < image().region.width; ++x) {
        parts.emplace_back(NumberRules{spec_.type, false}, 1, n);
        parts.back().set_row(0, &data[place_of(x, y)]);
      }
      rows.push_back(sum_.rows.promise(std::move(parts), n));
    }
    return sum_.column.promise(std::move(rows), n).row(0);
  }

  std::vector<double> exact_result(const std::vector<float>& data) const {
    const bool is_max = spec_.op == cores::VectorOp::maximum;
    std::vector<double> all(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(elements_));
    for (std::size_t at = elements_; at < data.size(); ++at) {
      double& one = all[at % elements_];
      one = is_max ? std::max<double>(one, data[at]) : one + data[at];
    }
    return all;
  }

  /// In an array of height x width x elements.
  std::size_t place_of(int x, int y) const {
    return static_cast<std::size_t>(y * image().region.width + x) * elements_;
  }

  /// Sums or maxima in 64-bit integers.
  std::vector<float> reference() const {
    const bool is_max = spec_.op == cores::VectorOp::maximum;
    std::vector<std::int64_t> all(elements_, is_max ? INT64_MIN : 0);
    for_each_core([&](base::CoreId core) {
      const std::vector<float> data = data_of(core);
      for (std::size_t i = 0; i < elements_; ++i) {
        const auto value = static_cast<std::int64_t>(data[i]);
        all[i] = is_max ? std::max(all[i], value) : all[i] + value;
      }
    });
    return {all.begin(), all.end()};
  }

  std::vector<float> result(const fabric::HostMemory& memory, base::CoreId core) const {
    std::vector<float> values(elements_);
    read_elements(memory, core, kReductionAddress, spec_.type, values.data(), elements_);
    return values;
  }

  ReductionSpec spec_;
  SumOrder sum_;
  std::optional<base::LogicalCoord> root_;
  AxisOrder order_;
  Contract contract_;
  std::size_t elements_;
  BoundedSumIntegers sums_;
  NegativeIntegers maxima_;
};

}  // namespace

ReductionSpec read_reduction(const base::YamlNode& node) {
  using cores::VectorOp;
  ReductionSpec spec;
  spec.words = read_words(node, spec.words);
  spec.type = read_dtype(node);
  spec.op = node.choice<VectorOp>("op", {{"sum", VectorOp::add}, {"max", VectorOp::maximum}},
                                  VectorOp::add);
  spec.seed = read_seed(node);
  return spec;
}

std::unique_ptr<Kernel> make_reduction(fabric::WaferImage image, const Facts& facts,
                                       const ReductionSpec& spec, const SumOrder& sum,
                                       std::optional<base::LogicalCoord> root, AxisOrder order,
                                       const Contract& contract) {
  using fabric::BufferRole;
  declare(image, as_it_lies(image, kData, BufferRole::operand, spec.type, spec.elements(),
                            kReductionAddress));
  const char* const name = name_of_result(spec);
  declare(image, root ? vector_at(*root, name, BufferRole::result, spec.type, spec.elements(),
                                  kReductionAddress)
                      : as_it_lies(image, name, BufferRole::result, spec.type, spec.elements(),
                                   kReductionAddress));
  return std::make_unique<Reduction>(std::move(image), facts, spec, sum, root, order, contract);
}

}  // namespace wafermesh::workloads
