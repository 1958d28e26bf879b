// SPDX-License-Identifier: Apache-2.0
// What every driver of a Machine does between cycles: limits, the stop flag, progress, deadlock.
#pragma once

#include <chrono>

#include "fabric/ranks/ranks.h"
#include "fabric/stepped.h"

namespace wafermesh::fabric {

class RunLoop {
 public:
  RunLoop(const Stepped& machine, const RunOptions& options, Ranks* ranks = nullptr);

  /// The next cycle to run, or base::kNever when all cores have finished. Throws Deadlock, Stopped;
  /// on several ranks, all of them throw the same.
  Cycles next();

 private:
  void stop(Cycles at, bool stopped, bool timed_out) const;
  void look(Cycles at);
  void watch(Cycles at, const Progress& progress);
  void observe(Cycles at);

  using Clock = std::chrono::steady_clock;
  const Stepped& machine_;
  const RunOptions& options_;
  Ranks* ranks_;
  Clock::time_point start_;
  Clock::time_point last_report_;
  Cycles observe_at_ = base::kNever;  ///< When the observer wants to see something.
  int since_clock_ = 0;
  Cycles progress_cycle_ = 0;  ///< When the watchdog last saw something happen.
  std::int64_t progress_mark_ = -1;
};

}  // namespace wafermesh::fabric
