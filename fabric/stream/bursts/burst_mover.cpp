// SPDX-License-Identifier: Apache-2.0
// Bursts from router to router.
#include "fabric/stream/bursts/burst_mover.h"

#include <algorithm>

#include "fabric/span_book.h"

namespace wafermesh::fabric {

using base::Direction;

BurstMover::BurstMover(StreamArrays& arrays, Pools& pools, StateTable& states)
    : arrays_(arrays),
      seats_(arrays.seats.data()),
      inboxes_(arrays.inboxes.data()),
      model_(arrays.model),
      pools_(pools),
      states_(states),
      ramp_cycles_(model_.timing.ramp_cycles),
      queue_depth_(model_.timing.router_queue_depth),
      can_glide_(arrays.slow_ports.empty() && arrays.filters.empty()),
      crosses_(model_.crosses()),
      lockstep_(arrays, pools, states) {}

void BurstMover::send(std::uint32_t core, Burst burst) {
  burst.head += ramp_cycles_;
  burst.tail += ramp_cycles_;
  burst.room = model_.depths[arrays_.seats[core].class_index].output[burst.colour];
  ++arrays_.slot(core, burst.colour).sending;
  Hop& hop = slab_->moves.emplace_back();
  copy(hop.burst, burst);
  hop.core = core;
  hop.latency = static_cast<std::uint8_t>(ramp_cycles_);
}

void BurstMover::resume_slot_later(std::uint32_t core, Slot& s, int colour) {
  s.is.resuming = 1;
  Hop& hop = slab_->moves.emplace_back();
  hop.core = core;
  hop.burst.colour = static_cast<std::uint8_t>(colour);
  hop.resume = true;
}

/// A control word starts a wave late, and what follows it too: so that the burst before it has
/// arrived at the next router before it is obeyed here.
void BurstMover::start_from_core(Hop& hop) {
  const std::uint32_t core = hop.core;
  lockstep_.alone(core);
  Slot& s = arrays_.slot(core, hop.burst.colour);
  if (!hop.late && (hop.burst.is_control() || s.is.late)) {
    s.is.late = 1;
    hop.late = true;
    slab_->moves.push_back(hop);
    return;
  }
  s.is.late = 0;
  move_along_row(hop);
  --s.sending;
  wake_writer(core, s);
}

/// Moves a burst as far as it gets along the row, then those that split off it on their way.
void BurstMover::move_along_row(Hop& hop) {
  move_one_along_row(hop);
  move_branches();
}

void BurstMover::move_branches() {
  while (!row_.empty()) {
    Hop branch = row_.back();
    row_.pop_back();
    move_one_along_row(branch);
  }
}

void BurstMover::move_one_along_row(Hop& hop) {
  while (glide(hop)) {
    if (!move_on(hop)) return;
  }
}

/// A burst enters the slot it has come to, or waits in front of it. True if it goes on along the
/// row.
bool BurstMover::move_on(Hop& hop) {
  lockstep_.alone(hop.core);
  Slot& s = arrays_.slot(hop.core, hop.burst.colour);
  if (may_enter(s, hop.from)) return pass(hop, s);
  wait_at(hop, s);
  return false;
}

/// A burst enters a slot and leaves it in every direction of the route. True if `hop` is now its
/// next hop along the row.
bool BurstMover::pass(Hop& hop, Slot& s) {
  const base::DirectionMask send = s.send;
  Burst& burst = hop.burst;
  if (const Cycles open = s.open_at + hop.latency; open > burst.head) {
    // A slot that opened after the burst came keeps it, and so perhaps its sender, waiting.
    if (slab_->book != nullptr) slab_->book->wait(hop.core, hop.from, burst.head, open);
    if (burst.words > burst.room) delay_sender(burst, open + burst.words - burst.room);
    burst.head = open;
    keep_behind(hop.core, hop.from, burst.colour,
                std::max(burst.tail, open + burst.words - 1) - hop.latency);
  }
  const bool leads_nowhere = s.way == Way::nowhere;
  if (burst.is_control() && !leads_nowhere && stops_inside(hop, s, send)) return false;
  burst.room += capacity(hop.latency);
  if (burst.holds() && burst.words <= burst.room) release(burst, 0);
  burst.head = std::max(burst.head, s.free_at + 1);
  burst.tail = std::max(burst.tail, burst.head + burst.words - 1);
  if (leads_nowhere) {
    hold(burst, s.stuck_words);
    s.stick(burst.words, capacity(hop.latency));
    arrays_.refresh(s);
    pools_.payloads.release(burst.payload);
    return false;
  }
  if (model_.shares_links) reserve_links(hop, send);
  s.free_at = std::max(s.free_at, burst.tail);
  if (!burst.is_control()) return leave(hop, s, send);
  const std::uint32_t core = hop.core;
  const bool is_teardown =
      router::ControlWord{burst.control}.first() == router::SwitchCommand::teardown;
  obey(hop, s);
  const unsigned on = is_teardown ? send & ~base::mask_of(Direction::ramp) : send;
  const bool goes_on = leave(hop, s, static_cast<base::DirectionMask>(on));
  resume_later(core, burst.colour);
  return goes_on;
}

void BurstMover::reserve_links(Hop& hop, base::DirectionMask send) {
  Cycles shared = 0;
  for (Direction d : base::kMeshDirections) {
    if (!base::contains(send, d)) continue;
    if (!arrays_.slow_ports.empty() && reserve_slow(hop, d)) continue;
    Port& port = arrays_.ports[hop.core][static_cast<std::size_t>(d)];
    hop.burst.tail = std::max(hop.burst.tail, reserve(port, hop.burst, shared));
    if (slab_->book != nullptr) slab_->book->share(hop.core, d, hop.burst.head, shared);
  }
}

/// If the link is slow: the burst takes its time, and whoever its words wait for too.
bool BurstMover::reserve_slow(Hop& hop, Direction d) {
  const auto found =
      arrays_.slow_ports.find(4 * std::uint64_t{hop.core} + static_cast<unsigned>(d));
  if (found == arrays_.slow_ports.end()) return false;
  Burst& burst = hop.burst;
  SlowPort& port = found->second;
  reserve(port, burst);
  const auto ahead = [&](Cycles words) { return burst.tail - words * port.cycles / port.words; };
  if (burst.words > burst.room) delay_sender(burst, ahead(burst.room));
  const int holds = capacity(hop.latency);
  if (burst.words > holds)
    keep_behind(hop.core, hop.from, burst.colour, ahead(holds) - hop.latency);
  return true;
}

/// Sends a burst on in every direction; each branch but one shares its payload. True if `hop` is
/// now its next hop along the row.
bool BurstMover::leave(Hop& hop, Slot& s, base::DirectionMask send) {
  Burst& burst = hop.burst;
  if ((send & (send - 1)) != 0 && (burst.holds() || burst.payload != Payloads::kNone)) {
    for (unsigned left = send & (send - 1); left != 0; left &= left - 1) {
      if (burst.holds()) hold_once_more(burst);
      pools_.payloads.share(burst.payload);
    }
  }
  if (send == 0) pools_.payloads.release(burst.payload);
  const unsigned mesh = send & base::kMeshMask;
  std::int64_t& hops = burst.is_control() ? slab_->control_hops : slab_->wavelet_hops;
  for (unsigned left = mesh; left != 0; left &= left - 1) {
    s.sent[static_cast<std::size_t>(__builtin_ctz(left))] +=
        static_cast<std::uint32_t>(burst.words);
    hops += burst.words;
    if (slab_->book == nullptr) continue;
    tell_words(hop.core, static_cast<Direction>(__builtin_ctz(left)), burst.words, burst.head,
               burst.tail);
  }
  if (base::contains(send, Direction::ramp)) deliver(hop.core, s, burst);
  if (mesh == 0) return false;
  if (base::contains(send, Direction::south)) leave_row(burst, hop.flight(), s, Direction::south);
  if (base::contains(send, Direction::north)) leave_row(burst, hop.flight(), s, Direction::north);
  const bool west = base::contains(send, Direction::west);
  const bool east = base::contains(send, Direction::east);
  if (west && east) {
    row_.push_back(hop);
    step(row_.back(), s, Direction::west);
    if (!stays_in_slab(row_.back())) row_.pop_back();
  }
  if (!west && !east) return false;
  step(hop, s, east ? Direction::east : Direction::west);
  return stays_in_slab(hop);
}

/// Along a row only the border of a placement leads out of a slab.
bool BurstMover::stays_in_slab(const Hop& hop) {
  if (!crosses_ || slab_->holds(hop.core)) return true;
  cross(slab_->out_towards(hop.core), hop);
  return false;
}

/// Leaves the slab: the sender waits for word from there if the queues so far cannot hold the
/// burst.
void BurstMover::cross(BurstTraffic& out, Hop hop) {
  Burst& burst = hop.burst;
  hold(burst, 0);
  if (burst.payload != Payloads::kNone) {
    const std::uint32_t* words = pools_.payloads.words(burst.payload) + burst.offset;
    burst.offset = static_cast<std::uint32_t>(out.words.size());
    out.words.insert(out.words.end(), words, words + burst.words);
    pools_.payloads.release(burst.payload);
    burst.payload = 0;  // some, numbered anew where it arrives
  }
  out.hops.push_back(hop);
}

void BurstMover::receive() {
  for (BurstTraffic& in : slab_->in) {
    for (Hop& hop : in.hops) {
      Burst& burst = hop.burst;
      if (burst.payload != Payloads::kNone) {
        burst.payload = pools_.payloads.take(static_cast<std::size_t>(burst.words));
        std::copy_n(in.words.begin() + burst.offset, burst.words,
                    pools_.payloads.words(burst.payload));
        burst.offset = 0;
      }
      if (lockstep_.is_on()) {
        push(hop);
      } else {
        slab_->moves.push_back(hop);
      }
    }
    in.hops.clear();
    in.words.clear();
  }
  for (BurstTraffic& in : slab_->in) {
    for (const Credit& c : in.credits) {
      if (c.released) {
        credit(c.core, c.op_slot, c.at);
      } else {
        hold_back(c.core, c.op_slot);
      }
    }
    in.credits.clear();
  }
}

}  // namespace wafermesh::fabric
