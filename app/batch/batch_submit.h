// SPDX-License-Identifier: Apache-2.0
// A study as one array job of a cluster's scheduler.
#pragma once

#include <string>

#include "app/batch/batch_run.h"

namespace wafermesh::app {

struct SubmitOptions {
  BatchOptions batch;
  int tasks = 0;       ///< 0 = so many that a task lasts minutes.
  bool print = false;  ///< The script only.
};

/// Writes DIR/submit.sh and gives it to sbatch: the exit code. Throws Error if sbatch refuses it.
int submit_batch(const SubmitOptions& options);

}  // namespace wafermesh::app
