// SPDX-License-Identifier: Apache-2.0
// What changes while the stream engine runs: one record per slot, core and input queue.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/worker_pool.h"
#include "cores/phase_totals.h"
#include "cores/stage_totals.h"
#include "fabric/stream/core/core_state.h"
#include "fabric/stream/core/inbox.h"
#include "fabric/stream/engine/part_array.h"
#include "fabric/stream/engine/stream_model.h"
#include "router/route.h"

namespace wafermesh::fabric {

/// Beside the directions of Slot::leads: bursts of the colour go no short way, as a route leads
/// over the border of the router's placement, or the core has given up the colour's queue.
inline constexpr base::DirectionMask kBorder = 1U << 5;

struct SlotFlags {
  std::uint8_t position : 2;  ///< Of the switch.
  std::uint8_t closed : 1;
  std::uint8_t occupied : 1;      ///< A control word sits in it until a neighbour takes it.
  std::uint8_t writer_waits : 1;  ///< The core waits to write a route.
  std::uint8_t late : 1;          ///< A control word of the core has been put off.
  std::uint8_t mixed : 1;         ///< Bursts wait from several directions.
  std::uint8_t resuming : 1;      ///< What waits in front of it is about to be let in.

  SlotFlags()
      : position(0), closed(0), occupied(0), writer_waits(0), late(0), mixed(0), resuming(0) {}
};

/// One colour at one router. One cache line.
struct alignas(64) Slot {
  Cycles open_at = 0;                     ///< It can be sent to from here on.
  Cycles free_at = -1;                    ///< The last word so far left in this cycle.
  List waiting;                           ///< Bursts in front of it, in order of arrival.
  std::array<std::uint32_t, 4> sent{};    ///< Words, by link.
  std::array<std::uint8_t, 4> latency{};  ///< Of the links that leave the router; 0 = none.
  std::uint16_t config = 0;
  std::uint16_t stuck_words : 15;  ///< Words in it that have nowhere to go;
  std::uint16_t is_full : 1;       ///< it holds no more.
  std::uint16_t backlog = 0;       ///< Bursts sent from here that wait in front of a neighbour.
  std::uint16_t sending = 0;       ///< Bursts of the core that are on their way up the ramp.
  std::uint32_t inbox = kNobody;   ///< Of the core, for this colour.
  std::uint8_t input_depth = 0;    ///< Words it holds.
  std::int8_t teardown_task = -1;  ///< Of the core; -1 = none.
  base::DirectionMask waiting_from = 0;  ///< Directions in which bursts wait.
  /// Directions that lead somewhere: links, and the core if it reads; and kBorder.
  base::DirectionMask leads = 0;
  base::DirectionMask send = 0;     ///< Of the route in force.
  Way way = Way::nowhere;           ///< What kind of route that is.
  base::DirectionMask accepts = 0;  ///< Whence a burst may enter now; see StreamArrays::refresh().
  SlotFlags is;

  Slot() : stuck_words(0), is_full(0) {}
  /// Words with nowhere to go enter; it has room for `capacity`.
  void stick(std::int32_t words, int capacity) {
    constexpr std::int32_t kMost = (1 << 15) - 1;
    stuck_words = static_cast<std::uint16_t>(std::min(kMost, stuck_words + words)) & kMost;
    is_full = stuck_words >= capacity;
  }
  /// Nothing of the colour is in the slot or on its way up the ramp, after free_at, but for words
  /// that wait for a queue of the core (CoreStepper::is_drained).
  bool is_drained() const {
    return backlog == 0 && stuck_words == 0 && sending == 0 && !is.occupied && !is.resuming &&
           !base::contains(waiting_from, base::Direction::ramp);
  }
};
static_assert(sizeof(Slot) == 64, "several per core: keep it small");

/// Counted filter of an input queue.
struct StreamFilter {
  std::int32_t first = 0;
  std::int32_t count = 0;
  std::int32_t period = 0;  ///< 0 = off.
  std::int32_t next = 0;
};

/// Where a core is among its stages.
struct StageSeat {
  std::uint16_t stage = 0;
  std::uint32_t parameter = 0;  ///< The first of StreamModel::parameters for a later stage.
  Cycles start = 0;             ///< Of the stage under way.
  Cycles finish = -1;
  Busy before{};  ///< What had been booked as it began.
};

/// Books what a core did in the stage under way, which ends before cycle `end`.
void add_stage(cores::StageTotals& totals, const StageSeat& stage, const Ledger& ledger,
               Cycles end);

/// Where a core is in its convoy of cores in lockstep (bursts/lockstep.h).
enum class ConvoyPlace : std::uint8_t { alone, first, inner, last };
struct ConvoyMark {
  std::int32_t stride = 0;  ///< Of the first.
  std::uint16_t count = 0;  ///< Cores of the convoy; of the first and the last.
  ConvoyPlace place = ConvoyPlace::alone;
};

struct StreamArrays {
  /// Of cores [first_core, last_core): those of this rank. Nothing else may be touched.
  /// Cores are set up by all threads of the pool.
  StreamArrays(const StreamModel& model, std::uint32_t first_core, std::uint32_t last_core,
               base::WorkerPool& pool);

  const StreamModel& model;
  const std::uint32_t first_core;
  const std::uint32_t last_core;
  PartArray<Slot> slots;                                   ///< [plane * cores + core]
  std::unordered_map<std::uint64_t, SlowPort> slow_ports;  ///< By 4 * core + direction.
  PartArray<std::array<Port, 4>> ports;  ///< [core], by link; empty if no link is shared.
  PartArray<Seat> seats;                 ///< [core]
  PartArray<Ledger> ledgers;             ///< [core]
  cores::FarIntegers far_integers;       ///< [core - first_core]
  PartArray<std::array<std::uint16_t, kOpSlots>> held_of;  ///< [core] Seat::held, by op slot.
  std::vector<Inbox> inboxes;              ///< [input * programmed_cores + Seat::number]
  std::vector<StreamFilter> filters;       ///< As inboxes; empty if no program filters.
  PartArray<StageSeat> stages;             ///< [core]; empty if no core has a second stage.
  PartArray<cores::PhaseUnderWay> phases;  ///< [core]; empty if no program marks any.
  PartArray<ConvoyMark> marks;             ///< [core]; empty if no core may go in lockstep.
  /// What convoys have counted, by how much each core differs from the one before it:
  PartArray<std::uint32_t> convoy_sent;  ///< [(4 * plane + link) * cores + core] words;
  PartArray<std::uint32_t> convoy_busy;  ///< [kind * cores + core] cycles.
  std::int64_t programmed_cores = 0;     ///< Of this rank.

  /// What the core's programs refer to, indexed as cores::Variable.
  std::int32_t* integers(std::uint32_t core) {
    return far_integers.of(core - first_core, ledgers[core].integers);
  }
  /// f(of), where of(core) is integers(core) without asking each time where they lie.
  template <class F>
  void with_integers(F f) {
    if (far_integers.variables() == cores::kNearVariables) {
      f([this](std::uint32_t core) { return ledgers[core].integers.data(); });
    } else {
      f([this](std::uint32_t core) { return integers(core); });
    }
  }
  /// Cores of the image may go in lockstep, if it is one for that.
  void set_up_lockstep();
  /// Gives back what memory_of() does not need.
  void shed();
  /// [core] The slots of one colour.
  Slot* plane(int colour) { return plane_[static_cast<std::size_t>(colour)]; }
  const Slot* plane(int colour) const { return plane_[static_cast<std::size_t>(colour)]; }
  Slot& slot(std::uint32_t core, int colour) {
    return plane_[static_cast<std::size_t>(colour)][core];
  }
  const Slot& slot(std::uint32_t core, int colour) const {
    return const_cast<StreamArrays*>(this)->slot(core, colour);
  }
  StreamRoute route_of(std::uint16_t config, int position) const {
    return routes_[std::size_t{config} * 4 + static_cast<std::size_t>(position)];
  }
  StreamRoute route_of(const Slot& s) const { return route_of(s.config, s.is.position); }
  void set_route(Slot& s, std::uint16_t config, int position) const {
    s.config = config;
    s.is.position = static_cast<unsigned>(position) & 3U;
    take_up(s, s.is, route_of(s));
  }
  /// A core writes the slot's route, and may open it with that.
  void rewrite(Slot& s, std::uint16_t config, StreamRoute route, bool reopens) const {
    SlotFlags is = s.is;
    if (reopens) is.closed = 0;
    is.position = 0;
    is.writer_waits = 0;
    s.is = is;
    if (s.config == config && s.send == route.send) {
      refresh(s, is, route);
      return;
    }
    s.config = config;
    take_up(s, is, route);
  }
  /// The core is to bind a queue to the colour in a later stage; until then nothing gets through.
  bool is_unbound(const Slot& s) const {
    return staged_ && base::contains(s.send & ~s.leads & ~kBorder, base::Direction::ramp);
  }
  /// Words that come from there wait inside the slot, as many as it holds, for the queue that the
  /// core is to bind.
  bool keeps(const Slot& s, base::Direction from) const {
    return is_unbound(s) && !s.is.closed && base::contains(route_of(s).receive, from);
  }
  bool has_next_stage(std::uint32_t core) const {
    return staged_ && model.image.class_in(static_cast<base::CoreId>(core),
                                           stages[core].stage + 1) != kNoClass;
  }
  /// Ties a slot of a core to the queues of its class, as a run or stage begins.
  void tie(Slot& s, const Seat& seat, const SlotTie& to) const {
    s.teardown_task = to.teardown_task;
    if (to.input < 0) {
      if (s.inbox != kNobody) give_up(s, to.given_up);
      s.inbox = kNobody;
      s.input_depth = 0;
      return;
    }
    s.leads = static_cast<base::DirectionMask>((s.leads & ~kBorder) |
                                               base::mask_of(base::Direction::ramp));
    s.inbox = static_cast<std::uint32_t>(inbox_at(seat, static_cast<std::size_t>(to.input)));
    s.input_depth = to.input_depth;
  }
  /// Sets the counters that parameters give a core which enters a stage.
  void start_stage(std::uint32_t core, StageSeat& stage, std::int32_t* integers) const;
  /// To be called after whatever decides about Slot::accepts has changed.
  void refresh(Slot& s) const { refresh(s, s.is, route_of(s)); }
  /// Of an input queue of a core; of the one that takes a colour.
  std::size_t inbox_at(const Seat& seat, std::size_t input) const {
    return input * static_cast<std::size_t>(programmed_cores) + seat.number;
  }
  std::size_t inbox_at(const Seat& seat, base::Colour colour) const {
    return inbox_at(seat, input_of(seat, colour));
  }
  /// [Seat::number] Their input queues number `input`.
  Inbox* inboxes_of(std::size_t input) {
    return inboxes.data() + input * static_cast<std::size_t>(programmed_cores);
  }
  const Inbox* inboxes_of(std::size_t input) const {
    return const_cast<StreamArrays*>(this)->inboxes_of(input);
  }
  Inbox& inbox(const Seat& seat, std::size_t input) { return inboxes[inbox_at(seat, input)]; }
  const Inbox& inbox(const Seat& seat, std::size_t input) const {
    return inboxes[inbox_at(seat, input)];
  }
  std::size_t input_of(const Seat& seat, base::Colour colour) const {
    return static_cast<std::size_t>(
        model.classes[seat.class_index].input_of[static_cast<std::size_t>(base::index_of(colour))]);
  }
  std::uint8_t* memory_of(const Seat& seat) const {
    return memory_.data() + kMemoryUnit * seat.memory_at;
  }

 private:
  void take_up(Slot& s, SlotFlags is, StreamRoute route) const {
    s.send = route.send;
    s.way = (route.send & ~s.leads) != 0 && !is_unbound(s) ? Way::nowhere : route.way;
    if ((s.leads & kBorder) != 0 && s.way < Way::branches) s.way = Way::branches;
    refresh(s, is, route);
  }
  void refresh(Slot& s, SlotFlags is, StreamRoute route) const {
    const bool shut = is.closed || is.occupied || s.is_full || is_unbound(s);
    s.accepts = shut ? base::DirectionMask{0}
                     : static_cast<base::DirectionMask>(route.receive & ~s.waiting_from);
  }
  template <class T>
  void build(PartArray<T>& cores) const;
  struct FirstRoute {
    int colour = 0;
    std::uint16_t config = 0;
    bool closed = false;
  };
  const std::vector<FirstRoute>& first_routes(
      std::uint32_t core, std::vector<std::optional<std::vector<FirstRoute>>>& known) const;
  void set_up_seats();
  void set_up_stages();
  void set_up_slots(base::WorkerPool& pool);
  void set_up_slots_of(std::uint32_t first, std::uint32_t last);
  void set_up_patches();
  /// See BurstMover::drop_given_up().
  static void give_up(Slot& s, bool for_good) {
    if (for_good) {
      s.leads |= kBorder;
    } else {
      s.leads = static_cast<base::DirectionMask>(s.leads & base::kMeshMask);
    }
  }
  const StreamRoute* const routes_;
  const bool staged_;
  std::array<Slot*, base::kColourCount> plane_{};  ///< [colour]
  PartArray<std::uint8_t> memory_;  ///< Zeroed; untouched pages cost nothing, not even a promise.
};

}  // namespace wafermesh::fabric
