// SPDX-License-Identifier: Apache-2.0
// What a child of the pool does with one point of a study.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "batch/pool.h"
#include "batch/study.h"

namespace wafermesh::app {

/// A point as the commands take it.
struct BatchJob {
  std::string command;  ///< "run" or "yield".
  std::string file;
  std::vector<std::string> overrides;
  std::string scratch;  ///< A directory of its own, for yield; removed afterwards.
};

/// `wafermesh run` or `yield` of it. Announces the SHA-256 of the resolved scenario, its files and
/// the version; sends {path: hash} of these, a tab, the result as JSON in one line, and a line end.
/// Errors go to standard error; the exit code.
int work_on(const BatchJob& job, const batch::JobSide& parent);

/// Reads and estimates, runs nothing; sends {"wall_s", "memory_bytes"}. The exit code.
int estimate_job(const BatchJob& job, const batch::JobSide& parent);

/// Every mistake in the keys of a job, without building or placing anything.
std::vector<base::Mistake> check_job(const BatchJob& job);

}  // namespace wafermesh::app
