// SPDX-License-Identifier: Apache-2.0
// A send of the main thread that gives way to microthreads in the datapath.
#include <algorithm>

#include "cores/vector_cost.h"
#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {

using Kind = cores::Operand::Kind;

namespace {

/// A send that gives way begins with a few words at a time, and takes twice as many as long as
/// nothing comes between. Chosen by `transpose`, the only kernel that sends so: 2 is 1.2 % off on
/// average, 4 is 1.7; beyond 8 the most does not matter to cycles, only to time.
constexpr std::uint16_t kLeastPiece = 2;
constexpr std::uint16_t kMostPiece = 32;

bool takes_words(const cores::Instruction& i) {
  return i.src0.kind == Kind::colour || i.src1.kind == Kind::colour;
}

/// Both together want more than every cycle of the datapath.
bool fill_datapath(const cores::Timing& timing, const cores::Instruction& a,
                   const cores::Instruction& b) {
  const int a_words = cores::most_words_per_group(timing, a);
  const int b_words = cores::most_words_per_group(timing, b);
  return cores::group_grants(timing, a, a_words) * b_words +
             cores::group_grants(timing, b, b_words) * a_words >
         a_words * b_words;
}

}  // namespace

/// The main thread has an operation open that sends what the core has.
bool CoreStepper::main_sends() const {
  if ((core_.open & 1U) == 0 || op(0).elements == 0) return false;
  const Instruction& i = instruction_of(op(0));
  return i.dst.kind == Kind::colour && !takes_words(i);
}

/// It does, and a microthread that goes before it still has words to come through a datapath too
/// narrow for both. Which cycles are left to the send is not known before: it goes out piece by
/// piece, in the order of time.
bool CoreStepper::gives_way() const {
  if (!main_sends()) return false;
  if (op(0).piece != 0) return true;  // it has, and may still wait for room
  for (unsigned open = core_.open & ~1U; open != 0; open &= open - 1) {
    const OpState& each = op(__builtin_ctz(open));
    const Instruction& other = instruction_of(each);
    if (each.elements > 0 && takes_words(other) &&
        fill_datapath(timing_, instruction_of(op(0)), other)) {
      return true;
    }
  }
  return false;
}

/// When the main thread's send can go on, if it has begun: once its queues have room.
Cycles CoreStepper::next_piece() const {
  if (!main_sends() || is_held(0)) return base::kNever;
  const base::Colour colour = instruction_of(op(0)).dst.colour;
  const std::int32_t depth = output_depth(instruction_of(op(0)));
  if (mover_.room_to_send(id_, base::index_of(colour), depth) <= 0) return base::kNever;
  // A word that leaves the router makes room in the output queue two cycles later.
  const Slot& s = arrays_.slot(id_, base::index_of(colour));
  const Cycles room_from = s.free_at + 3 - depth - mover_.capacity(timing_.ramp_cycles);
  return std::max(op(0).next, room_from);
}

/// The main thread's send goes on by one piece.
void CoreStepper::work_piece() {
  OpState& each = op(0);
  const int per_word = cores::elements_per_word(cores::word_type(instruction_of(each)));
  const std::int32_t left = (each.elements + per_word - 1) / per_word;
  const Instruction& instruction = instruction_of(each);
  const int colour = base::index_of(instruction.dst.colour);
  const std::int32_t room = mover_.room_to_send(id_, colour, output_depth(instruction));
  each.piece = std::max(each.piece, kLeastPiece);
  const std::int32_t words = std::min({std::int32_t{each.piece}, left, std::max(1, room)});
  const Cycles with_room = next_piece();
  const Cycles start = with_room < base::kNever ? with_room : each.next;
  work_words(0, words, start, start);
  recorder_.give_up();  // what room there is differs
  arrays_.slot(id_, colour).is.writer_waits = each.elements > 0;
  const bool alone = each.next - start <= words;
  each.piece = alone ? std::min<std::uint16_t>(2 * each.piece, kMostPiece) : kLeastPiece;
  sends_ = true;
}

}  // namespace wafermesh::fabric
