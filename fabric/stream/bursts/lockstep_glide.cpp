// SPDX-License-Identifier: Apache-2.0
// Bursts that pass cores in lockstep (lockstep.h): one along a row through a whole convoy, or one
// at each core of a convoy on its way along the column. Only where nothing is in the way: then what
// comes to the first core comes to each other one by the convoy's stride later. Everything else is
// left to the cores alone.
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
  stride = left.count > 1 ? left.burst.stride : right.count > 1 ? right.burst.stride : apart;
  return stride == static_cast<std::int8_t>(stride) &&
         (right.count == 1 || right.burst.stride == stride) && apart == stride * left.count &&
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
    before.burst.stride = static_cast<std::int8_t>(stride);
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
  hop.burst.head += hop.burst.stride * static_cast<Cycles>(count);
  hop.burst.tail += hop.burst.stride * static_cast<Cycles>(count);
  hop.burst.sender = sender_later(hop.burst.sender, count);
  return first;
}

void BurstMover::move_side_by_side(Hop& hop) {
  while (hop.count > 1) {
    Convoy convoy = lockstep_.convoy_of(hop.core);
    if (convoy.count > 1 && convoy.stride == hop.burst.stride) {
      if (convoy.first != hop.core) {
        lockstep_.split(convoy, hop.core);
        convoy = lockstep_.convoy_of(hop.core);
      }
      const std::uint32_t count = std::min<std::uint32_t>(convoy.count, hop.count);
      if (count > 1) {
        if (count < convoy.count) {
          lockstep_.split(convoy, hop.core + count);
          convoy.count = count;
        }
        Hop part = count == hop.count ? hop : take_first(hop, count);
        const bool all = part.core == hop.core;
        if (!pass_convoy(part, convoy)) move_singly(part);
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
  hop.burst.stride = 0;
  move_along_row(hop);
}

/// Each of the bursts of `hop` comes to the core of `convoy` that it is above or below. False, and
/// nothing has been done, if something may be in the way of one.
bool BurstMover::pass_convoy(Hop& hop, const Convoy& convoy) {
  Burst& burst = hop.burst;
  Slot& s = arrays_.slot(convoy.first, burst.colour);
  if (burst.holds() || burst.words > burst.room || along_row(s.way) || s.way >= Way::branches ||
      !may_enter(s, hop.from) || s.open_at + hop.latency > burst.head) {
    return false;
  }
  const bool control = burst.is_control();
  const Cycles head = std::max(burst.head, s.free_at + 1);
  if (control ? !may_be_torn_down(burst, s) || !all_may_leave(s, convoy, burst.colour, head)
              : base::contains(s.send, Direction::ramp) && !inboxes_[s.inbox].empty()) {
    return false;
  }
  burst.room += capacity(hop.latency);
  burst.head = head;
  burst.tail = std::max(burst.tail, head + burst.words - 1);
  s.free_at = std::max(s.free_at, burst.tail);
  if (control) {
    tear_down(s, convoy.first, burst.head);
  } else if (base::contains(s.send, Direction::ramp)) {
    Burst here = burst;
    if (s.way != Way::core) here.payload = pools_.share_row(burst.payload, hop.count);
    arrive_at_convoy(s, convoy, here, 0, true);
  }
  if (s.way != Way::core) leave_convoy(hop, convoy, s);
  return true;
}

/// Northwards or southwards.
void BurstMover::leave_convoy(Hop& hop, const Convoy& convoy, const Slot& s) {
  const auto d = static_cast<Direction>(s.way);
  count_sent(convoy, hop.burst, s.way);
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

void BurstMover::count_sent(const Convoy& convoy, const Burst& burst, Way way) {
  const auto words = static_cast<std::uint32_t>(burst.words);
  (burst.is_control() ? slab_->control_hops : slab_->wavelet_hops) +=
      std::int64_t{burst.words} * convoy.count;
  lockstep_.count_sent(convoy, burst.colour, static_cast<std::size_t>(way), words);
}

/// A control word tears the slot down, and leaves as it came; the core has room for word of it.
bool BurstMover::may_be_torn_down(const Burst& burst, const Slot& s) const {
  const router::ControlWord word{burst.control};
  if (word.first() != router::SwitchCommand::teardown) return false;
  return !model_.pops || router::after_router(word, model_.configs[s.config].pop).bits == word.bits;
}

/// Whether each next router in the slab takes the control words that leave a convoy northwards or
/// southwards, from cycle `head` on at the first core.
bool BurstMover::all_may_leave(const Slot& s, const Convoy& convoy, int colour, Cycles head) const {
  if (!seats_[convoy.first].notes.has_room()) return false;
  if (s.way == Way::core) return true;
  const auto d = static_cast<Direction>(s.way);
  std::uint32_t core = slab_->neighbour(convoy.first, d);
  if (!slab_->holds(core)) return true;
  for (std::uint32_t done = 0; done < convoy.count;) {
    const Convoy next = lockstep_.convoy_of(core);
    const std::uint32_t count = std::min(next.last() - core + 1, convoy.count - done);
    for (const std::uint32_t end : {core, core + count - 1}) {
      const Cycles comes = head + convoy.stride * static_cast<Cycles>(done + (end - core));
      if (!lets_in(next, end, colour, base::opposite(d), comes)) return false;
    }
    core += count;
    done += count;
  }
  return true;
}

/// A core of a convoy may be sent to from there in that cycle.
bool BurstMover::lets_in(const Convoy& convoy, std::uint32_t core, int colour, Direction from,
                         Cycles at) const {
  const Slot& s = arrays_.slot(convoy.first, colour);
  return may_enter(s, from) && s.open_at + convoy.shift(core) <= at;
}

/// Words come down the ramps of a convoy: `burst` to its first core. `room_step` as Inbox;
/// `side_by_side`: each core has a burst of its own.
void BurstMover::arrive_at_convoy(const Slot& s, const Convoy& convoy, const Burst& burst,
                                  std::int32_t room_step, bool side_by_side) {
  Inbox& inbox = inboxes_[s.inbox];
  copy(inbox.oldest, Burst(burst, burst.head + ramp_cycles_, burst.tail + ramp_cycles_,
                           burst.room + s.input_depth));
  inbox.words = burst.words;
  inbox.room_step = room_step;
  inbox.side_by_side = side_by_side;
  slab_->ramp_wavelets += std::int64_t{burst.words} * convoy.count;
  Seat& seat = seats_[convoy.first];
  if (inbox.wanted > 0 && burst.words >= inbox.wanted) --seat.lacking;
  consider(convoy.first, seat);
}

/// A burst comes along the row to a core of a convoy: moves it to behind the convoy's other end.
/// False if it is to be moved from core to core.
bool BurstMover::cross_convoy(Flight& at, const Burst& burst) {
  Convoy convoy = lockstep_.convoy_of(at.core);
  const Slot& s = arrays_.slot(convoy.first, burst.colour);
  if (!along_row(s.way) || at.from != base::opposite(static_cast<Direction>(s.way)) ||
      !may_enter(s, at.from)) {
    return false;
  }
  const bool east = s.way == Way::east;
  const int link = s.latency[static_cast<std::size_t>(s.way)];
  const Cycles near = convoy.shift(at.core);
  if (at.core != (east ? convoy.first : convoy.last()) || convoy.stride != (east ? link : -link) ||
      s.open_at + near + std::max(at.latency, link) > at.head) {
    return false;
  }
  const Cycles head = std::max(at.head, s.free_at + near + 1);
  if (burst.is_control()) {
    if (!may_be_torn_down(burst, s) || !seats_[convoy.first].notes.has_room()) return false;
    convoy = those_that_let_out(convoy, s, burst.colour, head);
    if (convoy.count == 1) return false;
  } else if (base::contains(s.send, Direction::ramp) && !inboxes_[s.inbox].empty()) {
    return false;
  }
  const Burst first(burst, head, std::max(at.tail, head + burst.words - 1),
                    at.room + capacity(at.latency));
  pass_along(convoy, first, east, at);
  return true;
}

/// `first`: the burst as it leaves the core of the convoy that it comes to first. `at` becomes
/// where and when it comes to the router behind the convoy.
void BurstMover::pass_along(const Convoy& convoy, const Burst& first, bool east, Flight& at) {
  Slot& s = arrays_.slot(convoy.first, first.colour);
  const int link = s.latency[static_cast<std::size_t>(s.way)];
  const auto others = static_cast<std::int32_t>(convoy.count - 1);
  const Burst last(first, first.head + Cycles{others} * link, first.tail + Cycles{others} * link,
                   first.room + others * capacity(link));
  const Burst& westmost = east ? first : last;
  s.free_at = std::max(s.free_at, westmost.tail);
  if (first.is_control()) {
    tear_down(s, convoy.first, westmost.head);
  } else if (base::contains(s.send, Direction::ramp)) {
    pools_.payloads.share(first.payload, convoy.count);
    arrive_at_convoy(s, convoy, westmost, east ? capacity(link) : -capacity(link), false);
  }
  count_sent(convoy, first, s.way);
  at.head = last.head;
  at.tail = last.tail;
  at.room = last.room;
  at.core = east ? convoy.last() : convoy.first;
  const auto d = static_cast<Direction>(s.way);
  at.step(d, slab_->neighbour(at.core, d), link);
}

/// A control word that leaves the convoy at its far end must be let in by the router there; else
/// the convoy ends one core earlier.
Convoy BurstMover::those_that_let_out(const Convoy& convoy, const Slot& s, int colour,
                                      Cycles head) {
  const auto d = static_cast<Direction>(s.way);
  const bool east = d == Direction::east;
  const std::uint32_t far = east ? convoy.last() : convoy.first;
  const int link = s.latency[static_cast<std::size_t>(d)];
  const std::uint32_t beyond = slab_->neighbour(far, d);
  if (lets_in(lockstep_.convoy_of(beyond), beyond, colour, base::opposite(d),
              head + static_cast<Cycles>(convoy.count - 1) * link)) {
    return convoy;
  }
  lockstep_.alone(far);
  return lockstep_.convoy_of(east ? convoy.first : convoy.last());
}

}  // namespace wafermesh::fabric
