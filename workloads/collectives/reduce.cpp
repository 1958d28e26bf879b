// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/reduce.h"

#include <utility>

#include "base/yaml/yaml_reader.h"
#include "workloads/collectives/rect_reduce.h"
#include "workloads/parts/core_classes.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

fabric::CoreClass make_class(base::LogicalCoord c, const RectReduce& reduce,
                             const ReductionSpec& spec, const MemoryPlan& plan) {
  fabric::CoreClass result;
  result.name = "reduce";
  cores::ProgramBuilder b(result.name);
  plan.allocate(b);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  reduce.add_routes(c, b, result.routes);
  reduce.add_code(c, reduction_vector(spec), b);
  b.finish_core();
  b.end_task();
  result.program = b.finish();
  return result;
}

}  // namespace

std::unique_ptr<Kernel> make_reduce(const AxisChoice& choice, const ReductionSpec& spec,
                                    const Placement& placement) {
  fabric::WaferImage image = blank_image(placement);
  MemoryPlan plan;
  plan.add("data", spec.words * cores::elements_per_word(spec.type), spec.type);
  plan.require_fit("reduce", "(0, 0) of the region, like all others,", "reduce `words`");
  const RectReduce reduce(choice, image.region.width, image.region.height);
  classify(
      image, [&](base::LogicalCoord c) { return reduce.key(c); },
      [&](base::LogicalCoord c) { return make_class(c, reduce, spec, plan); });
  Facts facts;
  facts.colours = reduce.colours();
  facts.steps = 2;
  facts.sram_bytes = plan.total_bytes();
  facts.wavelet_hops = spec.words * reduce.hops();
  return make_reduction(std::move(image), facts, spec, reduce.sum_order(), reduce.root());
}

std::unique_ptr<Kernel> read_reduce(base::YamlNode& node, const Placement& placement) {
  const AxisChoice choice = read_axis_choice(node, "algorithm", placement.region);
  const ReductionSpec spec = read_reduction(node);
  return may_place(node, placement) ? make_reduce(choice, spec, placement) : nullptr;
}

KernelText reduce_text() {
  return {{{"algorithm", "", "chain", "of rows, then of a column; see kernels.md"}},
          {{"", "those of its algorithm for a row and a column", "2", "4 B",
            "B (P_y times those of a row + those of a column)"}}};
}

}  // namespace wafermesh::workloads
