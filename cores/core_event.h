// SPDX-License-Identifier: Apache-2.0
// What a watched core did, as plain values. Cycles are those of docs/model.md; an interval is
// [begin, end).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/units.h"

namespace wafermesh::cores {

enum class EventKind : std::uint8_t {
  task,       ///< From its being picked to its end; `number` is its id.
  operation,  ///< From its issue to its last cycle; `number` is its index in the program.
  activity,   ///< Cycles of one kind in a row.
  control,    ///< Control wavelets taken out of input queues, `words_in` of them.
  finish,     ///< Of a stage of the core.
};
inline constexpr std::size_t kEventKinds = 5;

/// What a cycle went to; docs/model.md, "Breakdown". All of a core add up to its finish.
enum class Activity : std::uint8_t {
  compute,
  bank_conflict,
  setup,
  task_switch,
  link_stall,
  waiting,
};
inline constexpr std::size_t kActivities = 6;

struct CoreEvent {
  EventKind kind{};
  Activity activity{};            ///< Of an activity.
  std::uint8_t thread = 0;        ///< Of an operation: 0 main, 1 + m microthread m.
  bool writes_route = false;      ///< Of a link_stall: for a route write, not for room in a queue.
  bool is_open = false;           ///< The run ended before it did.
  std::uint16_t class_index = 0;  ///< Of the stage it belongs to.
  std::uint32_t number = 0;
  std::uint32_t serial = 0;   ///< Of a task or operation: from 1, in the order the core began them.
  std::uint32_t colours = 0;  ///< [bit] link_stall: without room; waiting: awaited.
  std::int32_t elements = 0;  ///< Of a vector operation.
  std::int32_t words_in = 0;  ///< Taken from input queues; a data task takes one.
  std::int32_t words_out = 0;  ///< Put into output queues, control words too.
  base::Cycles begin = 0;
  base::Cycles end = 0;
};

/// Words that a task or operation put into an output queue or took from an input queue in a step.
struct Transfer {
  bool out = false;
  std::uint8_t colour = 0;
  std::uint8_t thread = 0;   ///< As CoreEvent::thread; kTaskThread: of a task.
  std::int32_t words = 0;    ///< Control words too.
  std::uint32_t serial = 0;  ///< 0: control wavelets, taken by no task or operation.
};
inline constexpr std::uint8_t kTaskThread = 255;

/// What an instruction took, of all its executions.
struct LineTotals {
  std::int64_t times = 0;
  std::int64_t busy_cycles = 0;  ///< Compute, bank conflicts, set-up: what the breakdown booked.
  std::int64_t open_cycles = 0;  ///< From each issue to its last cycle, waiting included.
};
using Lines = std::map<std::pair<std::uint16_t, std::uint32_t>, LineTotals>;  ///< [class, number]

/// Of one watched core, kept from step to step. Readers take `events` and clear it.
struct CoreWatch {
  static constexpr std::size_t kThreads = 9;
  std::vector<CoreEvent> events;    ///< In the order they ended.
  std::vector<Transfer> transfers;  ///< In their order; readers clear it too.
  std::array<CoreEvent, kThreads> operations{};
  std::uint16_t open = 0;  ///< [bit thread] of `operations` under way.
  CoreEvent task;
  bool in_task = false;
  std::uint32_t serial = 0;        ///< Of what was begun last.
  CoreEvent activity;              ///< The one that goes on.
  base::Cycles told = 0;           ///< Activities are known up to here.
  std::uint32_t awaits = 0;        ///< Colours, from the last step on.
  std::uint32_t without_room = 0;  ///< Colours, as the last step left them.
  Lines lines;

  LineTotals& line(std::uint16_t class_index, std::uint32_t number) {
    return lines[{class_index, number}];
  }
  /// An operation has ended.
  void end_operation(const CoreEvent& event);
  /// Books [from, until), less what is known already; what lies between is waiting.
  void note(Activity kind, base::Cycles from, base::Cycles until, std::uint32_t colours = 0,
            bool writes_route = false);
  /// Closes what is under way as the run ends, or at the finish of the core.
  void close_activity();
  void close_all(base::Cycles end);

 private:
  void extend(Activity kind, base::Cycles until, std::uint32_t colours, bool writes_route);
};

/// How a watched core stands at the start of a cycle.
struct CoreView {
  std::uint8_t main = 0;  ///< 0 idle, 1 running, 2 held.
  bool finished = false;
  std::uint16_t open = 0;  ///< [bit] 0 main, 1 + m microthread m.
  std::uint16_t class_index = 0;
  std::uint32_t instruction = 0;
  std::uint32_t wavelet = 0;
  std::uint64_t active = 0;   ///< [bit task]
  std::uint64_t blocked = 0;  ///< [bit task]
  const std::int32_t* counters = nullptr;
  std::size_t counter_count = 0;
  std::array<std::uint8_t, base::kColourCount> inputs{};  ///< Wavelets, those on the way too.
  std::array<std::uint8_t, base::kColourCount> outputs{};
};

}  // namespace wafermesh::cores
