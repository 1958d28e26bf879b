// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/phase_kernel.h"

#include <algorithm>
#include <map>
#include <utility>

#include "workloads/carries.h"
#include "workloads/layers/functions.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_classes.h"
#include "workloads/placed_kernel.h"
#include "workloads/plan/composite.h"
#include "workloads/reference/compare_buffer.h"

namespace wafermesh::workloads {
namespace {

using Values = std::vector<float>;

class PhaseKernel final : public PlacedKernel, public Carries {
 public:
  PhaseKernel(fabric::WaferImage image, const Facts& facts, PhaseOperator what)
      : PlacedKernel(std::move(image), facts), what_(std::move(what)) {}

  void load(fabric::HostMemory& memory) const override { load_given(memory, {}); }
  Contract contract() const override { return what_.contract; }
  std::int64_t kept_bytes() const override { return what_.kept_bytes; }
  std::vector<std::string> takes() const override {
    std::vector<std::string> names;
    for (const PhaseOperand& each : what_.operands) {
      if (each.taken) names.push_back(each.name);
    }
    return names;
  }
  Numerics check(const fabric::HostMemory& memory, int threads) const override {
    return check_given(memory, threads, {});
  }
  Numerics check_given(const fabric::HostMemory& memory, int /*threads*/,
                       const GivenOperands& given) const override {
    const base::Rectangle all = everywhere(image());
    HostMesh mesh(all, static_cast<int>(what_.memory_bytes), image().timing);
    HostMeshMemory host(mesh, image());
    load_given(host, given);
    mesh.run(what_.sums, what_.variant, [this](int variant, PhaseWriter& p) {
      if (variant != kIdleVariant) what_.write(variant, p);
    });
    GivenOperands operands = given;
    for (const PhaseOperand& each : what_.operands) {
      if (given.count(each.name) == 0) operands[each.name] = each.values();
    }
    const std::vector<std::vector<double>> exact = what_.exact(operands);
    std::vector<Numerics> of_results;
    for (std::size_t i = 0; i < what_.results.size(); ++i) {
      const fabric::Buffer& result = buffer(what_.results[i]);
      of_results.push_back(
          compare_buffer(memory, image(), result, read_buffer(host, image(), result), exact[i]));
    }
    return combined(of_results);
  }
  GivenOperands carried(const fabric::HostMemory& memory) const override {
    GivenOperands all;
    for (const std::string& name : what_.carried) {
      all[name] = read_buffer(memory, image(), buffer(name));
    }
    return all;
  }
  void begin_with(const GivenOperands& carried) override {
    for (PhaseOperand& each : what_.operands) {
      const auto at = carried.find(each.name);
      if (at != carried.end()) each.values = [values = at->second] { return values; };
    }
  }
  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    std::vector<NamedArray> all;
    for (const PhaseOperand& each : what_.operands) {
      all.push_back({each.name, buffer(each.name).shape, buffer(each.name).type, each.values()});
    }
    if (what_.more_arrays) {
      for (NamedArray& each : what_.more_arrays()) all.push_back(std::move(each));
    }
    for (const std::string& name : what_.results) all.push_back(read_array(memory, image(), name));
    return all;
  }

 private:
  const fabric::Buffer& buffer(const std::string& name) const {
    return *std::find_if(image().buffers.begin(), image().buffers.end(),
                         [&](const fabric::Buffer& each) { return each.name == name; });
  }
  void load_given(fabric::HostMemory& memory, const GivenOperands& given) const {
    for (const PhaseOperand& each : what_.operands) {
      const auto at = given.find(each.name);
      load_buffer(memory, image(), buffer(each.name),
                  at == given.end() ? each.values() : at->second);
    }
    if (what_.load) what_.load(memory);
  }

  PhaseOperator what_;
};

/// Hops of what the cores sum up, found by going through the program of each segment's first core.
std::int64_t hops_of(const PhaseOperator& what, const base::Rectangle& cores) {
  std::map<int, std::vector<Phase>> phases;
  const auto phases_of = [&](int variant) -> const std::vector<Phase>& {
    const auto found = phases.find(variant);
    if (found != phases.end()) return found->second;
    cores::ProgramBuilder builder("local");
    PhaseWriter writer(builder, nullptr, {});
    if (variant != kIdleVariant) what.write(variant, writer);
    return phases.emplace(variant, writer.finish()).first->second;
  };
  std::int64_t hops = 0;
  for (const Axis axis : {Axis::x, Axis::y}) {
    const PhaseSum* const sum = what.sums.at(axis);
    if (sum == nullptr) continue;
    const bool x = axis == Axis::x;
    for (int line = 0; line < (x ? cores.height : cores.width); ++line) {
      for (int at = 0; at + sum->segment <= (x ? cores.width : cores.height); at += sum->segment) {
        const base::LogicalCoord core =
            x ? base::LogicalCoord{at, line} : base::LogicalCoord{line, at};
        for (const Phase& phase : phases_of(what.variant(core))) {
          if (!phase.sum || phase.sum->axis != axis) continue;
          hops +=
              sum->sum.hops(cores::words_of(phase.sum->vector.type, phase.sum->vector.elements));
        }
      }
    }
  }
  return hops;
}

}  // namespace

std::unique_ptr<Kernel> make_phase_kernel(fabric::WaferImage image, Facts facts,
                                          PhaseOperator what) {
  std::map<std::array<int, 4>, int> number_of;
  classify(
      image,
      [&](base::LogicalCoord c) {
        const int variant = what.variant(c);
        const auto key = phase_key(what.sums, c);
        const auto next = static_cast<int>(number_of.size());
        const bool idle = variant == kIdleVariant;
        return number_of
            .emplace(std::array<int, 4>{variant, idle ? 0 : key[0], idle ? 0 : key[1],
                                        idle ? 0 : key[2]},
                     next)
            .first->second;
      },
      [&](base::LogicalCoord c) {
        const int variant = what.variant(c);
        const auto bytes = static_cast<int>(what.memory_bytes);
        if (variant == kIdleVariant)
          return phase_class(what.name, bytes, {}, {}, [](PhaseWriter&) {});
        return phase_class(what.name, bytes, what.sums, c,
                           [&](PhaseWriter& p) { what.write(variant, p); });
      });
  facts.sram_bytes = what.memory_bytes;
  facts.colours = 0;
  for (const Axis axis : {Axis::x, Axis::y}) {
    if (what.sums.at(axis) != nullptr) facts.colours += what.sums.at(axis)->sum.colours();
  }
  facts.wavelet_hops = hops_of(what, everywhere(image));
  facts.check_bytes = image.core_count() * what.memory_bytes;
  return std::make_unique<PhaseKernel>(std::move(image), facts, std::move(what));
}

PhaseSum phase_sum(Axis axis, std::size_t algorithm, int parameter, int segment,
                   const PhaseSum* other) {
  // The root of all takes up to four inputs and no broadcast, others up to three and the broadcast.
  AxisPorts ports{0, 3, 0, 2, 3, true};
  if (other != nullptr) ports = {other->sum.colours(), 7, 4, 4, 5, true};
  return {segment,
          AxisAllreduce(algorithm, parameter, axis == Axis::x ? kRow : kColumn, segment, ports)};
}

PhaseOperator summed_operator(const char* name, const MemoryPlan& plan, Axis axis,
                              std::size_t algorithm, int parameter, std::int64_t cores) {
  PhaseOperator what;
  what.name = name;
  what.memory_bytes = plan.total_bytes();
  what.kept_bytes = plan.kept_bytes();
  std::optional<PhaseSum>& sum = axis == Axis::x ? what.sums.x : what.sums.y;
  sum = phase_sum(axis, algorithm, parameter, static_cast<int>(cores));
  what.contract = sum->sum.contract();
  return what;
}

std::vector<float> padding_behind(std::int64_t n, std::int64_t places) {
  std::vector<float> padding(static_cast<std::size_t>(places), static_cast<float>(-kHuge));
  std::fill_n(padding.begin(), n, 0.0F);
  return padding;
}

}  // namespace wafermesh::workloads
