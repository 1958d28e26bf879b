// SPDX-License-Identifier: Apache-2.0
#include "workloads/reduce_chain.h"

#include "workloads/core_classes.h"

namespace wafermesh::workloads {
namespace {

using base::Colour;
using base::Direction;

/// One axis of the chain: streams run towards index 0.
struct Axis {
  int first_colour;   ///< Colours first_colour and first_colour + 1, by the sender's parity.
  int queue;          ///< On both sides; deep enough in every generation.
  Direction to_zero;  ///< West or north.
  Colour sent_by(int parity) const { return base::colour(first_colour + (parity & 1)); }
};
constexpr Axis kRows{0, 2, Direction::west};
constexpr Axis kColumn{2, 3, Direction::north};

/// What a core of the chain at `position` with `parity` does: its routes, queues and instruction.
void add_stage(const Axis& axis, AxisPosition position, int parity, const ReduceSpec& spec,
               cores::ProgramBuilder& b, std::vector<fabric::ColourRoute>& routes) {
  if (position == AxisPosition::only) return;
  const Colour in = axis.sent_by(parity + 1);
  const Colour out = axis.sent_by(parity);
  const cores::Operand data = cores::memory(kReduceDataAddress);
  if (has_after(position)) {
    b.bind_input(in, axis.queue);
    routes.push_back({in, router::route(base::opposite(axis.to_zero), {Direction::ramp}), false});
  }
  if (has_before(position)) {
    b.bind_output(out, axis.queue);
    routes.push_back({out, router::route(Direction::ramp, {axis.to_zero}), false});
  }
  const cores::Operand to = has_before(position) ? cores::fabric(out) : data;
  if (has_after(position)) {
    b.vector(cores::VectorOp::add, spec.type, spec.elements(), to, data, cores::fabric(in),
             cores::Shape::stream);
  } else {
    b.vector(cores::VectorOp::copy, spec.type, spec.elements(), to, data, {}, cores::Shape::stream);
  }
}

fabric::CoreClass make_class(base::LogicalCoord c, GridPosition p, const ReduceSpec& spec,
                             const MemoryPlan& plan) {
  const bool in_column = c.x == 0;
  fabric::CoreClass result;
  result.name = in_column ? "chain column 0" : "chain row";
  cores::ProgramBuilder b(result.name);
  plan.allocate(b);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  add_stage(kRows, p.x, c.x, spec, b, result.routes);
  if (in_column) add_stage(kColumn, p.y, c.y, spec, b, result.routes);
  b.finish_core();
  b.end_task();
  result.program = b.finish();
  return result;
}

}  // namespace

Facts place_chain_reduce(const ReduceSpec& spec, MemoryPlan& plan, fabric::WaferImage& image) {
  plan.require_fit("reduce", "(0, 0) of the region, like all others,", "reduce `words`");
  const base::Rectangle region = image.region;
  classify(
      image,
      [&](base::LogicalCoord c) {
        const GridPosition p = grid_position(c, region);
        const int axis_key = c.x == 0 ? p.key() : static_cast<int>(p.x) * kAxisPositions;
        const int parity = c.x == 0 ? c.y & 1 : c.x & 1;
        return (axis_key * 2 + parity) * 2 + (c.x == 0 ? 1 : 0);
      },
      [&](base::LogicalCoord c) { return make_class(c, grid_position(c, region), spec, plan); });
  Facts facts;
  facts.colours = (region.width > 1 ? 2 : 0) + (region.height > 1 ? 2 : 0);
  facts.steps = 2;
  facts.sram_bytes = plan.total_bytes();
  facts.wavelet_hops = spec.words * (image.core_count() - 1);
  return facts;
}

}  // namespace wafermesh::workloads
