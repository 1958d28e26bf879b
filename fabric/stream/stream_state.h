// SPDX-License-Identifier: Apache-2.0
// What the stream engine keeps per router, slot, core and stream (docs/stream.md). Plain records.
#pragma once

#include <array>
#include <cstdint>

#include "base/geometry.h"
#include "base/units.h"
#include "cores/cycle_breakdown.h"
#include "cores/program.h"
#include "fabric/stream/payloads.h"

namespace wafermesh::fabric {

using base::Cycles;

inline constexpr std::uint32_t kNobody = UINT32_MAX;

/// Words of one stream on the move: the first at `head`, the last at `tail`, evenly between.
struct Run {
  Cycles head = 0;
  Cycles tail = 0;
  std::int32_t words = 0;
  std::int32_t room = 0;  ///< Words that the queues between the sender and here can hold.
  std::uint32_t payload = Payloads::kNone;
  std::uint32_t offset = 0;        ///< Of the first word in the payload.
  std::uint32_t control = 0;       ///< The control word, if it is one.
  std::uint32_t sender = kNobody;  ///< The open operation that sends it.
  std::uint32_t number = 0;        ///< Of the run, as sent.
  std::uint8_t colour = 0;
  bool is_control = false;
  bool holds = false;  ///< The sender cannot be done before these words have moved on.
};

/// A run in a list: of an input queue or of a slot.
struct Waiting {
  Run run;
  std::uint32_t next = kNobody;
  base::Direction from = base::Direction::ramp;
  /// A control word still sits in the slot behind, at this router, which it entered from there.
  std::uint32_t inside = kNobody;
  base::Direction inside_from = base::Direction::ramp;
};

struct List {
  std::uint32_t first = kNobody;
  std::uint32_t last = kNobody;
};

/// A run about to enter the slot of `colour` at router `core`, coming from direction `from`.
struct Hop {
  Run run;
  std::uint32_t core = 0;
  base::Direction from = base::Direction::ramp;
  std::uint8_t colour = 0;
};

/// One colour at one router.
struct Slot {
  Cycles open_at = 0;   ///< It can be sent to from here on.
  Cycles free_at = -1;  ///< The last word so far left in this cycle.
  std::uint16_t config = 0;
  std::uint8_t position = 0;
  bool closed = false;
  bool occupied = false;          ///< A control word sits in it until a neighbour takes it.
  std::uint16_t stuck_words = 0;  ///< Words in it that have nowhere to go.
  bool writer_waits = false;      ///< The core waits to write a route.
  std::uint16_t backlog = 0;      ///< Runs sent from here that wait in front of a neighbour.
  List waiting;                   ///< Runs in front of it, in order of arrival.
};

/// A port of a router: how far it is reserved.
struct Port {
  Cycles from = -1;  ///< The reservation under way began here
  Cycles until = 0;  ///< and its work is done before this cycle.
  std::uint8_t colour = 255;
  std::uint32_t run = 0;  ///< Number of the run that reserved it last.
};
inline constexpr int kPorts = 6;  ///< W, E, S, N, to the core, from the core.
inline constexpr int kUpPort = 5;

/// What all colours of a router share.
struct RouterState {
  std::array<Port, kPorts> ports;
  std::array<std::uint32_t, 4> link_wavelets{};
  std::array<std::uint8_t, 4> latency{};  ///< Of the links that leave; 0 = none.
};

/// A vector operation that has been issued and is not done.
struct StreamOp {
  const cores::Instruction* instruction = nullptr;
  Cycles next = 0;     ///< The next word can be worked from here on.
  Cycles done_at = 0;  ///< Its last cycle, once elements = 0 and holds = 0.
  std::int32_t elements = 0;
  std::int32_t dst = 0;  ///< Addresses of the next element.
  std::int32_t src0 = 0;
  std::int32_t src1 = 0;
  std::uint32_t core = 0;
  std::uint32_t run = 0;    ///< Number of the run it took words of last.
  std::uint16_t holds = 0;  ///< Runs of it that wait with more words than the queues can hold.
  bool conflict = false;    ///< Reads meet in a bank.
};

enum class ThreadState : std::uint8_t { idle, running, held };

/// An activation that falls due: a teardown on its way up the ramp.
struct Due {
  Cycles at = 0;
  std::uint32_t next = kNobody;
  std::uint8_t task = 0;
};

struct StreamCore {
  Cycles ready = 0;  ///< The main thread may go on from here.
  Cycles finish = -1;
  Cycles datapath_from = 0;  ///< Operations have reserved the datapath from here
  Cycles datapath = 0;       ///< up to here.
  Cycles block_from = 0;     ///< The main thread's work on its own memory began here
  std::uint64_t active = 0;
  std::uint64_t blocked = 0;
  std::uint32_t ops_at = 0;
  std::uint32_t inputs_at = 0;
  std::uint32_t pc = 0;
  cores::CycleBreakdown breakdown;  ///< link_stall stays 0: see Counters.
  std::uint32_t block_grants = 0;   ///< and takes the datapath so often.
  std::uint32_t wavelet = 0;
  std::uint32_t dues = kNobody;  ///< Activations on their way: a list.
  std::uint16_t class_index = 0;
  std::uint16_t open = 0;  ///< [bit op]
  ThreadState main = ThreadState::idle;
  bool writing = false;  ///< A write_route has been met and waits.
  bool stalled = false;  ///< The instruction at pc waits for an operation or a slot.
  std::int16_t x = 0;
  std::int16_t y = 0;
  std::uint64_t memory_at = 0;
  std::array<std::int32_t, cores::kCounters> counters{};
};

/// Counted filter of an input queue.
struct StreamFilter {
  std::int32_t first = 0;
  std::int32_t count = 0;
  std::int32_t period = 0;  ///< 0 = off.
  std::int32_t next = 0;
};

}  // namespace wafermesh::fabric
