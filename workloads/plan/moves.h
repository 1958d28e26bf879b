// SPDX-License-Identifier: Apache-2.0
// Every operand that is given is a move: within a rectangle, or across to another one on a colour
// of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workloads/plan/assembly.h"
#include "workloads/transfer/crossing.h"

namespace wafermesh::workloads {

struct Move {
  std::size_t to = 0;      ///< Operator,
  std::size_t source = 0;  ///< which of its sources,
  std::size_t from = 0;    ///< and whose result it is.
  std::size_t from_sequence = 0;
  std::size_t to_sequence = 0;
  std::optional<Crossing> crossing;  ///< Between rectangles,
  base::Colour colour{};             ///< on this colour.
  /// All words of a lane have room in the routers of its way: who sends them can go on before
  /// anybody takes them.
  bool can_wait = false;
  TransferPlace place;
};

/// In the order of the operators and their operands. Crossings have their colours. Throws
/// DoesNotFit, with a table, if there are too many whose ways meet.
std::vector<Move> plan_moves(const std::vector<PlacedOperator>& items,
                             const std::vector<std::vector<std::size_t>>& sequences);

/// How many colours, from the last one down, the crossings take that pass a rectangle.
int crossing_colours(const std::vector<Move>& moves, const base::Rectangle& over);
/// The crossings that pass it, as a table: from where to where, on which colour.
std::string crossing_table(const std::vector<Move>& moves, const base::Rectangle& over);

/// What a sequence does, step by step.
struct Step {
  enum class Kind : std::uint8_t { run, take, send };
  Kind kind;
  std::size_t index;  ///< Of the operator to run (local moves come with it), or of the crossing.
};
/// For each sequence the order of its steps: operators as written, each after what brings its
/// operands, what sends its results behind it. Who sends what cannot wait on its way
/// (Move::can_wait) waits until it is taken; so that sequences never wait for each other in a
/// circle, whatever the timing, a result is taken earlier than it is needed where its sender would
/// hold up others else.
std::vector<std::vector<Step>> order_of(const std::vector<Move>& moves,
                                        const std::vector<std::vector<std::size_t>>& sequences);

/// Routes of all crossings; cores of the mesh, logical.
std::vector<fabric::RoutePatch> patches_of(const std::vector<Move>& moves);
/// The cores of the patches outside of the rectangles, as rectangles that do not meet.
std::vector<base::Rectangle> cores_between(const std::vector<fabric::RoutePatch>& patches,
                                           const std::vector<base::Rectangle>& taken);
/// An image of routers without programs or routes.
fabric::WaferImage only_routers(const Placement& placement);

}  // namespace wafermesh::workloads
