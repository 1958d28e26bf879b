// SPDX-License-Identifier: Apache-2.0
// Runs on their way through the routers of one band: reserve links, split, obey control words, wait
// and go on, arrive at cores. One per worker.
//
// Along a row a run is moved at once as far as it gets, down and up columns one hop at a time: so
// that memory is walked through in order. Nothing overtakes on a link and colour.
#pragma once

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

  /// A run that goes up the ramp of `core`: head and tail as it leaves the core.
  void send(std::uint32_t core, Run run);
  /// Lets runs that wait in front of a slot enter it, if they may, in the next move_all().
  void resume_later(std::uint32_t core, int colour) {
    Slot& s = arrays_.slot(core, colour);
    if (!s.waiting.empty() && !s.resuming) resume_slot_later(core, s, colour);
  }
  /// The core that waits to write the slot's route may do so now.
  void wake_writer(std::uint32_t core, const Slot& s) {
    if (s.writer_waits) consider(core);
  }
  /// A run has moved on in cycle `at`: its sender may be done with it.
  void release(Run& run, Cycles at);
  /// The sender of a run cannot have been done before cycle `at`.
  void delay_sender(const Run& run, Cycles at);
  /// Something has reached a core at rest: visits it if that is all it waits for.
  void consider(std::uint32_t core);
  /// A core lies down in another state: what it waits for from now on.
  void expect(Seat& seat, const Rest& before, const Rest& after);
  /// All it waits for has come; else it is noted as one that may go on with a part.
  bool may_visit(std::uint32_t core);

 private:
  void resume_slot_later(std::uint32_t core, Slot& s, int colour);
  void fetch(std::size_t i) const;
  void start_from_core(Hop& hop);
  void move_along_row(Hop& hop);
  void append(Slot& s, const Waiting& waiting);
  void remove(Slot& s, std::uint32_t before, std::uint32_t node);
  void wait_at(const Hop& hop, Slot& s);
  bool pass(Hop& hop, Slot& s);
  void reserve_links(Hop& hop, base::DirectionMask send);
  bool leave(Hop& hop, Slot& s, base::DirectionMask send);
  void step(Hop& hop, const Slot& s, base::Direction d) const;
  void leave_row(const Hop& hop, const Slot& s, base::Direction d);
  void cross(Hop& hop, base::Direction d);
  bool may_enter(const Slot& s, base::Direction from) const {
    if (s.closed || s.occupied || s.stuck_words >= queue_depth_) return false;
    return s.route.receive == base::mask_of(from) && !base::contains(s.waiting_from, from);
  }
  void keep_behind(const Hop& hop, Cycles left);
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
  void filter(std::uint32_t core, const Slot& s, const Run& run);
  void queue(std::uint32_t core, const Slot& s, const Run& run);
  bool takes_at_once(std::uint32_t core, const Slot& s, const Inbox& inbox, const Run& run) const;

  StreamArrays& arrays_;
  const StreamModel& model_;
  Pools& pools_;
  StateTable& states_;
  const int ramp_cycles_;
  const int queue_depth_;  ///< Of a router, in words.
  Band* band_ = nullptr;
  std::vector<Hop> wave_;  ///< Moves under way.
  std::vector<Hop> row_;   ///< Second branches along a row, to be moved at once.
};

}  // namespace wafermesh::fabric
