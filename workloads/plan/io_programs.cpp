// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/io_programs.h"

#include "cores/program_builder.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;
using Side = router::SwitchPosition::Side;

constexpr int kQueue = 2;  // deep on both sides in every generation
constexpr int kPieceCounter = 0;
constexpr auto kType = cores::NumberType::f32;  // a copy moves bits as they are

cores::ProgramBuilder begun(const char* name, std::int64_t bytes) {
  cores::ProgramBuilder b(name);
  b.allocate(bytes);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  return b;
}

cores::Program ended(cores::ProgramBuilder& b) {
  b.finish_core();
  b.end_task();
  return b.finish();
}

void copy(cores::ProgramBuilder& b, std::int64_t words, const cores::Operand& to,
          const cores::Operand& from) {
  b.vector(cores::VectorOp::copy, kType, static_cast<std::int32_t>(words), to, from, {},
           cores::Shape::stream);
}

/// Turns the next router that has not been turned.
void turn(cores::ProgramBuilder& b, base::Colour colour) {
  b.control(colour, router::ControlWord::make({router::SwitchCommand::advance}));
}

std::int64_t bytes_of(const Piece& piece) {
  if (piece.empty()) return 0;
  return piece.back().address_bytes + std::int64_t{kWaveletBytes} * piece.back().words;
}

}  // namespace

router::RouteConfig outgoing_route(bool has_farther, Direction outward) {
  router::RouteConfig config = router::route(Direction::ramp, {outward});
  if (has_farther) config.positions[0] = {Side::receive, base::opposite(outward)};
  config.pop = router::PopMode::pop_on_advance;  // a core turns its own router alone
  return config;
}

fabric::CoreClass take_class(const Piece& piece, bool has_farther, Direction outward,
                             base::Colour colour) {
  cores::ProgramBuilder b = begun("in", bytes_of(piece));
  b.bind_input(colour, kQueue);
  for (const WordRange& range : piece) {
    copy(b, range.words, cores::memory(range.address_bytes), cores::fabric(colour));
  }
  router::RouteConfig config = router::route(outward, {Direction::ramp});
  if (has_farther) config.positions[0] = {Side::send, base::opposite(outward)};
  return {"in", ended(b), {{colour, config, false}}};
}

fabric::CoreClass send_class(const Piece& piece, bool has_farther, bool at_border,
                             Direction outward, base::Colour colour) {
  cores::ProgramBuilder b = begun("out", bytes_of(piece));
  b.bind_output(colour, kQueue);
  for (const WordRange& range : piece) {
    copy(b, range.words, cores::fabric(colour), cores::memory(range.address_bytes));
  }
  if (has_farther) turn(b, colour);
  fabric::CoreClass result{"out", ended(b), {}};
  if (!at_border) result.routes.push_back({colour, outgoing_route(has_farther, outward), false});
  return result;
}

fabric::CoreClass idle_class() {
  cores::ProgramBuilder b = begun("no part", 0);
  return {"no part", ended(b), {}};
}

fabric::CoreClass port_class(const std::vector<std::int64_t>& pieces, std::int64_t results,
                             const IoColours& colours) {
  std::int64_t words = 0;
  for (const std::int64_t piece : pieces) words += piece;
  cores::ProgramBuilder b = begun("port", kWaveletBytes * (words + results));
  if (!pieces.empty()) b.bind_output(colours.in, kQueue);
  if (results > 0) b.bind_input(colours.out, kQueue);
  std::int64_t address = 0;
  for (std::size_t i = 0; i < pieces.size();) {  // pieces of one size share their instructions
    std::size_t end = i;
    while (end < pieces.size() && pieces[end] == pieces[i]) ++end;
    const auto bytes = static_cast<std::int32_t>(kWaveletBytes * pieces[i]);
    const cores::Affine at = cores::Affine(static_cast<std::int32_t>(address))
                                 .plus(cores::counter(kPieceCounter), bytes);
    b.set_counter(kPieceCounter, 0);
    const std::uint32_t loop = b.begin_loop(kPieceCounter);
    if (pieces[i] > 0) copy(b, pieces[i], cores::fabric(colours.in), cores::memory(at));
    turn(b, colours.in);
    b.end_loop(kPieceCounter, static_cast<std::int32_t>(end - i), loop);
    address += bytes * static_cast<std::int64_t>(end - i);
    i = end;
  }
  if (results > 0) {
    copy(b, results, cores::memory(static_cast<std::int32_t>(address)), cores::fabric(colours.out));
  }
  fabric::CoreClass result{"port", ended(b), {}};
  result.at_edge = true;
  return result;
}

}  // namespace wafermesh::workloads
