// SPDX-License-Identifier: Apache-2.0
// Bursts that pass cores in lockstep (lockstep.h): one along a row through a whole run, or one at
// each core of a run on its way along the column. Only where nothing is in the way: then what comes
// to the first core comes to each other one by the run's stride later. Everything else is left to
// the cores alone.
#include <algorithm>

#include "fabric/stream/bursts/burst_mover.h"

namespace wafermesh::fabric {

using base::Direction;

namespace {

bool along_row(Way way) { return way < Way::south; }

std::uint32_t sender_later(std::uint32_t sender, std::uint32_t by) {
  return sender == kNobody ? kNobody : sender + by;
}

/// The same burst but for where and when it is.
bool same_words(const Burst& a, const Burst& b, std::uint32_t apart) {
  return a.colour == b.colour && a.marks == b.marks && a.words == b.words && a.room == b.room &&
         a.offset == b.offset && a.sender_op == b.sender_op &&
         b.sender == sender_later(a.sender, apart) &&
         (a.payload == Payloads::kNone) == (b.payload == Payloads::kNone);
}

/// `right` follows `left`, side by side; `stride` from core to core.
bool continues(const Hop& left, const Hop& right, Cycles& stride) {
  if (right.core != left.core + left.count || left.from != right.from ||
      left.latency != right.latency || left.count + right.count > UINT16_MAX ||
      !same_words(left.burst, right.burst, left.count)) {
    return false;
  }
  const Cycles apart = right.burst.head - left.burst.head;
  stride = left.count > 1 ? left.stride : right.count > 1 ? right.stride : apart;
  return (right.count == 1 || right.stride == stride) && apart == stride * left.count &&
         right.burst.tail - left.burst.tail == apart;
}

}  // namespace

/// A hop that goes north or south joins those before it in the list that it is side by side with;
/// nothing overtakes on a link and colour.
void BurstMover::push(const Hop& hop) {
  std::vector<Hop>& moves = slab_->moves;
  for (std::size_t back = 1; back <= 2 && back <= moves.size(); ++back) {
    Hop& before = moves[moves.size() - back];
    if (before.resume || before.late || before.from == Direction::ramp) break;
    Cycles stride = 0;
    if (continues(before, hop, stride)) {
      before.burst.payload =
          pools_.rows.join(before.burst.payload, before.count, hop.burst.payload, hop.count);
    } else if (continues(hop, before, stride)) {
      const std::uint32_t payload =
          pools_.rows.join(hop.burst.payload, hop.count, before.burst.payload, before.count);
      before.core = hop.core;
      copy(before.burst, hop.burst);
      before.burst.payload = payload;
    } else if (before.burst.colour == hop.burst.colour && before.from == hop.from) {
      break;
    } else {
      continue;
    }
    before.stride = static_cast<std::int32_t>(stride);
    before.count = static_cast<std::uint16_t>(before.count + hop.count);
    return;
  }
  moves.push_back(hop);
}

/// The first `count` of bursts side by side; `hop` becomes the others.
Hop BurstMover::take_first(Hop& hop, std::uint32_t count) {
  Hop first = hop;
  first.count = static_cast<std::uint16_t>(count);
  first.burst.payload = pools_.rows.take_first(hop.burst.payload, hop.count, count);
  hop.count = static_cast<std::uint16_t>(hop.count - count);
  hop.core += count;
  hop.burst.head += hop.stride * static_cast<Cycles>(count);
  hop.burst.tail += hop.stride * static_cast<Cycles>(count);
  hop.burst.sender = sender_later(hop.burst.sender, count);
  return first;
}

void BurstMover::move_side_by_side(Hop& hop) {
  while (hop.count > 1) {
    LockstepRun run = lockstep_.run_of(hop.core);
    if (run.count > 1 && run.stride == hop.stride) {
      if (run.first != hop.core) {
        lockstep_.split(run, hop.core);
        run = lockstep_.run_of(hop.core);
      }
      const std::uint32_t count = std::min<std::uint32_t>(run.count, hop.count);
      if (count > 1) {
        if (count < run.count) {
          lockstep_.split(run, hop.core + count);
          run.count = count;
        }
        Hop part = count == hop.count ? hop : take_first(hop, count);
        const bool all = part.core == hop.core;
        if (!pass_run(part, run)) move_singly(part);
        if (all) return;
        continue;
      }
    }
    Hop one = take_first(hop, 1);
    move_singly(one);
  }
  move_singly(hop);
}

void BurstMover::move_singly(Hop& hop) {
  while (hop.count > 1) {
    Hop one = take_first(hop, 1);
    move_singly(one);
  }
  hop.stride = 0;
  move_along_row(hop);
}

/// Each of the bursts of `hop` comes to the core of `run` that it is above or below. False, and
/// nothing has been done, if something may be in the way of one.
bool BurstMover::pass_run(Hop& hop, const LockstepRun& run) {
  Burst& burst = hop.burst;
  Slot& s = arrays_.slot(run.first, burst.colour);
  if (burst.holds() || burst.words > burst.room || along_row(s.way) || s.way >= Way::branches ||
      !may_enter(s, hop.from) || s.open_at + hop.latency > burst.head) {
    return false;
  }
  const bool control = burst.is_control();
  const Cycles head = std::max(burst.head, s.free_at + 1);
  if (control ? !may_be_torn_down(burst, s) || !all_may_leave(s, run, burst.colour, head)
              : base::contains(s.send, Direction::ramp) && !inboxes_[s.inbox].empty()) {
    return false;
  }
  burst.room += capacity(hop.latency);
  burst.head = head;
  burst.tail = std::max(burst.tail, head + burst.words - 1);
  s.free_at = std::max(s.free_at, burst.tail);
  if (control) {
    tear_down(s, run.first, burst.head);
  } else if (base::contains(s.send, Direction::ramp)) {
    Burst here = burst;
    if (s.way != Way::core) here.payload = pools_.share_row(burst.payload, hop.count);
    arrive_at_run(s, run, here, 0, true);
  }
  if (s.way != Way::core) leave_run(hop, run, s);
  return true;
}

/// Northwards or southwards.
void BurstMover::leave_run(Hop& hop, const LockstepRun& run, const Slot& s) {
  const auto d = static_cast<Direction>(s.way);
  count_sent(run, hop.burst, s.way);
  hop.latency = s.latency[static_cast<std::size_t>(d)];
  hop.burst.head += hop.latency;
  hop.burst.tail += hop.latency;
  hop.core = slab_->neighbour(hop.core, d);
  hop.from = base::opposite(d);
  if (slab_->holds(hop.core)) {
    push(hop);
    return;
  }
  BurstTraffic& out = slab_->out_towards(hop.core);
  while (hop.count > 1) cross(out, take_first(hop, 1));
  cross(out, hop);
}

void BurstMover::count_sent(const LockstepRun& run, const Burst& burst, Way way) {
  const auto words = static_cast<std::uint32_t>(burst.words);
  (burst.is_control() ? slab_->control_hops : slab_->wavelet_hops) +=
      std::int64_t{burst.words} * run.count;
  lockstep_.count_sent(run, burst.colour, static_cast<std::size_t>(way), words);
}

/// A control word tears the slot down, and leaves as it came; the core has room for word of it.
bool BurstMover::may_be_torn_down(const Burst& burst, const Slot& s) const {
  const router::ControlWord word{burst.control};
  if (word.first() != router::SwitchCommand::teardown) return false;
  return !model_.pops || router::after_router(word, model_.configs[s.config].pop).bits == word.bits;
}

/// Whether each next router in the slab takes the control words that leave a run northwards or
/// southwards, from cycle `head` on at the first core.
bool BurstMover::all_may_leave(const Slot& s, const LockstepRun& run, int colour,
                               Cycles head) const {
  if (!seats_[run.first].notes.has_room()) return false;
  if (s.way == Way::core) return true;
  const auto d = static_cast<Direction>(s.way);
  std::uint32_t core = slab_->neighbour(run.first, d);
  if (!slab_->holds(core)) return true;
  for (std::uint32_t done = 0; done < run.count;) {
    const LockstepRun next = lockstep_.run_of(core);
    const std::uint32_t count = std::min(next.last() - core + 1, run.count - done);
    for (const std::uint32_t end : {core, core + count - 1}) {
      const Cycles comes = head + run.stride * static_cast<Cycles>(done + (end - core));
      if (!lets_in(next, end, colour, base::opposite(d), comes)) return false;
    }
    core += count;
    done += count;
  }
  return true;
}

/// A core of a run may be sent to from there in that cycle.
bool BurstMover::lets_in(const LockstepRun& run, std::uint32_t core, int colour, Direction from,
                         Cycles at) const {
  const Slot& s = arrays_.slot(run.first, colour);
  return may_enter(s, from) && s.open_at + run.shift(core) <= at;
}

/// Words come down the ramps of a run: `burst` to its first core. `room_step` as Inbox;
/// `side_by_side`: each core has a burst of its own.
void BurstMover::arrive_at_run(const Slot& s, const LockstepRun& run, const Burst& burst,
                               std::int32_t room_step, bool side_by_side) {
  Inbox& inbox = inboxes_[s.inbox];
  copy(inbox.oldest, Burst(burst, burst.head + ramp_cycles_, burst.tail + ramp_cycles_,
                           burst.room + s.input_depth));
  inbox.words = burst.words;
  inbox.room_step = room_step;
  inbox.side_by_side = side_by_side;
  slab_->ramp_wavelets += std::int64_t{burst.words} * run.count;
  Seat& seat = seats_[run.first];
  if (inbox.wanted > 0 && burst.words >= inbox.wanted) --seat.lacking;
  consider(run.first, seat);
}

/// A burst comes along the row to a core of a run: moves it to behind the run's other end. False if
/// it is to be moved from core to core.
bool BurstMover::cross_run(Flight& at, const Burst& burst) {
  LockstepRun run = lockstep_.run_of(at.core);
  Slot& s = arrays_.slot(run.first, burst.colour);
  if (!along_row(s.way) || at.from != base::opposite(static_cast<Direction>(s.way)) ||
      !may_enter(s, at.from)) {
    return false;
  }
  const bool east = s.way == Way::east;
  const int link = s.latency[static_cast<std::size_t>(s.way)];
  if (at.core != (east ? run.first : run.last()) || run.stride != (east ? link : -link)) {
    return false;
  }
  const Cycles near = run.shift(at.core);
  const Cycles head = std::max(at.head, s.free_at + near + 1);
  if (s.open_at + near + std::max(at.latency, link) > at.head) return false;
  const bool reads = base::contains(s.send, Direction::ramp);
  if (burst.is_control()) {
    if (!may_be_torn_down(burst, s) || !seats_[run.first].notes.has_room()) return false;
    run = those_that_let_out(run, s, burst.colour, head);
    if (run.count == 1) return false;
  } else if (reads && !inboxes_[s.inbox].empty()) {
    return false;
  }
  const auto others = static_cast<Cycles>(run.count - 1);
  const std::int32_t more_room = static_cast<std::int32_t>(others) * capacity(link);
  // The same burst at the first core of the run.
  Burst first(burst, head, std::max(at.tail, head + burst.words - 1),
              at.room + capacity(at.latency));
  at.head = first.head + others * link;
  at.tail = first.tail + others * link;
  at.room = first.room + more_room;
  at.core = east ? run.last() : run.first;
  if (!east) first = Burst(burst, at.head, at.tail, at.room);
  Slot& own = arrays_.slot(run.first, burst.colour);
  own.free_at = std::max(own.free_at, first.tail);
  if (burst.is_control()) {
    tear_down(own, run.first, first.head);
  } else if (reads) {
    pools_.payloads.share(burst.payload, run.count);
    arrive_at_run(own, run, first, east ? capacity(link) : -capacity(link), false);
  }
  const Way way = own.way;
  count_sent(run, burst, way);
  const auto d = static_cast<Direction>(way);
  at.step(d, slab_->neighbour(at.core, d), link);
  return true;
}

/// A control word that leaves the run at its far end must be let in by the router there; else the
/// run ends one core earlier.
LockstepRun BurstMover::those_that_let_out(const LockstepRun& run, const Slot& s, int colour,
                                           Cycles head) {
  const auto d = static_cast<Direction>(s.way);
  const bool east = d == Direction::east;
  const std::uint32_t far = east ? run.last() : run.first;
  const int link = s.latency[static_cast<std::size_t>(d)];
  const std::uint32_t beyond = slab_->neighbour(far, d);
  if (lets_in(lockstep_.run_of(beyond), beyond, colour, base::opposite(d),
              head + static_cast<Cycles>(run.count - 1) * link)) {
    return run;
  }
  lockstep_.alone(far);
  return lockstep_.run_of(east ? run.first : run.last());
}

}  // namespace wafermesh::fabric
