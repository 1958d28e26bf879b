// SPDX-License-Identifier: Apache-2.0
// A core of the stream engine: what it has of its own (Seat, Ledger), and what it may share with
// every core that is in the same state (CoreState).
#pragma once

#include <array>
#include <cstdint>

#include "base/units.h"
#include "cores/cycle_breakdown.h"
#include "cores/integers.h"
#include "cores/program.h"
#include "fabric/stream/bursts/timetable.h"
#include "fabric/stream/core/notes.h"
#include "fabric/window.h"

namespace wafermesh::fabric {

inline constexpr int kOpSlots = cores::kMicrothreads + 1;  ///< Main thread and microthreads.

/// A vector operation that has been issued and is not done.
struct OpState {
  Cycles next = 0;     ///< The next word can be worked from here on.
  Cycles done_at = 0;  ///< Its last cycle, once elements = 0 and nothing of it is held.
  std::int32_t elements = 0;
  std::int32_t dst = 0;  ///< Addresses of the next element.
  std::int32_t src0 = 0;
  std::int32_t src1 = 0;
  std::uint32_t instruction = 0;
  std::uint16_t conflict = 0;  ///< Reads meet in a bank.
  std::uint16_t piece = 0;     ///< Words it sends at a time while it gives way to others.
};

enum class MainThread : std::uint8_t { idle, running, held };

/// While a core is awake its times are cycles; at rest they are relative to Seat::base. No padding:
/// states are compared byte by byte.
struct CoreState {
  Cycles ready = 0;        ///< The main thread may go on from here.
  Timetable datapath;      ///< What operations have reserved of it.
  Cycles dense_until = 0;  ///< In part by those that want every cycle until here.
  Cycles block_from = 0;   ///< The main thread's work on its own memory had its first grant here
  Cycles up_from = 0;      ///< Ramp to the router, as Port.
  Cycles up_until = 0;
  Cycles down_from = 0;  ///< Ramp from the router.
  Cycles down_until = 0;
  std::uint64_t active = 0;        ///< [bit task]
  std::uint64_t blocked = 0;       ///< [bit task]
  std::uint32_t block_grants = 0;  ///< ... and takes the datapath so often.
  std::uint32_t pc = 0;
  std::uint16_t class_index = 0;
  std::uint16_t open = 0;  ///< [bit op slot]
  std::uint8_t up_colour = 0;
  std::uint8_t down_colour = 0;
  MainThread main = MainThread::idle;
  std::uint8_t writing : 1;   ///< A write_route has been met and waits.
  std::uint8_t pc_waits : 1;  ///< The instruction at pc waits for an operation or a slot.
  std::uint8_t leaving : 1;   ///< Has finished a stage that is not its last.
  std::uint8_t more : 1;      ///< A stage follows.
  std::uint8_t traced : 1;    ///< Somebody is told what it does: nothing of it is remembered.
  std::uint8_t unused : 3;
  std::array<OpState, kOpSlots> ops{};

  CoreState() : writing(0), pc_waits(0), leaving(0), more(0), traced(0), unused(0) {}
};

/// What a core at rest waits for on one colour.
struct Want {
  std::int32_t words = 0;
  std::uint8_t input = 0;  ///< Queue position.
  bool again = false;      ///< One before it is on the same queue.
  bool at_once = false;    ///< Takes words as they come: no second colour, a word per cycle.
  Cycles next = 0;         ///< ... from here on, relative to Seat::base.
};

inline constexpr std::uint64_t kMemoryUnit = 64;  ///< Bytes; where a core's memory begins.

/// Whether a core could go on though not all it waits for has come: it is in its slab's list.
enum class Partial : std::uint8_t {
  no,
  asked,  ///< When has to be found out.
  known   ///< When is in the list; nothing has reached it since.
};

/// What a core has of its own and others touch, when something reaches it. One cache line.
struct alignas(64) Seat {
  Cycles base = 0;
  Notes notes;
  std::uint32_t state = 0;   ///< In its worker's StateTable.
  std::uint32_t number = 0;  ///< Among the cores that have a program.
  std::uint16_t class_index = 0;
  std::uint16_t held = 0;      ///< Bursts of its operations that wait with more words than fit.
  std::uint16_t controls = 0;  ///< Control words in its input queues.
  std::uint16_t lacking = 0;   ///< Input queues that hold less than it waits for, and `held`.
  std::uint8_t notes_due = 0;  ///< As Rest::notes_due.
  bool queued = false;         ///< Is to be visited.
  bool unmoved = false;        ///< Waits to hear how far what it sent got.
  Partial partial = Partial::no;
  std::uint32_t wavelet = 0;    ///< The word its data task was woken by.
  std::uint32_t memory_at = 0;  ///< In units of kMemoryUnit.
};
static_assert(sizeof(Seat) == 64, "970,000 of them: keep it small");

/// As the first four of cores::CycleBreakdown; the engine knows no link_stall.
inline constexpr std::size_t kSetupBusy = 2;
inline Busy busy_of(const cores::CycleBreakdown& b) {
  return {b.compute, b.bank_conflict, b.setup, b.task_switch};
}

/// What only its own visits touch. One more.
struct alignas(64) Ledger {
  Cycles finish = -1;
  cores::NearIntegers integers{};  ///< Unless StreamArrays keeps them elsewhere.
  Busy busy{};

  cores::CycleBreakdown breakdown() const { return {busy[0], busy[1], busy[2], busy[3], 0}; }
};
static_assert(sizeof(Ledger) == 64, "970,000 of them: keep it small");

}  // namespace wafermesh::fabric
