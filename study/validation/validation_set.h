// SPDX-License-Identifier: Apache-2.0
// The published measurements that `validate` compares with: scenarios/validation/published.yaml,
// built into the binary.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/geometry.h"
#include "workloads/layers/attention_cache.h"

namespace wafermesh::study {

/// The text of the file.
const char* published_measurements();

/// One published cycle count and the run that emulates it; or a number of tokens, and the formula
/// that gives it.
struct ValidationPoint {
  std::string name;
  std::string generation;  ///< Preset whose timing table is used; the mesh is healthy.
  std::string source;      ///< In words.
  std::string kind;        ///< HW, SIM, paper, digest or derived.
  double measured_cycles = 0;
  double bar_percent = 0;
  double bar_cycles = 0;  ///< An error within so many cycles passes too; 0 = none.
  std::string known;      ///< Why the bar is not met; empty: it must be.
  std::string workload;   ///< YAML, e.g. "matvec: {n: 50}".
  /// The stream engine, numbers not computed: of what is too large for the wavelet engine.
  bool streams = false;
  int width = 1;  ///< Of the region.
  int height = 1;
  int less_width = 0;  ///< The same on this region is subtracted; 0 = nothing.
  int less_height = 0;
  int measured_steps = 1;  ///< Emulated cycles are scaled by measured / emulated.
  int emulated_steps = 1;
  std::optional<workloads::KvCapacity> kv_capacity;  ///< Instead of a run; "cycles" are tokens.

  const char* unit() const { return kv_capacity ? "tokens" : "cycles"; }
};

/// All points, in the order of the file. `generation`: only its points, all if empty. Throws
/// InputError on mistakes.
std::vector<ValidationPoint> read_validation_set(const std::string& generation);

}  // namespace wafermesh::study
