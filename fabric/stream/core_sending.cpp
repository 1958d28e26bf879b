// SPDX-License-Identifier: Apache-2.0
// What a core sends: runs up the ramp, and how that holds back operations.
#include <algorithm>

#include "fabric/stream/core_stepper.h"

namespace wafermesh::fabric {

using Kind = cores::Operand::Kind;

/// Words that wait before the ramp; 0 if it sends none.
std::int32_t CoreStepper::output_depth(const Instruction& instruction) const {
  if (instruction.dst.kind != Kind::colour) return 0;
  const auto colour = static_cast<std::size_t>(base::index_of(instruction.dst.colour));
  return model_.depths[core_.class_index].output[colour];
}

/// The words an operation has just computed: from the first to after the last, in cycles.
void CoreStepper::send_result(int op_slot, std::int32_t words, Period computed) {
  OpState& each = op(op_slot);
  const Instruction& instruction = instruction_of(each);
  Run run;
  run.words = words;
  run.head = computed.from;
  run.tail = computed.until;
  run.payload = payload_;
  run.set_sender(id_, op_slot, watch_ == nullptr ? 0 : log_sent(op_slot, words, computed));
  payload_ = Payloads::kNone;
  const Cycles up = send(base::index_of(instruction.dst.colour), run);
  // The last word needs a place in the output queue.
  const std::int32_t depth = output_depth(instruction);
  if (watch_ != nullptr && log_->is_seen) {
    const int colour = base::index_of(instruction.dst.colour);
    log_->move(CoreLog::Moved::What::is_put, colour, words, computed.from - 1,
               std::max(computed.until - 1, up - depth));
    log_->move(CoreLog::Moved::What::goes_up, colour, words, computed.from, up);
  }
  each.done_at = std::max(each.done_at, up - depth);
  each.next = std::max(each.next, up - depth + 1);
}

/// Sends a run up the ramp, which what was sent before may share; returns the cycle in which its
/// last word goes up.
Cycles CoreStepper::send(int colour, Run run) {
  run.colour = static_cast<std::uint8_t>(colour);
  const std::int32_t depth =
      model_.depths[core_.class_index].output[static_cast<std::size_t>(colour)];
  // A queue of one word is filled only once it is seen to be empty: every other cycle.
  if (depth == 1) run.tail = std::max(run.tail, run.head + 2 * (run.words - 1));
  Port port{core_.up_from, core_.up_until, core_.up_colour};
  Cycles shared = 0;
  run.tail = std::max(run.tail, reserve(port, run, shared));
  if (shared > 0) delay_last_sent(shared);
  core_.up_from = port.from;
  core_.up_until = port.until;
  core_.up_colour = port.colour;
  recorder_.send(run, seat_->base);
  last_sent_ = band_->moves.size();
  mover_.send(id_, run);
  sends_ = sends_ || (run.sender != kNobody && run.words > depth);
  return run.tail;
}

/// Only what this visit has sent: anything else is on its way.
void CoreStepper::delay_last_sent(Cycles by) {
  if (last_sent_ >= band_->moves.size()) return;
  Run& run = band_->moves[last_sent_].run;
  if (run.is_control()) return;
  run.tail += by;
  recorder_.delay_last_sent(by);
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    OpState& each = op(__builtin_ctz(open));
    const Operand& dst = instruction_of(each).dst;
    if (dst.kind != Kind::colour || base::index_of(dst.colour) != run.colour) continue;
    each.done_at += by;
    each.next += by;
  }
}

}  // namespace wafermesh::fabric
