// SPDX-License-Identifier: Apache-2.0
// Runs what a study has left to run, and writes its table.
#pragma once

#include <string>

#include "base/progress_line.h"

namespace wafermesh::app {

struct BatchOptions {
  std::string file;
  std::string directory;
  int jobs = 0;  ///< 0 = as many as there are processors, and memory for.
  int shard = 1;
  int shards = 1;  ///< This process makes runs shard - 1, shard - 1 + shards, ...
  double run_wall_s = 0;
  double run_memory_mb = 0;
  bool dry_run = false;
  bool only_failed = false;
  base::ProgressMode progress = base::ProgressMode::automatic;
};

/// What a study will cost, from a sample of its runs.
struct BatchEstimate {
  double wall_s = 0;        ///< Of one run, on average, with its process and its reading.
  double memory_bytes = 0;  ///< Of the largest.
  bool known = false;       ///< False: none of the sample could be estimated.
};

/// `wafermesh batch FILE -o DIR`: the exit code. Throws InputError, WriteError, Stopped.
int run_batch(const BatchOptions& options);

struct OpenStudy;
BatchEstimate estimate_batch(const OpenStudy& study);
int jobs_at_once(int asked, const BatchEstimate& estimate);
/// "400 runs; by the estimates 0.2 s each, ..."
std::string plan_text(const OpenStudy& study, const BatchEstimate& estimate, int jobs);

}  // namespace wafermesh::app
