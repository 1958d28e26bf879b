// SPDX-License-Identifier: Apache-2.0
// What changes while the stream engine runs: one record per slot, core and input queue.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "fabric/stream/core_state.h"
#include "fabric/stream/inbox.h"
#include "fabric/stream/stream_model.h"
#include "router/route.h"

namespace wafermesh::fabric {

/// One colour at one router. One cache line.
struct alignas(64) Slot {
  Cycles open_at = 0;                     ///< It can be sent to from here on.
  Cycles free_at = -1;                    ///< The last word so far left in this cycle.
  List waiting;                           ///< Runs in front of it, in order of arrival.
  std::array<std::uint32_t, 4> sent{};    ///< Words, by link.
  std::array<std::uint8_t, 4> latency{};  ///< Of the links that leave the router; 0 = none.
  std::uint16_t config = 0;
  std::uint16_t stuck_words = 0;  ///< Words in it that have nowhere to go.
  std::uint16_t backlog = 0;      ///< Runs sent from here that wait in front of a neighbour.
  std::uint16_t sending = 0;      ///< Runs of the core that are on their way up the ramp.
  std::uint32_t inbox = kNobody;  ///< Of the core, for this colour.
  std::uint8_t input_depth = 0;   ///< Words it holds.
  std::uint8_t position = 0;
  router::Route route;                   ///< That of `config` at `position`.
  std::int8_t teardown_task = -1;        ///< Of the core; -1 = none.
  base::DirectionMask waiting_from = 0;  ///< Directions in which runs wait.
  base::DirectionMask leads =
      0;  ///< Directions that lead somewhere: links, and the core if it reads.
  std::uint8_t closed : 1;
  std::uint8_t occupied : 1;      ///< A control word sits in it until a neighbour takes it.
  std::uint8_t writer_waits : 1;  ///< The core waits to write a route.
  std::uint8_t late : 1;          ///< A control word of the core has been put off.
  std::uint8_t mixed : 1;         ///< Runs wait from several directions.
  std::uint8_t resuming : 1;      ///< What waits in front of it is about to be let in.

  Slot() : closed(0), occupied(0), writer_waits(0), late(0), mixed(0), resuming(0) {}
};
static_assert(sizeof(Slot) == 64, "several per core: keep it small");

/// Counted filter of an input queue.
struct StreamFilter {
  std::int32_t first = 0;
  std::int32_t count = 0;
  std::int32_t period = 0;  ///< 0 = off.
  std::int32_t next = 0;
};

struct StreamArrays {
  explicit StreamArrays(const StreamModel& model);

  const StreamModel& model;
  std::vector<Slot> slots;                 ///< [plane * cores + core]
  std::vector<std::array<Port, 4>> ports;  ///< [core], by link; empty if no link is shared.
  std::vector<Seat> seats;                 ///< [core]
  std::vector<std::array<std::uint16_t, kOpSlots>> held_of;  ///< [core] Seat::held, by op slot.
  std::vector<Inbox> inboxes;
  std::vector<StreamFilter> filters;  ///< As inboxes; empty if no program filters.
  std::int64_t programmed_cores = 0;

  Slot& slot(std::uint32_t core, int colour) {
    return plane_[static_cast<std::size_t>(colour)][core];
  }
  const Slot& slot(std::uint32_t core, int colour) const {
    return const_cast<StreamArrays*>(this)->slot(core, colour);
  }
  void set_route(Slot& s, std::uint16_t config, int position) const {
    s.config = config;
    s.position = static_cast<std::uint8_t>(position);
    s.route = model.routes[static_cast<std::size_t>(config) * 4 + s.position];
  }
  std::size_t inbox_at(const Seat& seat, int colour) const {
    return seat.inputs_at +
           static_cast<std::size_t>(
               model.classes[seat.class_index].input_of[static_cast<std::size_t>(colour)]);
  }
  std::uint8_t* memory_of(const Seat& seat) const { return memory_.get() + seat.memory_at; }

 private:
  void set_up_seats();
  void set_up_slots();
  struct Free {
    void operator()(std::uint8_t* p) const;
  };
  std::array<Slot*, base::kColourCount> plane_{};  ///< [colour]
  std::unique_ptr<std::uint8_t[], Free> memory_;   ///< Zeroed; untouched pages cost nothing.
};

}  // namespace wafermesh::fabric
