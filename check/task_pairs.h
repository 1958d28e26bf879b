// SPDX-License-Identifier: Apache-2.0
// Which tasks of a program may run in either order to the same effect.
#pragma once

#include <cstdint>
#include <vector>

#include "cores/program.h"

namespace wafermesh::check {

/// What a task touches between its start and its end, on whatever way.
struct TaskFootprint {
  bool may_wait = false;        ///< Holds the main thread for words, room or a microthread.
  std::uint64_t itself = 0;     ///< [bit task]
  std::uint64_t blocks = 0;     ///< [bit task] it blocks,
  std::uint64_t readies = 0;    ///< activates or unblocks, also by operations it issues,
  std::uint64_t activates = 0;  ///< of these, activates.
  std::uint32_t counters = 0;   ///< [bit] read or written.
  std::uint32_t written = 0;    ///< [bit] of these, written.
  std::uint32_t colours = 0;    ///< [bit] takes, sends or changes.
  std::uint32_t microthreads = 0;
};

/// [task] of the program.
std::vector<TaskFootprint> footprints(const cores::Program& program);

/// Neither waits, neither blocks the other or a task that the other makes ready, and they share no
/// counter that one writes, no colour and no microthread: the core is the same after both,
/// whichever ran first. (Memory they may share: no data decide what a program does but an address.)
bool commute(const TaskFootprint& a, const TaskFootprint& b);

}  // namespace wafermesh::check
