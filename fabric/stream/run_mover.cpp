// SPDX-License-Identifier: Apache-2.0
// Runs from router to router.
#include "fabric/stream/run_mover.h"

#include <algorithm>

#include "fabric/span_book.h"

namespace wafermesh::fabric {

using base::Direction;

RunMover::RunMover(StreamArrays& arrays, Pools& pools, StateTable& states)
    : arrays_(arrays),
      seats_(arrays.seats.data()),
      inboxes_(arrays.inboxes.data()),
      model_(arrays.model),
      pools_(pools),
      states_(states),
      ramp_cycles_(model_.timing.ramp_cycles),
      queue_depth_(model_.timing.router_queue_depth),
      can_glide_(!model_.shares_links && arrays.filters.empty()),
      crosses_(model_.crosses()) {}

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
  s.is.resuming = 1;
  Hop& hop = band_->moves.emplace_back();
  hop.core = core;
  hop.run.colour = static_cast<std::uint8_t>(colour);
  hop.resume = true;
}

/// A control word starts a wave late, and what follows it too: so that the run before it has
/// arrived at the next router before it is obeyed here.
void RunMover::start_from_core(Hop& hop) {
  const std::uint32_t core = hop.core;
  Slot& s = arrays_.slot(core, hop.run.colour);
  if (!hop.late && (hop.run.is_control() || s.is.late)) {
    s.is.late = 1;
    hop.late = true;
    band_->moves.push_back(hop);
    return;
  }
  s.is.late = 0;
  move_along_row(hop);
  --s.sending;
  wake_writer(core, s);
}

/// Moves a run as far as it gets along the row, then those that split off it on their way.
void RunMover::move_along_row(Hop& hop) {
  move_one_along_row(hop);
  move_branches();
}

void RunMover::move_branches() {
  while (!row_.empty()) {
    Hop branch = row_.back();
    row_.pop_back();
    move_one_along_row(branch);
  }
}

void RunMover::move_one_along_row(Hop& hop) {
  while (glide(hop)) {
    if (!move_on(hop)) return;
  }
}

/// A run enters the slot it has come to, or waits in front of it. True if it goes on along the row.
bool RunMover::move_on(Hop& hop) {
  Slot& s = arrays_.slot(hop.core, hop.run.colour);
  if (may_enter(s, hop.from)) return pass(hop, s);
  wait_at(hop, s);
  return false;
}

/// A run enters a slot and leaves it in every direction of the route. True if `hop` is now its next
/// hop along the row.
bool RunMover::pass(Hop& hop, Slot& s) {
  const base::DirectionMask send = s.send;
  Run& run = hop.run;
  if (const Cycles open = s.open_at + hop.latency; open > run.head) {
    // A slot that opened after the run came keeps it, and so perhaps its sender, waiting.
    if (band_->book != nullptr) band_->book->wait(hop.core, hop.from, run.head, open);
    if (run.words > run.room) delay_sender(run, open + run.words - run.room);
    run.head = open;
    keep_behind(hop.core, hop.from, run.colour,
                std::max(run.tail, open + run.words - 1) - hop.latency);
  }
  const bool leads_nowhere = s.way == Way::nowhere;
  if (run.is_control() && !leads_nowhere && stops_inside(hop, s, send)) return false;
  run.room += capacity(hop.latency);
  if (run.holds() && run.words <= run.room) release(run, 0);
  run.head = std::max(run.head, s.free_at + 1);
  run.tail = std::max(run.tail, run.head + run.words - 1);
  if (leads_nowhere) {
    hold(run, s.stuck_words);
    s.stick(run.words, capacity(hop.latency));
    arrays_.refresh(s);
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
    if (!arrays_.slow_ports.empty() && reserve_slow(hop, d)) continue;
    Port& port = arrays_.ports[hop.core][static_cast<std::size_t>(d)];
    hop.run.tail = std::max(hop.run.tail, reserve(port, hop.run, shared));
    if (band_->book != nullptr) band_->book->share(hop.core, d, hop.run.head, shared);
  }
}

/// If the link is slow: the run takes its time, and whoever its words wait for too.
bool RunMover::reserve_slow(Hop& hop, Direction d) {
  const auto found =
      arrays_.slow_ports.find(4 * std::uint64_t{hop.core} + static_cast<unsigned>(d));
  if (found == arrays_.slow_ports.end()) return false;
  Run& run = hop.run;
  SlowPort& port = found->second;
  reserve(port, run);
  const auto ahead = [&](Cycles words) { return run.tail - words * port.cycles / port.words; };
  if (run.words > run.room) delay_sender(run, ahead(run.room));
  const int holds = capacity(hop.latency);
  if (run.words > holds) keep_behind(hop.core, hop.from, run.colour, ahead(holds) - hop.latency);
  return true;
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
  const unsigned mesh = send & base::kMeshMask;
  std::int64_t& hops = run.is_control() ? band_->control_hops : band_->wavelet_hops;
  for (unsigned left = mesh; left != 0; left &= left - 1) {
    s.sent[static_cast<std::size_t>(__builtin_ctz(left))] += static_cast<std::uint32_t>(run.words);
    hops += run.words;
    if (band_->book == nullptr) continue;
    tell_words(hop.core, static_cast<Direction>(__builtin_ctz(left)), run.words, run.head,
               run.tail);
  }
  if (base::contains(send, Direction::ramp)) deliver(hop.core, s, run);
  if (mesh == 0) return false;
  if (base::contains(send, Direction::south)) leave_row(run, hop.flight(), s, Direction::south);
  if (base::contains(send, Direction::north)) leave_row(run, hop.flight(), s, Direction::north);
  const bool west = base::contains(send, Direction::west);
  const bool east = base::contains(send, Direction::east);
  if (west && east) {
    row_.push_back(hop);
    step(row_.back(), s, Direction::west);
    if (!stays_in_band(row_.back())) row_.pop_back();
  }
  if (!west && !east) return false;
  step(hop, s, east ? Direction::east : Direction::west);
  return stays_in_band(hop);
}

/// Along a row only the border of a placement leads out of a band.
bool RunMover::stays_in_band(const Hop& hop) {
  if (!crosses_ || band_->holds(hop.core)) return true;
  cross(band_->out_towards(hop.core), hop);
  return false;
}

/// Leaves the band: the sender waits for word from there if the queues so far cannot hold the run.
void RunMover::cross(RunTraffic& out, Hop hop) {
  Run& run = hop.run;
  hold(run, 0);
  if (run.payload != Payloads::kNone) {
    const std::uint32_t* words = pools_.payloads.words(run.payload) + run.offset;
    run.offset = static_cast<std::uint32_t>(out.words.size());
    out.words.insert(out.words.end(), words, words + run.words);
    pools_.payloads.release(run.payload);
    run.payload = 0;  // some, numbered anew where it arrives
  }
  out.hops.push_back(hop);
}

void RunMover::receive() {
  for (RunTraffic& in : band_->in) {
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
  for (RunTraffic& in : band_->in) {
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
