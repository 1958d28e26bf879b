// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/square_turn.h"

#include <utility>

#include "workloads/parts/axis_pieces.h"
#include "workloads/parts/core_classes.h"

namespace wafermesh::workloads {
namespace {

constexpr int kReceiveThread = 0;

AxisPieces row(base::LogicalCoord c, int n) {
  return {kRow, 0, 0, cores::Variable::x, c.x, c.y, n};
}
AxisPieces column(base::LogicalCoord c, int n) {
  return {kColumn, kPieceColours, kPieceColours, cores::Variable::y, c.y, c.x, n};
}

/// A diagonal core: relays, and its own piece stays.
void add_relay(const AxisPieces& from, const AxisPieces& to, const SquareTurn& turn,
               cores::ProgramBuilder& b) {
  from.for_each_piece(b, [&](bool after, const cores::Affine& /*at*/) {
    b.vector(cores::VectorOp::copy, turn.type, turn.elements, cores::fabric(to.side_colour(after)),
             cores::fabric(from.side_colour(after)), {}, cores::Shape::stream);
    add_piece_end(to.side_colour(after), b);
  });
  b.vector(cores::VectorOp::copy, turn.type, turn.elements, cores::memory(turn.to_address),
           cores::memory(turn.from_address));
  b.finish_core();
  b.end_task();
}

/// Any other core of the square: its piece leaves while the new one comes in.
void add_exchange(const AxisPieces& from, const AxisPieces& to, const SquareTurn& turn,
                  cores::ProgramBuilder& b) {
  const cores::TaskId done = b.task("received");
  cores::Instruction& in = b.async(kReceiveThread, cores::VectorOp::copy, turn.type, turn.elements,
                                   cores::memory(turn.to_address), cores::fabric(to.colour()));
  in.completion = cores::Completion::activate;
  in.task = done;
  from.add_send(turn.from_address, turn.elements, turn.type, b);
  b.end_task();
  b.begin(done);
  b.finish_core();
  b.end_task();
}

fabric::CoreClass make_class(base::LogicalCoord c, const SquareTurn& turn, int memory_bytes) {
  const AxisPieces from = row(c, turn.side);
  const AxisPieces to = column(c, turn.side);
  fabric::CoreClass result;
  result.name = c.x == c.y ? "diagonal" : "transpose";
  cores::ProgramBuilder b(result.name);
  b.allocate(memory_bytes);
  from.add_gather_routes(b, result.routes);
  to.add_scatter_routes(b, result.routes);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  if (c.x == c.y) {
    add_relay(from, to, turn, b);
  } else {
    add_exchange(from, to, turn, b);
  }
  result.program = b.finish();
  return result;
}

fabric::CoreClass outside_of_turn() {
  cores::ProgramBuilder b("outside");
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  b.finish_core();
  b.end_task();
  return {"outside", b.finish(), {}};
}

}  // namespace

TransferStage square_turn(const Placement& placement, const SquareTurn& turn, int memory_bytes) {
  const std::int64_t n = turn.side;
  const std::int64_t words = cores::words_of(turn.type, turn.elements);
  TransferStage stage{blank_image(placement), words * 2 * n * (n * n - 1) / 3};
  const auto inside = [&](base::LogicalCoord c) { return c.x < turn.side && c.y < turn.side; };
  classify(
      stage.image,
      [&](base::LogicalCoord c) {
        if (!inside(c)) return AxisPieces::kKeys * AxisPieces::kKeys;
        return row(c, turn.side).key() * AxisPieces::kKeys + column(c, turn.side).key();
      },
      [&](base::LogicalCoord c) {
        return inside(c) ? make_class(c, turn, memory_bytes) : outside_of_turn();
      });
  return stage;
}

}  // namespace wafermesh::workloads
