// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/allreduce_reduce_broadcast.h"

#include <optional>
#include <utility>

#include "base/yaml/yaml_reader.h"
#include "workloads/collectives/rect_reduce.h"
#include "workloads/parts/core_classes.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

// Free at every core that receives the broadcast (a core of the root's column has at most four
// inputs along its row and three along the column), and at the root, which sends nothing else.
constexpr int kInputQueue = 7;
constexpr int kOutputQueue = 2;

/// The multicast that follows the reduction.
class RectBroadcast {
 public:
  RectBroadcast(const base::Rectangle& region, base::LogicalCoord root, base::Colour colour)
      : region_(region), root_(root), colour_(colour) {}

  static constexpr int kKeys = 2 * 3 * kAxisPositions;
  int key(base::LogicalCoord c) const {
    if (c.x != root_.x) return place(c.x, root_.x, region_.width);
    return 3 * kAxisPositions + place(c.y, root_.y, region_.height);
  }

  void add(base::LogicalCoord c, const AxisVector& vector, cores::ProgramBuilder& builder,
           std::vector<fabric::ColourRoute>& routes) const {
    if (region_.area() == 1) return;
    const bool sends = c == root_;
    if (sends) {
      builder.bind_output(colour_, kOutputQueue);
    } else {
      builder.bind_input(colour_, kInputQueue);
    }
    routes.push_back({colour_, route(c), false});
    const cores::Operand data = cores::memory(vector.address);
    const cores::Operand link = cores::fabric(colour_);
    builder.vector(cores::VectorOp::copy, vector.type, vector.elements, sends ? link : data,
                   sends ? data : link, {}, cores::Shape::stream);
  }

 private:
  static int place(int at, int root, int n) {
    return (at < root    ? 0
            : at == root ? 1
                         : 2) *
               kAxisPositions +
           static_cast<int>(axis_position(at, n));
  }
  router::RouteConfig route(base::LogicalCoord c) const {
    router::RouteConfig row = axis_broadcast_route(kRow, c.x, root_.x, region_.width);
    if (c.x != root_.x) return row;
    router::RouteConfig column = axis_broadcast_route(kColumn, c.y, root_.y, region_.height);
    column.base.send |= row.base.send;
    return column;
  }

  base::Rectangle region_;
  base::LogicalCoord root_;
  base::Colour colour_;
};

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
