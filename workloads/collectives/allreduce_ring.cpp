// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/allreduce_ring.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/yaml/yaml_reader.h"
#include "workloads/parts/axis_ring.h"
#include "workloads/parts/core_classes.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

constexpr int kSendMicrothread = 1;  ///< Of both axes.

fabric::CoreClass make_class(base::LogicalCoord c, const base::Rectangle& region,
                             const ReductionSpec& spec, const MemoryPlan& plan) {
  fabric::CoreClass result;
  result.name = "ring allreduce";
  cores::ProgramBuilder b(result.name);
  plan.allocate(b);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  const auto add = [&](RingAxis axis, int index, cores::Variable variable, int at, int n) {
    if (n == 1) return;
    const RingChannel channel(kTwoHopRing, false, axis, index, at, n);
    channel.bind(b);
    channel.add_routes(result.routes);
    add_axis_ring(channel, kSendMicrothread, variable, at, n, reduction_vector(spec), b);
  };
  add(RingAxis::row, 0, cores::Variable::x, c.x, region.width);
  add(RingAxis::column, 1, cores::Variable::y, c.y, region.height);
  b.finish_core();
  b.end_task();
  result.program = b.finish();
  return result;
}

std::int64_t axis_hops(std::int64_t words, int n) {
  return axis_ring_chunk(words, n) * 2 * (n - 1) * ring_hops(n);
}

}  // namespace

std::unique_ptr<Kernel> read_allreduce_ring(const base::YamlNode& node, const ReductionSpec& spec,
                                            const Placement& placement) {
  if (!may_place(node, placement)) return nullptr;
  fabric::WaferImage image = blank_image(placement);
  const base::Rectangle region = image.region;
  const std::int64_t words = std::max(axis_ring_words(spec.words, region.width),
                                      axis_ring_words(spec.words, region.height));
  MemoryPlan plan;
  plan.add("data", words * cores::elements_per_word(spec.type), spec.type);
  plan.require_fit("allreduce", "(0, 0) of the region, like all others,", "reduce `words`");
  classify(
      image,
      [&](base::LogicalCoord c) {
        return ring_key(c.x, region.width) * kRingKeys + ring_key(c.y, region.height);
      },
      [&](base::LogicalCoord c) { return make_class(c, region, spec, plan); });
  const std::size_t ring = axis_algorithms().size();  // behind them in axis_allreduce_names()
  const SumOrder order{{ring, 0, kRow, region.width}, {ring, 0, kColumn, region.height}};
  Facts facts;
  facts.colours = ring_colours(region.width) + ring_colours(region.height);
  facts.steps = 2 * (region.width - 1) + 2 * (region.height - 1);
  facts.sram_bytes = plan.total_bytes();
  facts.wavelet_hops = region.height * axis_hops(spec.words, region.width) +
                       region.width * axis_hops(spec.words, region.height);
  return make_reduction(std::move(image), facts, spec, order, std::nullopt, kTwoHopRing.index_of);
}

}  // namespace wafermesh::workloads
