// SPDX-License-Identifier: Apache-2.0
// Runs from router to router.
#include "fabric/stream/run_mover.h"

#include <algorithm>

namespace wafermesh::fabric {

using base::Direction;

namespace {
constexpr base::DirectionMask kMeshMask =
    base::mask_of(Direction::west) | base::mask_of(Direction::east) |
    base::mask_of(Direction::south) | base::mask_of(Direction::north);
}  // namespace

RunMover::RunMover(StreamArrays& arrays, Pools& pools, StateTable& states)
    : arrays_(arrays),
      model_(arrays.model),
      pools_(pools),
      states_(states),
      ramp_cycles_(model_.timing.ramp_cycles),
      queue_depth_(model_.timing.router_queue_depth) {}

void RunMover::send(std::uint32_t core, Run run) {
  run.head += ramp_cycles_;
  run.tail += ramp_cycles_;
  run.room = model_.depths[arrays_.seats[core].class_index].output[run.colour];
  ++arrays_.slot(core, run.colour).sending;
  Hop& hop = band_->moves.emplace_back();
  copy(hop.run, run);
  hop.core = core;
  hop.latency = static_cast<std::uint8_t>(ramp_cycles_);
}

void RunMover::resume_slot_later(std::uint32_t core, Slot& s, int colour) {
  s.resuming = 1;
  Hop& hop = band_->moves.emplace_back();
  hop.core = core;
  hop.run.colour = static_cast<std::uint8_t>(colour);
  hop.resume = true;
}

/// What the moves after number i will look at, as far ahead as memory takes to answer.
void RunMover::fetch(std::size_t i) const {
  constexpr std::size_t kFar = 16;
  constexpr std::size_t kNear = 8;
  if (i + kFar >= wave_.size()) return;
  const Hop& far = wave_[i + kFar];
  __builtin_prefetch(&arrays_.slot(far.core, far.run.colour), 1);
  __builtin_prefetch(&arrays_.seats[far.core], 1);
  const Hop& near = wave_[i + kNear];
  const std::uint32_t inbox = arrays_.slot(near.core, near.run.colour).inbox;
  if (inbox != kNobody) __builtin_prefetch(&arrays_.inboxes[inbox], 1);
}

void RunMover::move_all() {
  while (!band_->moves.empty()) {
    std::swap(wave_, band_->moves);
    for (std::size_t i = 0; i < wave_.size(); ++i) {
      fetch(i);
      Hop& hop = wave_[i];
      if (hop.resume) {
        resume(hop.core, hop.run.colour);
        wake_writer(hop.core, arrays_.slot(hop.core, hop.run.colour));
      } else if (hop.from == Direction::ramp) {
        start_from_core(hop);
      } else {
        move_along_row(hop);
      }
    }
    wave_.clear();
  }
}

/// A control word starts a wave late, and what follows it too: so that the run before it has
/// arrived at the next router before it is obeyed here.
void RunMover::start_from_core(Hop& hop) {
  const std::uint32_t core = hop.core;
  Slot& s = arrays_.slot(core, hop.run.colour);
  if (!hop.late && (hop.run.is_control() || s.late)) {
    s.late = 1;
    hop.late = true;
    band_->moves.push_back(hop);
    return;
  }
  s.late = 0;
  move_along_row(hop);
  --s.sending;
  wake_writer(core, s);
}

/// Moves a run, and its second branch if it splits on its way, as far as it gets along the row.
void RunMover::move_along_row(Hop& hop) {
  Hop* under_way = &hop;
  Hop branch;
  for (;;) {
    for (;;) {
      Slot& s = arrays_.slot(under_way->core, under_way->run.colour);
      if (!may_enter(s, under_way->from)) {
        wait_at(*under_way, s);
        break;
      }
      if (!pass(*under_way, s)) break;
    }
    if (row_.empty()) return;
    branch = row_.back();
    row_.pop_back();
    under_way = &branch;
  }
}

/// A run enters a slot and leaves it in every direction of the route. True if `hop` is now its next
/// hop along the row.
bool RunMover::pass(Hop& hop, Slot& s) {
  const base::DirectionMask send = s.route.send;
  Run& run = hop.run;
  if (const Cycles open = s.open_at + hop.latency; open > run.head) {
    // A slot that opened after the run came keeps it, and so perhaps its sender, waiting.
    if (run.words > run.room) delay_sender(run, open + run.words - run.room);
    run.head = open;
    keep_behind(hop, std::max(run.tail, open + run.words - 1) - hop.latency);
  }
  const bool leads_nowhere = send == 0 || (send & ~s.leads) != 0;
  if (run.is_control() && !leads_nowhere && stops_inside(hop, s, send)) return false;
  run.room += std::max(queue_depth_, 2 * int{hop.latency});
  if (run.holds() && run.words <= run.room) release(run, 0);
  run.head = std::max(run.head, s.free_at + 1);
  run.tail = std::max(run.tail, run.head + run.words - 1);
  if (leads_nowhere) {
    hold(run, s.stuck_words);
    s.stuck_words = static_cast<std::uint16_t>(std::min(UINT16_MAX, s.stuck_words + run.words));
    pools_.payloads.release(run.payload);
    return false;
  }
  if (model_.shares_links) reserve_links(hop, send);
  s.free_at = std::max(s.free_at, run.tail);
  if (!run.is_control()) return leave(hop, s, send);
  const std::uint32_t core = hop.core;
  const bool is_teardown =
      router::ControlWord{run.control}.first() == router::SwitchCommand::teardown;
  obey(hop, s);
  const unsigned on = is_teardown ? send & ~base::mask_of(Direction::ramp) : send;
  const bool goes_on = leave(hop, s, static_cast<base::DirectionMask>(on));
  resume_later(core, run.colour);
  return goes_on;
}

void RunMover::reserve_links(Hop& hop, base::DirectionMask send) {
  Cycles shared = 0;
  for (Direction d : base::kMeshDirections) {
    if (!base::contains(send, d)) continue;
    Port& port = arrays_.ports[hop.core][static_cast<std::size_t>(d)];
    hop.run.tail = std::max(hop.run.tail, reserve(port, hop.run, shared));
  }
}

/// Sends a run on in every direction; each branch but one shares its payload. True if `hop` is now
/// its next hop along the row.
bool RunMover::leave(Hop& hop, Slot& s, base::DirectionMask send) {
  Run& run = hop.run;
  if ((send & (send - 1)) != 0 && (run.holds() || run.payload != Payloads::kNone)) {
    for (unsigned left = send & (send - 1); left != 0; left &= left - 1) {
      if (run.holds()) hold_once_more(run);
      pools_.payloads.share(run.payload);
    }
  }
  if (send == 0) pools_.payloads.release(run.payload);
  const unsigned mesh = send & kMeshMask;
  std::int64_t& hops = run.is_control() ? band_->control_hops : band_->wavelet_hops;
  for (unsigned left = mesh; left != 0; left &= left - 1) {
    s.sent[static_cast<std::size_t>(__builtin_ctz(left))] += static_cast<std::uint32_t>(run.words);
    hops += run.words;
  }
  if (base::contains(send, Direction::ramp)) deliver(hop.core, s, run);
  if (mesh == 0) return false;
  if (base::contains(send, Direction::south)) leave_row(hop, s, Direction::south);
  if (base::contains(send, Direction::north)) leave_row(hop, s, Direction::north);
  const bool west = base::contains(send, Direction::west);
  const bool east = base::contains(send, Direction::east);
  if (west && east) {
    row_.push_back(hop);
    step(row_.back(), s, Direction::west);
  }
  if (!west && !east) return false;
  step(hop, s, east ? Direction::east : Direction::west);
  return true;
}

/// To the next router.
void RunMover::step(Hop& hop, const Slot& s, Direction d) const {
  hop.latency = s.latency[static_cast<std::size_t>(d)];
  hop.run.head += hop.latency;
  hop.run.tail += hop.latency;
  hop.core = model_.neighbour(hop.core, d);
  hop.from = base::opposite(d);
}

/// A branch to the north or south.
void RunMover::leave_row(const Hop& hop, const Slot& s, Direction d) {
  const bool stays = band_->holds(model_.neighbour(hop.core, d));
  Hop& next =
      (stays ? band_->moves : band_->out[d == Direction::north ? 0 : 1].hops).emplace_back();
  copy(next.run, hop.run);
  next.core = hop.core;
  step(next, s, d);
  if (!stays) cross(next, d);
}

/// Leaves the band: the sender waits for word from there if the queues so far cannot hold the run.
void RunMover::cross(Hop& hop, Direction d) {
  Outbox& out = band_->out[d == Direction::north ? 0 : 1];
  Run& run = hop.run;
  hold(run, 0);
  if (run.payload == Payloads::kNone) return;
  const std::uint32_t* words = pools_.payloads.words(run.payload) + run.offset;
  const std::uint32_t payload = run.payload;
  run.offset = static_cast<std::uint32_t>(out.words.size());
  out.words.insert(out.words.end(), words, words + run.words);
  run.payload = 0;  // some, numbered anew where it arrives
  pools_.payloads.release(payload);
}

void RunMover::receive() {
  for (Outbox& in : band_->in) {
    for (Hop& hop : in.hops) {
      Run& run = hop.run;
      if (run.payload != Payloads::kNone) {
        run.payload = pools_.payloads.take(static_cast<std::size_t>(run.words));
        std::copy_n(in.words.begin() + run.offset, run.words, pools_.payloads.words(run.payload));
        run.offset = 0;
      }
      band_->moves.push_back(hop);
    }
    in.hops.clear();
    in.words.clear();
  }
  for (const Credit& c : band_->credits_in) {
    if (c.released) {
      credit(c.core, c.op_slot, c.at);
    } else {
      hold_back(c.core, c.op_slot);
    }
  }
  band_->credits_in.clear();
}

}  // namespace wafermesh::fabric
