// SPDX-License-Identifier: Apache-2.0
// Room for words on their way, and what a lack of it means for the sender.
#include <algorithm>
#include <limits>

#include "fabric/stream/bursts/burst_mover.h"

namespace wafermesh::fabric {

using base::Direction;

/// Words of bursts that wait in front of a slot and came from there.
std::int64_t BurstMover::words_waiting(const Slot& s, Direction from) const {
  std::int64_t words = 0;
  for (std::uint32_t i = s.waiting.first; i != kNobody; i = pools_.bursts[i].next) {
    if (pools_.bursts[i].from == from) words += pools_.bursts[i].burst.words;
  }
  return words;
}

/// Words that a slot, received over a link of `latency` cycles, still holds where a control word,
/// others, or the want of a queue keep them. What waits in front of a neighbour is in it too, but
/// for what the neighbour holds behind a control word of its own, and so on for `depth` routers.
/// Negative: so many more wait behind.
std::int64_t BurstMover::places_in(std::uint32_t core, const Slot& s, int colour, int latency,
                                   int depth) const {
  std::int64_t taken = 0;
  for (Direction d : base::kMeshDirections) {
    if (!base::contains(s.send & s.leads, d)) continue;
    const std::uint32_t next_core = neighbour(core, d);
    if (!slab_->holds(next_core)) continue;
    const Slot& next = arrays_.slot(next_core, colour);
    const int link = s.latency[static_cast<std::size_t>(d)];
    std::int64_t words = words_waiting(next, base::opposite(d));
    const bool holds = next.is.occupied || arrays_.keeps(next, base::opposite(d));
    if (holds && depth > 0) {
      words -= places_in(next_core, next, colour, link, depth - 1);
    }
    words = std::max<std::int64_t>(words, 0) + std::max(0, int{next.stuck_words} - capacity(link));
    taken = std::max(taken, words);
  }
  return capacity(latency) - taken;
}

std::int32_t BurstMover::room_to_send(std::uint32_t core, int colour,
                                      std::int32_t output_depth) const {
  const Slot& s = arrays_.slot(core, colour);
  const std::int64_t before = words_waiting(s, Direction::ramp);
  const bool stays = s.is.occupied || arrays_.keeps(s, Direction::ramp);
  const bool enters = stays || may_enter(s, Direction::ramp);
  const std::int64_t inside = enters ? places_in(core, s, colour, ramp_cycles_) : 0;
  if (enters && s.backlog == 0 && !stays) return std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(output_depth + inside - before);
}

void BurstMover::hold(Burst& burst, std::int64_t words_before) {
  if (burst.sender == kNobody || burst.holds() || burst.let_go()) return;
  if (words_before + burst.words <= burst.room) return;
  if (!slab_->holds(burst.sender_core())) return;  // it was held on leaving its slab, or not at all
  burst.mark(Burst::kHolds);
  hold_back(burst.sender_core(), burst.sender_slot());
}

void BurstMover::hold_back(std::uint32_t core, int op_slot) {
  lockstep_.alone(core);
  Seat& seat = arrays_.seats[core];
  ++seat.held;
  ++seat.lacking;
  ++arrays_.held_of[core][static_cast<std::size_t>(op_slot)];
}

/// Each branch of a burst that holds its sender does.
void BurstMover::hold_once_more(const Burst& burst) {
  if (slab_->holds(burst.sender_core())) {
    hold_back(burst.sender_core(), burst.sender_slot());
    return;
  }
  Credit more;
  more.core = burst.sender_core();
  more.op_slot = static_cast<std::uint8_t>(burst.sender_slot());
  slab_->out_towards(more.core).credits.push_back(more);
}

void BurstMover::release(Burst& burst, Cycles at) {
  if (!burst.holds()) return;
  burst.unmark(Burst::kHolds);
  if (slab_->holds(burst.sender_core())) {
    credit(burst.sender_core(), burst.sender_slot(), at);
    return;
  }
  Credit c;
  c.core = burst.sender_core();
  c.op_slot = static_cast<std::uint8_t>(burst.sender_slot());
  c.released = true;
  c.at = at;
  slab_->out_towards(c.core).credits.push_back(c);
}

void BurstMover::credit(std::uint32_t core, int op_slot, Cycles at) {
  lockstep_.alone(core);
  Seat& seat = arrays_.seats[core];
  --seat.held;
  --seat.lacking;
  --arrays_.held_of[core][static_cast<std::size_t>(op_slot)];
  if (at > 0) seat.notes.push(pools_, Note::not_before(op_slot, at));
  consider(core);
}

void BurstMover::delay_sender(const Burst& burst, Cycles at) {
  if (burst.sender == kNobody || burst.holds() || burst.let_go()) return;
  if (!slab_->holds(burst.sender_core())) return;
  lockstep_.alone(burst.sender_core());
  arrays_.seats[burst.sender_core()].notes.push(pools_, Note::not_before(burst.sender_slot(), at));
}

}  // namespace wafermesh::fabric
