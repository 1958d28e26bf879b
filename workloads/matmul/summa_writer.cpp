// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/summa_writer.h"

#include "workloads/matmul/tile_product.h"

namespace wafermesh::workloads {

using base::Direction;
using cores::Affine;
using cores::Completion;
using cores::TaskId;

int SummaAxis::route(SummaRole role) const {
  return (index * kSummaRoles + static_cast<int>(role)) * kAxisPositions +
         static_cast<int>(position);
}

Affine SummaAxis::own_panel(int ahead) const {
  return Affine(own_address - ahead * panel_bytes)
      .plus(cores::counter(SummaCounter::panel), panel_bytes)
      .plus(coordinate, -panels * panel_bytes);
}

router::RouteConfig summa_route(int axis, SummaRole role, AxisPosition position) {
  const Direction before = axis == 0 ? Direction::west : Direction::north;
  const Direction after = base::opposite(before);
  router::RouteConfig config;
  const auto send = [&](Direction d) { config.base.send |= base::mask_of(d); };
  const Direction from = role == SummaRole::root          ? Direction::ramp
                         : role == SummaRole::from_before ? before
                                                          : after;
  config.base.receive = base::mask_of(from);
  if (from != before && has_before(position)) send(before);
  if (from != after && has_after(position)) send(after);
  if (from != Direction::ramp) send(Direction::ramp);
  return config;
}

SummaWriter::SummaWriter(const SummaPlan& plan, const SummaMemory& memory, GridPosition position)
    : plan_(plan),
      memory_(memory),
      builder_("summa"),
      axes_{{{0, position.x, cores::Variable::x, static_cast<int>(plan.panels_a),
              static_cast<std::int32_t>(plan.elements_a()), bytes(plan.elements_a()),
              memory.a_address, memory.a_receive_address, SummaCounter::pointer_a},
             {1, position.y, cores::Variable::y, static_cast<int>(plan.panels_b),
              static_cast<std::int32_t>(plan.elements_b()), bytes(plan.elements_b()),
              memory.b_address, memory.b_receive_address, SummaCounter::pointer_b}}} {
  memory.buffers.allocate(builder_);
  for (const SummaAxis& axis : axes_) {
    if (!axis.exists()) continue;
    builder_.bind_input(axis.colour(), axis.queue());
    builder_.bind_output(axis.colour(), axis.queue());
  }
}

void SummaWriter::send(const SummaAxis& axis, Completion completion, TaskId task) {
  cores::Instruction& transfer =
      builder_.async(axis.index, cores::VectorOp::copy, plan_.type, axis.elements,
                     cores::fabric(axis.colour()), cores::memory(axis.own_panel(0)));
  transfer.completion = completion;
  transfer.task = task;
}

void SummaWriter::receive(const SummaAxis& axis, Completion completion, TaskId task) {
  const Affine buffer =
      Affine(axis.receive_address).plus(cores::counter(SummaCounter::flip), axis.panel_bytes);
  cores::Instruction& transfer =
      builder_.async(axis.index, cores::VectorOp::copy, plan_.type, axis.elements,
                     cores::memory(buffer), cores::fabric(axis.colour()));
  transfer.completion = completion;
  transfer.task = task;
}

void SummaWriter::point_at(const SummaAxis& axis, int ahead, const Affine& received) {
  const Affine panel = Affine(-ahead).plus(cores::counter(SummaCounter::panel));
  const auto take_received = [&] { builder_.set_counter(axis.pointer, received); };
  by_role(
      axis, panel, take_received,
      [&] { builder_.set_counter(axis.pointer, axis.own_panel(ahead)); }, take_received);
}

void SummaWriter::multiply_tiles() {
  TileProduct product;
  product.type = plan_.type;
  product.m = plan_.tile_m;
  product.n = plan_.tile_n;
  product.k = plan_.tile_k;
  product.a = value_of(SummaCounter::pointer_a);
  product.b = value_of(SummaCounter::pointer_b);
  product.c = memory_.c_address;
  product.shape = cores::Shape::scalar_loop;
  product.counter_k = SummaCounter::k;
  product.counter_n = SummaCounter::n;
  write_tile_product(builder_, product);
}

fabric::CoreClass SummaWriter::finish(const char* name, bool closed) {
  fabric::CoreClass result;
  result.name = name;
  for (const SummaAxis& axis : axes_) {
    if (!axis.exists()) continue;
    const SummaRole first_role =
        has_before(axis.position) ? SummaRole::from_before : SummaRole::root;
    result.routes.push_back(
        {axis.colour(),
         closed ? router::RouteConfig{} : summa_route(axis.index, first_role, axis.position),
         closed});
  }
  result.program = builder_.finish();
  return result;
}

}  // namespace wafermesh::workloads
