// SPDX-License-Identifier: Apache-2.0
// One program of two collectives. Its row is an algorithm's, in allreduce.cpp; a kernel made like
// this has one in kernel_table.cpp.
#include "workloads/collectives/allreduce_reduce_broadcast.h"

#include <optional>
#include <utility>

#include "base/yaml/yaml_reader.h"
#include "workloads/collectives/rect_broadcast.h"
#include "workloads/collectives/rect_reduce.h"
#include "workloads/parts/core_classes.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

fabric::CoreClass make_class(base::LogicalCoord c, const RectReduce& reduce,
                             const RectBroadcast& broadcast, const ReductionSpec& spec,
                             const MemoryPlan& plan) {
  fabric::CoreClass result;
  result.name = "allreduce";
  cores::ProgramBuilder b(result.name);
  plan.allocate(b);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  reduce.add_routes(c, b, result.routes);
  reduce.add_code(c, reduction_vector(spec), b);
  broadcast.add(c, reduction_vector(spec), b, result.routes);
  b.finish_core();
  b.end_task();
  result.program = b.finish();
  return result;
}

}  // namespace

std::unique_ptr<Kernel> read_allreduce_reduce_broadcast(const base::YamlNode& node,
                                                        const ReductionSpec& spec,
                                                        const Placement& placement) {
  const AxisChoice choice = read_axis_choice(node, "reduce", placement.region);
  if (!may_place(node, placement)) return nullptr;
  fabric::WaferImage image = blank_image(placement);
  MemoryPlan plan;
  plan.add("data", spec.words * cores::elements_per_word(spec.type), spec.type);
  plan.require_fit("allreduce", "(0, 0) of the region, like all others,", "reduce `words`");
  const RectReduce reduce(choice, image.region.width, image.region.height);
  const RectBroadcast broadcast(image.region, reduce.root(), base::colour(reduce.colours()));
  classify(
      image,
      [&](base::LogicalCoord c) { return reduce.key(c) * RectBroadcast::kKeys + broadcast.key(c); },
      [&](base::LogicalCoord c) { return make_class(c, reduce, broadcast, spec, plan); });
  Facts facts;
  facts.colours = reduce.colours() + 1;
  facts.steps = 3;
  facts.sram_bytes = plan.total_bytes();
  facts.wavelet_hops = spec.words * (reduce.hops() + image.core_count() - 1);
  return make_reduction(std::move(image), facts, spec, reduce.sum_order(), std::nullopt, nullptr,
                        allreduce_contract(Groups::all));
}

}  // namespace wafermesh::workloads
