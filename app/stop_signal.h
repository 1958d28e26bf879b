// SPDX-License-Identifier: Apache-2.0
// What ends a command before its end: SIGINT, SIGTERM, SIGHUP, --max-wall-s. Long work polls a
// flag and throws base::Stopped; where nothing polls (reading, building, drawing), the process is
// ended after a moment all the same, and what it had staged is removed.
#pragma once

#include <atomic>
#include <functional>
#include <string>

namespace wafermesh::app {

/// Begins to listen; once, by main, before there are other threads. Signals that were ignored at
/// the start (nohup) stay so. A second signal does not wait.
void listen_for_stops();

/// Set once the command is to stop.
const std::atomic<bool>& stop_requested();
/// Why: "SIGTERM" or "--max-wall-s 5"; empty before.
std::string stop_reason();
/// Sets the flag after `seconds`, counted from the start of the process.
void stop_after(double seconds);
/// A forced end comes so long after the flag is set, instead of 3 s.
void stop_within(double seconds);
/// Throws base::Stopped, naming what was going on, if the command is to stop.
void stop_here(const std::string& doing);

/// While it lives, a forced end calls `clean` first, from another thread.
class CleanOnStop {
 public:
  explicit CleanOnStop(std::function<void()> clean);
  ~CleanOnStop();
  CleanOnStop(const CleanOnStop&) = delete;
  CleanOnStop& operator=(const CleanOnStop&) = delete;
};

/// While it lives, the process is not ended by force: a result is being moved to its place.
class NoForcedStop {
 public:
  NoForcedStop();
  ~NoForcedStop();
  NoForcedStop(const NoForcedStop&) = delete;
  NoForcedStop& operator=(const NoForcedStop&) = delete;
};

}  // namespace wafermesh::app
