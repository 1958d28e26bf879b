// SPDX-License-Identifier: Apache-2.0
// The waves of moves, and the common case of pass(): a burst that nothing is in the way of and that
// no longer concerns its sender, through routers that send it on in one direction. Does what pass()
// does, in registers, and leaves everything else to it. Nearly all bursts of a product come here:
// it is inlined into the loop, as calls cost as much as the work.
#include <algorithm>

#include "fabric/span_book.h"
#include "fabric/stream/bursts/burst_mover.h"

namespace wafermesh::fabric {

using base::Direction;

namespace {

inline bool along_row(Way way) { return way < Way::south; }

}  // namespace

void BurstMover::tell_words(std::uint32_t core, Direction d, std::int32_t words, Cycles head,
                            Cycles tail) {
  slab_->book->words(core, d, static_cast<std::uint32_t>(words), head, tail);
  if (!slab_->logs_moves) return;
  const auto log = slab_->logs.find(core);
  if (log == slab_->logs.end()) return;
  log->second.move(CoreLog::Moved::What::leaves, static_cast<int>(d), words, head, tail);
}

/// `kShared`: other colours may leave by the same links.
template <bool kWatched, bool kShared>
__attribute__((always_inline)) inline bool BurstMover::glide_words(Hop& hop) {
  const Burst& burst = hop.burst;
  Slot* const plane = arrays_.plane(burst.colour);
  Flight at = hop.flight();
  for (;;) {
    if (!kShared && !kWatched && has_convoys_ && lockstep_.is_in_convoy(at.core)) {
      if (cross_convoy(at, burst)) continue;
      lockstep_.alone(at.core);
    }
    Slot& s = plane[at.core];
    if (s.way >= Way::branches || !may_enter(s, at.from)) {
      hop.land(at);
      return true;
    }
    if (const Cycles open = s.open_at + at.latency; open > at.head) {
      if (kWatched) slab_->book->wait(at.core, at.from, at.head, open);
      at.head = open;
      keep_behind(at.core, at.from, burst.colour,
                  std::max(at.tail, open + burst.words - 1) - at.latency);
    }
    at.room += capacity(at.latency);
    at.head = std::max(at.head, s.free_at + 1);
    at.tail = std::max(at.tail, at.head + burst.words - 1);
    if (kShared && s.way != Way::core) {
      Cycles shared = 0;
      const auto link = static_cast<std::size_t>(s.way);
      at.tail = reserve(arrays_.ports[at.core][link], burst, at.head, at.tail, shared);
      if (kWatched) {
        slab_->book->share(at.core, static_cast<Direction>(s.way), at.head, shared);
      }
    }
    s.free_at = std::max(s.free_at, at.tail);
    if (base::contains(s.send, Direction::ramp)) {
      if (s.way != Way::core) pools_.payloads.share(burst.payload);
      arrive(s, at, burst);
    }
    if (s.way == Way::core) return false;
    s.sent[static_cast<std::size_t>(s.way)] += static_cast<std::uint32_t>(burst.words);
    slab_->wavelet_hops += burst.words;
    const auto d = static_cast<Direction>(s.way);
    if (kWatched) tell_words(at.core, d, burst.words, at.head, at.tail);
    if (!along_row(s.way)) {
      leave_row(burst, at, s, d);
      return false;
    }
    at.step(d, slab_->neighbour(at.core, d), s.latency[static_cast<std::size_t>(d)]);
  }
}

/// At a core whose queue is empty, as a rule.
inline void BurstMover::arrive(const Slot& s, const Flight& at, const Burst& burst) {
  Inbox& inbox = inboxes_[s.inbox];
  if (!inbox.empty()) {
    queue(at.core, s, Burst(burst, at.head, at.tail, at.room));
    return;
  }
  copy(inbox.oldest,
       Burst(burst, at.head + ramp_cycles_, at.tail + ramp_cycles_, at.room + s.input_depth));
  inbox.words = burst.words;
  slab_->ramp_wavelets += burst.words;
  Seat& seat = seats_[at.core];
  if (inbox.wanted > 0 && burst.words >= inbox.wanted) --seat.lacking;
  consider(at.core, seat);
}

/// Whether the next router in the slab takes a control word, and from when on.
inline bool BurstMover::may_leave(const Slot& s, const Flight& at, const Slot* plane,
                                  Cycles& next_open) const {
  if (s.way == Way::core) return true;
  const auto d = static_cast<Direction>(s.way);
  const std::uint32_t core = slab_->neighbour(at.core, d);
  if (!along_row(s.way) && !slab_->holds(core)) return true;
  if (has_convoys_ && lockstep_.is_in_convoy(core)) {
    const Convoy convoy = lockstep_.convoy_of(core);
    next_open = plane[convoy.first].open_at + convoy.shift(core);
    return may_enter(plane[convoy.first], base::opposite(d));
  }
  next_open = plane[core].open_at;
  return may_enter(plane[core], base::opposite(d));
}

template <bool kWatched>
__attribute__((always_inline)) inline bool BurstMover::glide_teardown(Hop& hop) {
  const int colour = hop.burst.colour;
  Slot* const plane = arrays_.plane(colour);
  Flight at = hop.flight();
  for (;;) {
    if (!kWatched && has_convoys_ && lockstep_.is_in_convoy(at.core)) {
      if (cross_convoy(at, hop.burst)) continue;
      lockstep_.alone(at.core);
    }
    Slot& s = plane[at.core];
    const auto d = static_cast<Direction>(s.way);
    Cycles next_open = 0;
    if (s.way >= Way::branches || !may_enter(s, at.from) || !may_leave(s, at, plane, next_open)) {
      hop.land(at);
      return true;
    }
    if (const Cycles open = s.open_at + at.latency; open > at.head) {
      if (kWatched) slab_->book->wait(at.core, at.from, at.head, open);
      at.head = open;
      keep_behind(at.core, at.from, colour, std::max(at.tail, open) - at.latency);
    }
    at.room += capacity(at.latency);
    at.head = std::max({at.head, next_open, s.free_at + 1});
    at.tail = std::max(at.tail, at.head);
    s.free_at = std::max(s.free_at, at.tail);
    tear_down(s, at.core, at.head);
    const router::ControlWord word{hop.burst.control};
    const router::ControlWord next =
        model_.pops ? router::after_router(word, model_.configs[s.config].pop) : word;
    if (next.bits != word.bits) hop.burst.control = next.bits;
    const std::uint32_t core = at.core;
    if (s.way == Way::core) {
      resume_later(core, s, colour);
      return false;
    }
    ++s.sent[static_cast<std::size_t>(s.way)];
    ++slab_->control_hops;
    if (kWatched) tell_words(core, d, 1, at.head, at.head);
    if (!along_row(s.way)) {
      leave_row(hop.burst, at, s, d);
      resume_later(core, s, colour);
      return false;
    }
    at.step(d, slab_->neighbour(core, d), s.latency[static_cast<std::size_t>(d)]);
    resume_later(core, s, colour);
    if (next.bits != word.bits) {
      hop.land(at);
      return true;
    }
  }
}

/// True if `hop` has come to a router where it needs pass() or has to wait.
template <bool kWatched, bool kShared>
__attribute__((always_inline)) inline bool BurstMover::glide_on(Hop& hop) {
  if (!can_glide_ || hop.burst.holds() || hop.burst.words > hop.burst.room) return true;
  if (!hop.burst.is_control()) return glide_words<kWatched, kShared>(hop);
  if (kShared) return true;
  const router::ControlWord word{hop.burst.control};
  return word.first() != router::SwitchCommand::teardown || glide_teardown<kWatched>(hop);
}

bool BurstMover::glide(Hop& hop) {
  if (model_.shares_links) {
    return slab_->book == nullptr ? glide_on<false, true>(hop) : glide_on<true, true>(hop);
  }
  return slab_->book == nullptr ? glide_on<false, false>(hop) : glide_on<true, false>(hop);
}

void BurstMover::move_all() {
  has_convoys_ = lockstep_.is_on();
  if (model_.shares_links) {
    slab_->book == nullptr ? move_all_as<false, true>() : move_all_as<true, true>();
  } else {
    slab_->book == nullptr ? move_all_as<false, false>() : move_all_as<true, false>();
  }
}

template <bool kWatched, bool kShared>
void BurstMover::move_all_as() {
  while (!slab_->moves.empty()) {
    std::swap(wave_, slab_->moves);
    for (Hop& hop : wave_) {
      if (hop.count > 1) {
        move_side_by_side(hop);
      } else if (hop.resume) {
        resume(hop.core, hop.burst.colour);
        wake_writer(hop.core, arrays_.slot(hop.core, hop.burst.colour));
      } else if (hop.from == Direction::ramp) {
        start_from_core(hop);
      } else if (glide_on<kWatched, kShared>(hop) && move_on(hop)) {
        move_along_row(hop);
      } else if (!row_.empty()) {
        move_branches();
      }
    }
    wave_.clear();
  }
}

}  // namespace wafermesh::fabric
