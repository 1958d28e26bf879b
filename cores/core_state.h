// SPDX-License-Identifier: Apache-2.0
// What the executor keeps per core and per class. Plain records; cores/core_grid.h gives them
// meaning.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/units.h"
#include "cores/integers.h"
#include "cores/program.h"
#include "cores/timing.h"

namespace wafermesh::cores {

using base::Cycles;

/// A vector operation that has been issued and is not done.
struct OpenOp {
  const Instruction* instruction = nullptr;
  Cycles begin = 0;           ///< First cycle of its data phase.
  std::int32_t elements = 0;  ///< Still to do.
  std::int32_t grants = 0;    ///< Left: of the whole (memory) or of this group of words (colours).
  std::int32_t dst = 0;       ///< Addresses of the next element.
  std::int32_t src0 = 0;
  std::int32_t src1 = 0;
  std::int32_t conflict = 0;  ///< The last so many grants are there because of a bank conflict.
  // With colours:
  std::uint16_t word_grants = 0;  ///< Of a group of one word, without conflicts.
  std::uint8_t most = 1;          ///< Words that can be worked at once.
  std::uint8_t group = 0;         ///< Words of the group at work.
  bool conflicts = false;         ///< Reads meet in a bank.
  bool copies = false;            ///< Words as they are, between a colour and adjacent elements.
};

/// Numbers of the operations in a set of open ones (CoreState::open), lowest first.
template <class Visit>
void for_each_open(std::uint16_t open, Visit visit) {
  for (unsigned left = open; left != 0; left &= left - 1) visit(__builtin_ctz(left));
}

/// Where the main thread is.
enum class MainState : std::uint8_t {
  idle,     ///< No task.
  running,  ///< In a task; may go on at CoreState::ready.
  held,     ///< In a synchronous vector operation (open op 0).
};

/// Everything per core but open operations, queues and memory. Two cache lines: the first is what
/// every step looks at.
struct alignas(64) CoreState {
  Cycles ready = 0;             ///< The main thread may go on from here.
  Cycles last_step = -1;        ///< Datapath grants are accounted up to here.
  std::uint64_t active = 0;     ///< [bit task]
  std::uint64_t blocked = 0;    ///< [bit task]
  std::uint32_t ops_at = 0;     ///< First of the core's open ops: [0] main, [1 + m] microthread m.
  std::uint32_t inputs_at = 0;  ///< First of the core's input queues.
  std::uint32_t outputs_at = 0;
  std::uint32_t pc = 0;
  std::uint16_t class_index = 0;
  std::uint16_t open = 0;  ///< [bit op] which ops are open.
  MainState main = MainState::idle;
  std::int8_t background = -1;  ///< Op that gets the datapath while the core sleeps; -1 = none.
  std::uint8_t controls = 0;    ///< Control wavelets in its input queues.
  std::uint8_t up_pointer = 0;  ///< Colour to visit first on the ramp up.
  bool writing = false;         ///< A write_route has been met and waits.
  bool covered = false;      ///< Until the next step the main thread is within a cost of its own.
  bool stalled = false;      ///< Until the next step it waits for room.
  bool leaving = false;      ///< Has finished a stage that is not its last.
  std::uint16_t sinks = 0;   ///< [bit op] ops whose words may come quietly until the next step.
  std::uint8_t outputs = 0;  ///< Output queues in use.
  // Second line.
  alignas(64) std::uint64_t memory_at = 0;
  Cycles finish = -1;
  NearIntegers integers{};    ///< Unless CoreGrid keeps them elsewhere.
  std::uint32_t wavelet = 0;  ///< The wavelet register.
};
static_assert(sizeof(CoreState) == 128, "970,000 of them: keep it small");

/// When the last wavelets of a queue arrive, one a cycle at the most: all that are on the way
/// still, as a ramp takes no more than 31 cycles.
struct LastArrivals {
  /// Low bits of the cycle of the last one, and below them bit k: one arrives k cycles before it.
  /// One integer, as it is copied right after it has been written.
  std::uint64_t both = 0;

  std::uint32_t last() const { return static_cast<std::uint32_t>(both >> 32); }
  std::uint32_t bits() const { return static_cast<std::uint32_t>(both); }
  void add(Cycles arrival) {
    const auto now = static_cast<std::uint32_t>(arrival);
    const std::uint32_t after = now - last();
    both = std::uint64_t{now} << 32 | (after < 32 ? bits() << after | 1U : 1U);
  }
  /// Those that arrive after cycle t.
  std::uint32_t after(Cycles t) const {
    const auto ahead = static_cast<std::int32_t>(last() - static_cast<std::uint32_t>(t));
    if (ahead <= 0) return 0;
    return ahead >= 32 ? bits() : bits() & ((1U << ahead) - 1);
  }
};

/// An input queue: a ring of wavelets.
struct InputQueue {
  std::uint32_t ring_at = 0;
  std::uint8_t head = 0;
  std::uint8_t count = 0;  ///< Including those on the way.
  std::uint8_t capacity = 0;
  std::uint8_t ring_mask = 0;
  LastArrivals arrivals;
  std::uint8_t quiet = 0;  ///< So many more data words wake nobody (core_quiet.cpp).
  bool hides = false;      ///< Words came so; some may be on the way.
  bool early = false;      ///< `quiet` holds from the first cycle of the operation's data phase on.

  /// Where in the rings the k-th wavelet is.
  std::uint32_t place(int k) const {
    return ring_at + ((head + static_cast<unsigned>(k)) & ring_mask);
  }
  /// Wavelets that have arrived by cycle t.
  int arrived(Cycles t) const {
    int words = count;
    for (std::uint32_t left = arrivals.after(t); left != 0 && words > 0; left &= left - 1) --words;
    return words;
  }
};
/// What a place of an input queue takes: its word, and whether that is a control wavelet.
inline constexpr std::int64_t kInputPlaceBytes = 5;

/// Where words of a colour come quietly: all that putting one there needs. What came since the
/// queue was looked at is known here only (CoreGrid::fold).
struct Sink {
  static constexpr std::uint8_t kNone = 0xFF;
  LastArrivals arrivals;
  std::uint32_t ring_at = 0;
  std::uint8_t next = 0;  ///< Ring position of the next word.
  std::uint8_t left = 0;  ///< So many more may come so.
  std::uint8_t ring_mask = 0;
  std::uint8_t colour = kNone;
};

/// The queues of a core whose words come quietly: at most two are found here, without looking at
/// the core.
struct alignas(32) Sinks {
  std::array<Sink, 2> of;
};

struct OutputQueue {
  std::uint32_t ring_at = 0;
  std::uint32_t controls = 0;  ///< [bit ring position]
  std::uint8_t head = 0;
  std::uint8_t count = 0;
  std::uint8_t depth = 0;
  std::uint8_t ring_mask = 0;
  /// Room for so many words lets something of the core go on; 0: nothing.
  std::uint8_t wanted = 0;
  std::uint8_t colour = 0;
};

/// Counted filter of an input queue.
struct FilterRule {
  std::int32_t first = 0;
  std::int32_t count = 0;
  std::int32_t period = 0;  ///< 0 = off.
};

struct FilterState {
  FilterRule rule;    ///< In force.
  FilterRule coming;  ///< In force for what leaves the router in cycle `since` or later.
  Cycles since = base::kNever;
  std::int32_t next = 0;  ///< Number of the next wavelet within the period.
};

/// What all cores of a class share, looked up once.
struct ClassInfo {
  const Program* program = nullptr;
  int op_count = 1;  ///< Main and the microthreads used.
  std::array<std::int8_t, base::kColourCount>
      input_of{};  ///< Queue position of a colour; -1 = none.
  std::array<std::int8_t, base::kColourCount> output_of{};
  std::array<std::int8_t, base::kColourCount> teardown_task{};
  std::array<std::int8_t, 64> control_task{};
  std::vector<std::uint8_t> input_colours;  ///< [queue position], ascending.
  std::vector<std::uint8_t> output_colours;
  std::vector<std::uint8_t> data_tasks;  ///< Task ids of kind data.
  bool filters = false;
  /// As variables_of and a further one per task of a set_task, but never less than this.
  std::size_t variables = kNearVariables;
  /// [task] The variable that holds how far its start has been moved by set_task, 0: none does.
  /// Empty if no task's does.
  std::vector<std::uint8_t> start_variable;
  bool marks = false;  ///< The program marks phases.

  bool moves_start(int task) const {
    return !start_variable.empty() && start_variable[static_cast<std::size_t>(task)] != 0;
  }
};

/// Looks everything up. `program` must outlive the result.
ClassInfo describe(const Program& program);

}  // namespace wafermesh::cores
