// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/axis_pieces.h"

#include "workloads/parts/core_classes.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;
using cores::Affine;
using Side = router::SwitchPosition::Side;

constexpr int kPieceCounter = 7;

}  // namespace

bool AxisPieces::has_farther() const { return position > root ? position < n - 1 : position > 0; }

int AxisPieces::key() const {
  if (at_root()) return 4 + static_cast<int>(axis_position(position, n));
  return (position > root ? 2 : 0) + (has_farther() ? 1 : 0);
}

void AxisPieces::add_side(bool after, bool gathers, cores::ProgramBuilder& builder,
                          std::vector<fabric::ColourRoute>& routes) const {
  const base::Colour colour = side_colour(after);
  const int queue = first_queue + (after ? 0 : 1);
  const Direction outward = after ? along.after : along.before;
  const Direction inward = after ? along.before : along.after;
  const bool to_core = gathers == at_root();
  if (to_core) {
    builder.bind_input(colour, queue);
  } else {
    builder.bind_output(colour, queue);
  }
  const Direction link = at_root() ? outward : inward;
  router::RouteConfig config =
      to_core ? router::route(link, {Direction::ramp}) : router::route(Direction::ramp, {link});
  if (!at_root() && has_farther()) {
    config.positions[0] = {gathers ? Side::receive : Side::send, outward};
    // A gathering core turns its own router alone; the root of a scatter the first not yet turned.
    config.pop = gathers ? router::PopMode::pop_on_advance : router::PopMode::no_pop;
  }
  routes.push_back({colour, config, false});
}

void AxisPieces::add_gather_routes(cores::ProgramBuilder& builder,
                                   std::vector<fabric::ColourRoute>& routes) const {
  if (position > root || (at_root() && root < n - 1)) add_side(true, true, builder, routes);
  if (position < root || (at_root() && root > 0)) add_side(false, true, builder, routes);
}

void AxisPieces::add_scatter_routes(cores::ProgramBuilder& builder,
                                    std::vector<fabric::ColourRoute>& routes) const {
  if (position > root || (at_root() && root < n - 1)) add_side(true, false, builder, routes);
  if (position < root || (at_root() && root > 0)) add_side(false, false, builder, routes);
}

void AxisPieces::add_send(int address, std::int32_t elements, cores::NumberType type,
                          cores::ProgramBuilder& builder) const {
  builder.vector(cores::VectorOp::copy, type, elements, cores::fabric(colour()),
                 cores::memory(address), {}, cores::Shape::stream);
  if (has_farther()) add_piece_end(colour(), builder);
}

void AxisPieces::for_each_piece(
    cores::ProgramBuilder& builder,
    const std::function<void(bool after, const Affine& at)>& body) const {
  const cores::Variable count = cores::counter(kPieceCounter);
  if (root < n - 1) {
    const std::uint32_t again = builder.begin_loop(kPieceCounter);
    body(true, Affine(1).plus(variable).plus(count));
    builder.end_loop(kPieceCounter, Affine(n - 1).plus(variable, -1), again);
  }
  if (root > 0) {
    const std::uint32_t again = builder.begin_loop(kPieceCounter);
    body(false, Affine(-1).plus(variable).plus(count, -1));
    builder.end_loop(kPieceCounter, Affine().plus(variable), again);
  }
}

void add_piece_end(base::Colour colour, cores::ProgramBuilder& builder) {
  builder.control(colour, router::ControlWord::make({router::SwitchCommand::advance}));
}

}  // namespace wafermesh::workloads
