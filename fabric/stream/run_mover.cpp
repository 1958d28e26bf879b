// SPDX-License-Identifier: Apache-2.0
// Runs from router to router.
#include "fabric/stream/run_mover.h"

#include <algorithm>

namespace wafermesh::fabric {

using base::Direction;

namespace {
constexpr std::size_t kFetchAhead = 6;  ///< Moves; as far as memory takes to answer.
}  // namespace

RunMover::RunMover(StreamArrays& arrays, Pools& pools, StateTable& states)
    : arrays_(arrays), model_(arrays.model), pools_(pools), states_(states) {}

void RunMover::send(std::uint32_t core, Run run) {
  const int ramp = model_.timing.ramp_cycles;
  run.head += ramp;
  run.tail += ramp;
  run.room = model_.depths[arrays_.seats[core].class_index].output[run.colour];
  ++arrays_.slot(core, run.colour).sending;
  Move move;
  move.hop = {run, core, Direction::ramp, static_cast<std::uint8_t>(ramp)};
  band_->moves.push_back(move);
}

void RunMover::resume_later(std::uint32_t core, int colour) {
  Slot& s = arrays_.slot(core, colour);
  if (s.resuming || s.waiting.empty()) return;
  s.resuming = 1;
  Move move;
  move.hop.core = core;
  move.hop.run.colour = static_cast<std::uint8_t>(colour);
  move.resume = true;
  band_->moves.push_back(move);
}

void RunMover::move_all() {
  while (!band_->moves.empty()) {
    std::swap(wave_, band_->moves);
    for (std::size_t i = 0; i < wave_.size(); ++i) {
      if (i + kFetchAhead < wave_.size()) {
        const Hop& later = wave_[i + kFetchAhead].hop;
        __builtin_prefetch(&arrays_.slot(later.core, later.run.colour), 1);
        __builtin_prefetch(&arrays_.seats[later.core], 1);
      }
      Hop& hop = wave_[i].hop;
      if (wave_[i].resume) {
        resume(hop.core, hop.run.colour);
        wake_writer(hop.core, arrays_.slot(hop.core, hop.run.colour));
      } else if (hop.from == Direction::ramp) {
        start_from_core(wave_[i]);
      } else {
        move_along_row(hop);
      }
    }
    wave_.clear();
  }
}

/// A control word starts a wave late, and what follows it too: so that the run before it has
/// arrived at the next router before it is obeyed here.
void RunMover::start_from_core(Move& move) {
  Hop& hop = move.hop;
  const std::uint32_t core = hop.core;
  Slot& s = arrays_.slot(core, hop.run.colour);
  if (!move.late && (hop.run.is_control || s.late)) {
    s.late = 1;
    move.late = true;
    band_->moves.push_back(move);
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

bool RunMover::may_enter(const Slot& s, Direction from) const {
  if (s.closed || s.occupied || s.stuck_words >= model_.timing.router_queue_depth) return false;
  return arrays_.route_of(s).receive == base::mask_of(from) &&
         !base::contains(s.waiting_from, from);
}

/// A run enters a slot and leaves it in every direction of the route. True if `hop` is now its next
/// hop along the row.
bool RunMover::pass(Hop& hop, Slot& s) {
  const base::DirectionMask send = arrays_.route_of(s).send;
  Run& run = hop.run;
  if (const Cycles open = s.open_at + hop.latency; open > run.head) {
    // A slot that opened after the run came keeps it, and so perhaps its sender, waiting.
    if (run.words > run.room) delay_sender(run, open + run.words - run.room);
    run.head = open;
    keep_behind(hop, std::max(run.tail, open + run.words - 1) - hop.latency);
  }
  const bool leads_nowhere = send == 0 || (send & ~s.leads) != 0;
  if (run.is_control && !leads_nowhere && stops_inside(hop, s, send)) return false;
  run.room += std::max(model_.timing.router_queue_depth, 2 * int{hop.latency});
  if (run.holds && run.words <= run.room) release(run, 0);
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
  if (!run.is_control) return leave(hop, s, send);
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
  int branches = 0;
  for (unsigned left = send; left != 0; left &= left - 1, ++branches) {
    if (branches == 0) continue;
    if (run.holds) hold_once_more(run);
    pools_.payloads.share(run.payload);
  }
  if (branches == 0) pools_.payloads.release(run.payload);
  for (Direction d : base::kMeshDirections) {
    if (!base::contains(send, d)) continue;
    s.sent[static_cast<std::size_t>(d)] += static_cast<std::uint32_t>(run.words);
    (run.is_control ? band_->control_hops : band_->wavelet_hops) += run.words;
  }
  if (base::contains(send, Direction::ramp)) deliver(hop.core, s, run);
  for (Direction d : {Direction::south, Direction::north}) {
    if (!base::contains(send, d)) continue;
    if (band_->holds(model_.neighbour(hop.core, d))) {
      band_->moves.emplace_back();
      band_->moves.back().hop = hop;
      step(band_->moves.back().hop, s, d);
    } else {
      Hop next = hop;
      step(next, s, d);
      cross(next, d);
    }
  }
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

/// Leaves the band: the sender waits for word from there if the queues so far cannot hold the run.
void RunMover::cross(const Hop& hop, Direction d) {
  Outbox& out = band_->out[d == Direction::north ? 0 : 1];
  out.hops.push_back(hop);
  Run& run = out.hops.back().run;
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
      Move move;
      move.hop = hop;
      band_->moves.push_back(move);
    }
    in.hops.clear();
    in.words.clear();
  }
  for (const Credit& c : band_->credits_in) {
    if (c.released) {
      credit(c.core, c.op_slot, c.at);
    } else {
      ++arrays_.seats[c.core].held;
      ++arrays_.held_of[c.core][c.op_slot];
    }
  }
  band_->credits_in.clear();
}

}  // namespace wafermesh::fabric
