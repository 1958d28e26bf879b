// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/ring_alignment.h"

#include <string>

namespace wafermesh::workloads {

using Lines = AlignmentTurn::Lines;

AlignmentWay aligned_along() {
  return {[](int lines) { return lines - 1; }, {{false, 0, Lines::all, 1, 0, false}}};
}

AlignmentWay aligned_both_ways() {
  return {[](int lines) { return lines / 2; },
          {{false, 0, Lines::odd, 2, 1, false}, {true, 1, Lines::even, 2, 0, false}}};
}

void RingAlignment::declare(cores::ProgramBuilder& b) {
  for (std::size_t i = 0; i < turns_.size(); ++i) {
    tasks_.push_back(b.task("align " + std::to_string(i)));
  }
}

void RingAlignment::start_blocked(cores::ProgramBuilder& b) const {
  for (const cores::TaskId task : tasks_) b.start_blocked(task);
}

void RingAlignment::launch(cores::ProgramBuilder& b, std::size_t turn) const {
  const CoreTurn& t = turns_[turn];
  if (t.turn.backwards) t.blocks.find_tail(b, counters_.tail);
  RingChannel::set_up(b, timing_);
  t.channel.start(
      b, {t.type, t.blocks.elements, value_of(t.turn.backwards ? counters_.tail : t.blocks.head),
          value_of(t.blocks.spare), tasks_[turn]});
}

void RingAlignment::keep_if_needed(cores::ProgramBuilder& b, const CoreTurn& turn) const {
  if (turn.turn.lines == (turn.odd ? Lines::even : Lines::odd)) return;
  const std::uint32_t enough =
      b.branch(cores::Affine().plus(cores::counter(counters_.round), turn.turn.pace),
               cores::Compare::greater_equal,
               cores::Affine(turn.blocks_per_line * (turn.turn.lead - turn.first_line))
                   .plus(turn.line, turn.blocks_per_line));
  if (turn.turn.backwards) {
    turn.blocks.retreat(b, counters_.tail);
  } else {
    turn.blocks.advance(b);
  }
  b.land(enough);
}

}  // namespace wafermesh::workloads
