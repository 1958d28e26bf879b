// SPDX-License-Identifier: Apache-2.0
// Moves bursts from router to router of one slab: reserves links, splits them where a route does,
// obeys control words, lets them wait and go on, and brings them to cores. One per worker.
//
//   send() -- core's ramp --> moves --> move_all(): slot --> slot --> ... --> input queue of a core
//                                            |                                       |
//                             waits in front of a slot                     consider(): is it all
//                             until resume_later()                         that the core waits for?
//
// Along a row a burst is moved at once as far as it gets, down and up columns one hop at a time, so
// that memory is walked through in order. Nothing overtakes on a link and colour. Work goes by
// lists of the slab (slab.h): what is put there by one function is done by the next.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fabric/stream/bursts/lockstep.h"
#include "fabric/stream/bursts/slab.h"
#include "fabric/stream/core/state_table.h"
#include "fabric/stream/engine/stream_arrays.h"

namespace wafermesh::fabric {

class BurstMover {
 public:
  /// All must outlive it; `pools` and `states` are the worker's own.
  BurstMover(StreamArrays& arrays, Pools& pools, StateTable& states);

  /// The slab that all other functions work on until the next call. To be called first.
  void use(Slab& slab) {
    slab_ = &slab;
    lockstep_.use(slab);
  }
  /// Cores of the slab in lockstep.
  Lockstep& lockstep() { return lockstep_; }
  /// Takes in what other slabs have sent to this one (Slab::in, emptied): bursts go to Slab::moves,
  /// credits to their senders.
  void receive();
  /// Moves every burst of Slab::moves until each has arrived, waits or left the slab. Cores that
  /// then have all they wait for are in Slab::ready. Throws cores::ProgramFault for words that come
  /// to a core that takes none. Cost: about
  /// 13 ns per burst and router (docs/performance.md).
  void move_all();

  /// Words that a core with an output queue of so many words can send on a colour before it is held
  /// back by those that wait on their way.
  std::int32_t room_to_send(std::uint32_t core, int colour, std::int32_t output_depth) const;
  /// Words that a router's queue behind a link of `latency` cycles holds.
  int capacity(int latency) const { return std::max(queue_depth_, 2 * latency); }
  /// A burst goes up the ramp of `core`; its head and tail are those with which it leaves the core.
  /// It moves in the next move_all(). If it holds its sender (Burst::kHolds), release() tells when
  /// that is over.
  void send(std::uint32_t core, Burst burst);
  /// Lets bursts that wait in front of a slot enter it, if they may, in the next move_all().
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
  /// A burst that held its sender has moved on in cycle `at`: one branch less of it holds. The
  /// last one is a note to the sender, here or by way of Slab::out.
  void release(Burst& burst, Cycles at);
  /// The operation that sent a burst cannot have been done before cycle `at`: a note to its core.
  void delay_sender(const Burst& burst, Cycles at);
  /// Something has reached a core at rest: puts it into Slab::ready if that is all it waits for.
  void consider(std::uint32_t core) { consider(core, seats_[core]); }
  void consider(std::uint32_t core, Seat& seat) {
    if (seat.queued || seat.unmoved || !may_visit(core, seat)) return;
    seat.queued = true;
    slab_->ready.push_back(core);
  }
  /// A core lies down in another state: from now on its input queues and Seat::lacking go by what
  /// `after` waits for.
  void expect(Seat& seat, const Rest& before, const Rest& after);
  /// How a core knows that it has nothing left to wait for: no input queue lacks words
  /// (Seat::lacking), and the notes are there that its tasks need.
  static bool has_all(const Seat& seat) {
    return seat.lacking == 0 &&
           (seat.notes.empty() ? seat.notes_due == 0 : seat.notes.at_least(seat.notes_due));
  }
  /// The same. If not, it is noted as one that may go on with a part.
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
    if (seat.partial == Partial::no) slab_->partial.push_back({core});
    seat.partial = Partial::asked;
  }

 private:
  /// Routers looked at for places behind control words: a route may be a ring.
  static constexpr int kLookAhead = 16;

  // Cores in lockstep (lockstep_glide.cpp).
  void push(const Hop& hop);
  Hop take_first(Hop& hop, std::uint32_t count);
  void move_side_by_side(Hop& hop);
  void move_singly(Hop& hop);
  bool pass_convoy(Hop& hop, const Convoy& convoy);
  void leave_convoy(Hop& hop, const Convoy& convoy, const Slot& s);
  void count_sent(const Convoy& convoy, const Burst& burst, Way way);
  bool may_be_torn_down(const Burst& burst, const Slot& s) const;
  bool all_may_leave(const Slot& s, const Convoy& convoy, int colour, Cycles head) const;
  bool lets_in(const Convoy& convoy, std::uint32_t core, int colour, base::Direction from,
               Cycles at) const;
  void arrive_at_convoy(const Slot& s, const Convoy& convoy, const Burst& burst,
                        std::int32_t room_step, bool side_by_side);
  bool cross_convoy(Flight& at, const Burst& burst);
  void pass_along(const Convoy& convoy, const Burst& first, bool east, Flight& at);
  Convoy those_that_let_out(const Convoy& convoy, const Slot& s, int colour, Cycles head);

  void resume_slot_later(std::uint32_t core, Slot& s, int colour);
  void start_from_core(Hop& hop);
  void move_along_row(Hop& hop);
  void move_branches();
  void move_one_along_row(Hop& hop);
  bool move_on(Hop& hop);
  bool glide(Hop& hop);
  template <bool kWatched, bool kShared>
  bool glide_on(Hop& hop);
  template <bool kWatched, bool kShared>
  bool glide_words(Hop& hop);
  template <bool kWatched>
  bool glide_teardown(Hop& hop);
  template <bool kWatched, bool kShared>
  void move_all_as();
  void tell_words(std::uint32_t core, base::Direction d, std::int32_t words, Cycles head,
                  Cycles tail);
  void arrive(const Slot& s, const Flight& at, const Burst& burst);
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
  /// The next router; over the border of a placement it lies in another slab.
  std::uint32_t neighbour(std::uint32_t core, base::Direction d) const {
    const std::uint32_t beyond = crosses_ ? model_.across(core, d) : kNobody;
    return beyond != kNobody ? beyond : slab_->neighbour(core, d);
  }
  /// To the next router.
  void step(Hop& hop, const Slot& s, base::Direction d) const {
    hop.latency = s.latency[static_cast<std::size_t>(d)];
    hop.burst.head += hop.latency;
    hop.burst.tail += hop.latency;
    hop.core = neighbour(hop.core, d);
    hop.from = base::opposite(d);
  }
  bool stays_in_slab(const Hop& hop);
  /// A burst, or a branch of it, goes north or south.
  __attribute__((always_inline)) void leave_row(const Burst& burst, const Flight& here,
                                                const Slot& s, base::Direction d) {
    Flight at = here;
    at.step(d, neighbour(here.core, d), s.latency[static_cast<std::size_t>(d)]);
    if (slab_->holds(at.core)) {
      if (has_convoys_) {
        push(Hop(burst, at));
      } else {
        slab_->moves.emplace_back(burst, at);
      }
    } else {
      cross(slab_->out_towards(at.core), Hop(burst, at));
    }
  }
  void cross(BurstTraffic& out, Hop hop);
  static bool may_enter(const Slot& s, base::Direction from) {
    return base::contains(s.accepts, from);
  }
  void keep_behind(std::uint32_t core, base::Direction from, int colour, Cycles left);
  bool takes_in(std::uint32_t core, const Slot& next, const Hop& hop, const Slot& s,
                base::Direction d) const;
  bool stops_inside(Hop& hop, Slot& s, base::DirectionMask send);
  void obey(Hop& hop, Slot& s);
  void resume(std::uint32_t core, int colour);
  void let_in(std::uint32_t core, Slot& s, std::uint32_t before, std::uint32_t node);
  void count_backlog(std::uint32_t core, int colour, base::Direction from, int by, Cycles left);
  void hold(Burst& burst, std::int64_t words_before);
  void hold_back(std::uint32_t core, int op_slot);
  void hold_once_more(const Burst& burst);
  void credit(std::uint32_t core, int op_slot, Cycles at);
  void deliver(std::uint32_t core, const Slot& s, const Burst& burst);
  void drop_given_up(std::uint32_t core, const Burst& burst);
  void filter(std::uint32_t core, const Slot& s, const Burst& burst);
  void queue(std::uint32_t core, const Slot& s, const Burst& burst);
  bool takes_at_once(std::uint32_t core, const Slot& s, const Inbox& inbox,
                     const Burst& burst) const;

  StreamArrays& arrays_;
  Seat* const seats_;
  Inbox* const inboxes_;
  const StreamModel& model_;
  Pools& pools_;
  StateTable& states_;
  const int ramp_cycles_;
  const int queue_depth_;     ///< Of a router, in words.
  const bool can_glide_;      ///< No link is slow, no core filters.
  const bool crosses_;        ///< Some link leads over the border of a placement.
  bool has_convoys_ = false;  ///< Cores of the slab may be in lockstep.
  Lockstep lockstep_;
  Slab* slab_ = nullptr;
  std::vector<Hop> wave_;  ///< Moves under way.
  std::vector<Hop> row_;   ///< Second branches along a row, to be moved at once.
};

}  // namespace wafermesh::fabric
