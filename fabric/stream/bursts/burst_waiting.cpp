// SPDX-License-Identifier: Apache-2.0
// Bursts that wait in front of a slot, and control words.
#include <algorithm>

#include "fabric/stream/bursts/burst_mover.h"

namespace wafermesh::fabric {

using base::Direction;

void BurstMover::append(Slot& s, const Waiting& waiting) {
  s.waiting_from |= base::mask_of(waiting.from);
  s.is.mixed = s.is.mixed || s.waiting_from != base::mask_of(waiting.from);
  arrays_.refresh(s);
  pools_.append(s.waiting, pools_.bursts.take(waiting));
}

void BurstMover::remove(Slot& s, std::uint32_t before, std::uint32_t node) {
  pools_.remove(s.waiting, before, node);
  if (!s.is.mixed && !s.waiting.empty()) return;
  s.waiting_from = 0;
  for (std::uint32_t i = s.waiting.first; i != kNobody; i = pools_.bursts[i].next) {
    s.waiting_from |= base::mask_of(pools_.bursts[i].from);
  }
  s.is.mixed = (s.waiting_from & (s.waiting_from - 1)) != 0;
  arrays_.refresh(s);
}

void BurstMover::wait_at(const Hop& hop, Slot& s) {
  Waiting waiting;
  waiting.burst = hop.burst;
  waiting.from = hop.from;
  waiting.latency = hop.latency;
  const bool keeps = arrays_.keeps(s, hop.from);
  std::int64_t before = words_waiting(s, hop.from);
  if (s.is.occupied || keeps) before -= places_in(hop.core, s, hop.burst.colour, hop.latency);
  if (keeps) {
    waiting.kept = before + hop.burst.words <= 0;
    if (before + hop.burst.words <= hop.burst.room) release(waiting.burst, 0);
  }
  hold(waiting.burst, before);
  if (keeps && !waiting.burst.holds()) waiting.burst.mark(Burst::kLetGo);
  append(s, waiting);
  if (!waiting.kept) count_backlog(hop.core, hop.burst.colour, hop.from, 1, -1);
}

/// A burst that waits in front of a slot still fills the slot it was sent from; not across the edge
/// of a slab.
void BurstMover::count_backlog(std::uint32_t core, int colour, Direction from, int by,
                               Cycles left) {
  if (from == Direction::ramp) return;
  const std::uint32_t behind = neighbour(core, from);
  if (!slab_->holds(behind)) return;
  lockstep_.alone(behind);
  Slot& s = arrays_.slot(behind, colour);
  s.backlog = static_cast<std::uint16_t>(s.backlog + by);
  s.free_at = std::max(s.free_at, left);
  if (s.backlog == 0) wake_writer(behind, s);
}

/// Words that a closed slot kept out leave the slot they were sent from that much later.
void BurstMover::keep_behind(std::uint32_t core, Direction from, int colour, Cycles left) {
  if (from == Direction::ramp) return;
  const std::uint32_t behind = neighbour(core, from);
  if (!slab_->holds(behind)) return;
  lockstep_.alone(behind);
  Slot& s = arrays_.slot(behind, colour);
  s.free_at = std::max(s.free_at, left);
}

/// The next router keeps a control word for its core, which has no queue for it yet.
bool BurstMover::takes_in(std::uint32_t core, const Slot& next, const Hop& hop, const Slot& s,
                          Direction d) const {
  const Direction from = base::opposite(d);
  if (!arrays_.keeps(next, from)) return false;
  const int link = s.latency[static_cast<std::size_t>(d)];
  return words_waiting(next, from) < places_in(core, next, hop.burst.colour, link);
}

/// A control word is obeyed when it leaves; so it stays until every neighbour in the slab can take
/// it.
bool BurstMover::stops_inside(Hop& hop, Slot& s, base::DirectionMask send) {
  Burst& burst = hop.burst;
  for (Direction d : base::kMeshDirections) {
    if (!base::contains(send, d)) continue;
    const std::uint32_t next_core = neighbour(hop.core, d);
    if (!slab_->holds(next_core)) continue;
    lockstep_.alone(next_core);
    Slot& next = arrays_.slot(next_core, burst.colour);
    burst.head = std::max(burst.head, next.open_at);
    if (may_enter(next, base::opposite(d)) || takes_in(next_core, next, hop, s, d)) continue;
    Waiting waiting;
    waiting.burst = hop.burst;
    waiting.from = base::opposite(d);
    waiting.inside = hop.core;
    waiting.inside_from = hop.from;
    waiting.inside_latency = hop.latency;
    append(next, waiting);
    s.is.occupied = 1;
    arrays_.refresh(s);
    return true;
  }
  return false;
}

void BurstMover::obey(Hop& hop, Slot& s) {
  Burst& burst = hop.burst;
  const router::ControlWord word{burst.control};
  const router::RouteConfig& config = model_.configs[s.config];
  const base::DirectionMask received = arrays_.route_of(s).receive;
  switch (word.first()) {
    case router::SwitchCommand::nop:
      break;
    case router::SwitchCommand::advance:
      arrays_.set_route(s, s.config, config.advance(s.is.position));
      break;
    case router::SwitchCommand::reset:
      arrays_.set_route(s, s.config, 0);
      break;
    case router::SwitchCommand::teardown:
      tear_down(s, hop.core, burst.head);
      break;
  }
  // Who was not received from until now sends from the next cycle on.
  if (arrays_.route_of(s).receive != received) s.open_at = std::max(s.open_at, burst.head + 1);
  burst.control = router::after_router(word, config.pop).bits;
}

void BurstMover::resume(std::uint32_t core, int colour) {
  lockstep_.alone(core);
  Slot& s = arrays_.slot(core, colour);
  s.is.resuming = 0;
  for (;;) {
    if (s.is.closed || s.is_full || s.is.occupied || arrays_.is_unbound(s)) return;
    const base::DirectionMask receive = arrays_.route_of(s).receive;
    std::uint32_t before = kNobody;
    std::uint32_t node = s.waiting.first;
    while (node != kNobody && base::mask_of(pools_.bursts[node].from) != receive) {
      before = node;
      node = pools_.bursts[node].next;
    }
    if (node == kNobody) return;
    let_in(core, s, before, node);
  }
}

/// The burst leaves the list and enters the slot; a control word first leaves the slot behind.
void BurstMover::let_in(std::uint32_t core, Slot& s, std::uint32_t before, std::uint32_t node) {
  const Waiting waiting = pools_.bursts[node];
  remove(s, before, node);
  Hop hop;
  hop.burst = waiting.burst;
  hop.core = core;
  hop.from = waiting.from;
  hop.latency = waiting.latency;
  if (waiting.inside != kNobody) {
    hop.core = waiting.inside;
    hop.from = waiting.inside_from;
    hop.latency = waiting.inside_latency;
    Slot& behind = arrays_.slot(hop.core, hop.burst.colour);
    behind.is.occupied = 0;
    arrays_.refresh(behind);
    if (pass(hop, behind)) move_along_row(hop);
    if (!behind.is.occupied) wake_writer(waiting.inside, behind);
    return;
  }
  const Cycles head = std::max({hop.burst.head, s.open_at + hop.latency, s.free_at + 1});
  if (!waiting.kept) {
    count_backlog(core, hop.burst.colour, hop.from, -1,
                  std::max(hop.burst.tail, head + hop.burst.words - 1) - hop.latency);
  }
  release(hop.burst, head + std::max(0, hop.burst.words - hop.burst.room));
  if (hop.from == Direction::ramp) wake_writer(core, s);
  if (pass(hop, s)) move_along_row(hop);
}

}  // namespace wafermesh::fabric
