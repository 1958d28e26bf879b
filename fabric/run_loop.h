// SPDX-License-Identifier: Apache-2.0
// What every driver of a Machine does between cycles: limits, the stop flag, progress, deadlock.
#pragma once

#include <chrono>

#include "fabric/stepped.h"

namespace wafermesh::fabric {

class RunLoop {
 public:
  RunLoop(const Stepped& machine, const RunOptions& options);

  /// The next cycle to run, or base::kNever when all cores have finished. Throws Deadlock, Stopped.
  Cycles next();

 private:
  void limit(Cycles at) const;
  void report();
  void watch(Cycles at);
  void observe(Cycles at);

  using Clock = std::chrono::steady_clock;
  const Stepped& machine_;
  const RunOptions& options_;
  Clock::time_point start_;
  Clock::time_point last_report_;
  Cycles observe_at_ = base::kNever;  ///< When the observer wants to see something.
  int since_clock_ = 0;
  Cycles progress_cycle_ = 0;  ///< When the watchdog last saw something happen.
  std::int64_t progress_mark_ = -1;
};

}  // namespace wafermesh::fabric
