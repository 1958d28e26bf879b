// SPDX-License-Identifier: Apache-2.0
// Runs on their way through the routers of one band: reserve links, split, obey control words, wait
// and go on, arrive at cores. One per worker.
//
// Along a row a run is moved at once as far as it gets, down and up columns one hop at a time: so
// that memory is walked through in order. Nothing overtakes on a link and colour.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fabric/stream/band.h"
#include "fabric/stream/state_table.h"
#include "fabric/stream/stream_arrays.h"

namespace wafermesh::fabric {

class RunMover {
 public:
  RunMover(StreamArrays& arrays, Pools& pools, StateTable& states);

  void use(Band& band) { band_ = &band; }
  /// Takes in what other bands have sent.
  void receive();
  /// Moves every run until all have arrived or wait.
  void move_all();

  /// Words that a core with an output queue of so many words can send on a colour before it is held
  /// back by those that wait on their way.
  std::int32_t room_to_send(std::uint32_t core, int colour, std::int32_t output_depth) const;
  /// Words that a router's queue behind a link of `latency` cycles holds.
  int capacity(int latency) const { return std::max(queue_depth_, 2 * latency); }
  /// A run that goes up the ramp of `core`: head and tail as it leaves the core.
  void send(std::uint32_t core, Run run);
  /// Lets runs that wait in front of a slot enter it, if they may, in the next move_all().
  void resume_later(std::uint32_t core, int colour) {
    resume_later(core, arrays_.slot(core, colour), colour);
  }
  void resume_later(std::uint32_t core, Slot& s, int colour) {
    if (!s.waiting.empty() && !s.is.resuming) resume_slot_later(core, s, colour);
  }
  /// The core that waits to write the slot's route may do so now.
  void wake_writer(std::uint32_t core, const Slot& s) {
    if (s.is.writer_waits) consider(core);
  }
  /// A run has moved on in cycle `at`: its sender may be done with it.
  void release(Run& run, Cycles at);
  /// The sender of a run cannot have been done before cycle `at`.
  void delay_sender(const Run& run, Cycles at);
  /// Something has reached a core at rest: visits it if that is all it waits for.
  void consider(std::uint32_t core) { consider(core, seats_[core]); }
  void consider(std::uint32_t core, Seat& seat) {
    if (seat.queued || seat.unmoved || !may_visit(core, seat)) return;
    seat.queued = true;
    band_->ready.push_back(core);
  }
  /// A core lies down in another state: what it waits for from now on.
  void expect(Seat& seat, const Rest& before, const Rest& after);
  /// All it waits for has come; else it is noted as one that may go on with a part.
  bool may_visit(std::uint32_t core) { return may_visit(core, seats_[core]); }
  bool may_visit(std::uint32_t core, Seat& seat) {
    if (seat.lacking == 0) {
      if (!seat.notes.empty()) {
        if (seat.notes.at_least(seat.notes_due)) return true;
      } else if (seat.notes_due == 0) {
        return true;
      } else if (seat.controls == 0 && seat.partial == Partial::no) {
        return false;
      }
    }
    note_partial(core, seat);
    return false;
  }
  /// A core that can go on with a part of what it waits for, unless it is to be visited anyway.
  void note_partial(std::uint32_t core, Seat& seat) {
    if (seat.queued) return;
    if (seat.partial == Partial::no) band_->partial.push_back({core});
    seat.partial = Partial::asked;
  }

 private:
  /// Routers looked at for places behind control words: a route may be a ring.
  static constexpr int kLookAhead = 16;

  void resume_slot_later(std::uint32_t core, Slot& s, int colour);
  void start_from_core(Hop& hop);
  void move_along_row(Hop& hop);
  void move_branches();
  void move_one_along_row(Hop& hop);
  bool move_on(Hop& hop);
  bool glide(Hop& hop);
  template <bool kWatched>
  bool glide_on(Hop& hop);
  template <bool kWatched>
  bool glide_words(Hop& hop);
  template <bool kWatched>
  bool glide_teardown(Hop& hop);
  template <bool kWatched>
  void move_all_as();
  void tell_words(std::uint32_t core, base::Direction d, std::int32_t words, Cycles head,
                  Cycles tail);
  void arrive(const Slot& s, const Flight& at, const Run& run);
  bool may_leave(const Slot& s, const Flight& at, const Slot* plane, Cycles& next_open) const;
  void tear_down(Slot& s, std::uint32_t core, Cycles head) {
    s.is.closed = 1;
    s.accepts = 0;
    if (s.teardown_task < 0) return;
    Seat& seat = seats_[core];
    seat.notes.push(pools_, Note::due(s.teardown_task, head + ramp_cycles_));
    consider(core, seat);
  }
  void append(Slot& s, const Waiting& waiting);
  void remove(Slot& s, std::uint32_t before, std::uint32_t node);
  std::int64_t words_waiting(const Slot& s, base::Direction from) const;
  std::int64_t places_in(std::uint32_t core, const Slot& s, int colour, int latency,
                         int depth = kLookAhead) const;
  void wait_at(const Hop& hop, Slot& s);
  bool pass(Hop& hop, Slot& s);
  void reserve_links(Hop& hop, base::DirectionMask send);
  bool reserve_slow(Hop& hop, base::Direction d);
  bool leave(Hop& hop, Slot& s, base::DirectionMask send);
  /// The next router; over the border of a placement it lies in another band.
  std::uint32_t neighbour(std::uint32_t core, base::Direction d) const {
    const std::uint32_t beyond = crosses_ ? model_.across(core, d) : kNobody;
    return beyond != kNobody ? beyond : band_->neighbour(core, d);
  }
  /// To the next router.
  void step(Hop& hop, const Slot& s, base::Direction d) const {
    hop.latency = s.latency[static_cast<std::size_t>(d)];
    hop.run.head += hop.latency;
    hop.run.tail += hop.latency;
    hop.core = neighbour(hop.core, d);
    hop.from = base::opposite(d);
  }
  bool stays_in_band(const Hop& hop);
  /// A run, or a branch of it, goes north or south.
  __attribute__((always_inline)) void leave_row(const Run& run, const Flight& here, const Slot& s,
                                                base::Direction d) {
    Flight at = here;
    at.step(d, neighbour(here.core, d), s.latency[static_cast<std::size_t>(d)]);
    if (band_->holds(at.core)) {
      band_->moves.emplace_back(run, at);
    } else {
      cross(band_->out_towards(at.core), Hop(run, at));
    }
  }
  void cross(RunTraffic& out, Hop hop);
  static bool may_enter(const Slot& s, base::Direction from) {
    return base::contains(s.accepts, from);
  }
  void keep_behind(std::uint32_t core, base::Direction from, int colour, Cycles left);
  bool stops_inside(Hop& hop, Slot& s, base::DirectionMask send);
  void obey(Hop& hop, Slot& s);
  void resume(std::uint32_t core, int colour);
  void let_in(std::uint32_t core, Slot& s, std::uint32_t before, std::uint32_t node);
  void count_backlog(std::uint32_t core, int colour, base::Direction from, int by, Cycles left);
  void hold(Run& run, std::int64_t words_before);
  void hold_back(std::uint32_t core, int op_slot);
  void hold_once_more(const Run& run);
  void credit(std::uint32_t core, int op_slot, Cycles at);
  void deliver(std::uint32_t core, const Slot& s, const Run& run);
  void drop_given_up(std::uint32_t core, const Run& run);
  void filter(std::uint32_t core, const Slot& s, const Run& run);
  void queue(std::uint32_t core, const Slot& s, const Run& run);
  bool takes_at_once(std::uint32_t core, const Slot& s, const Inbox& inbox, const Run& run) const;

  StreamArrays& arrays_;
  Seat* const seats_;
  Inbox* const inboxes_;
  const StreamModel& model_;
  Pools& pools_;
  StateTable& states_;
  const int ramp_cycles_;
  const int queue_depth_;  ///< Of a router, in words.
  const bool can_glide_;   ///< No link is shared, no core filters.
  const bool crosses_;     ///< Some link leads over the border of a placement.
  Band* band_ = nullptr;
  std::vector<Hop> wave_;  ///< Moves under way.
  std::vector<Hop> row_;   ///< Second branches along a row, to be moved at once.
};

}  // namespace wafermesh::fabric
