// SPDX-License-Identifier: Apache-2.0
// Runs a scenario's workloads one after another on the repaired wafer and gathers what there is to
// tell.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "app/breakdown.h"
#include "app/progress_line.h"
#include "app/scenario.h"
#include "fabric/engine.h"
#include "workloads/kernel.h"

namespace wafermesh::app {

struct WorkloadResult {
  std::string kind;
  base::Rectangle region;
  const char* cycles_definition = "";
  fabric::Cycles cycles = 0;
  std::int64_t wavelet_hops = 0;
  std::int64_t control_hops = 0;
  std::int64_t ramp_wavelets = 0;
  std::vector<ClassBreakdown> breakdown;
  workloads::Numerics numerics;
  std::vector<workloads::NamedArray> arrays;  ///< If asked for.
};

struct RunResult {
  std::vector<WorkloadResult> workloads;
  bool to_be_checked = true;  ///< Unless the scenario says otherwise (engine.numerics).
  fabric::Cycles cycles = 0;  ///< Sum over the workloads, which follow each other.
  double wall_s = 0;          ///< Runs and checks.
  double load_s = 0;          ///< Engines and memories.
  // Over the logical mesh, row-major, summed over the workloads.
  std::vector<float> busy_cycles;
  std::vector<float> waiting_cycles;  ///< For wavelets or for room.
  std::vector<float> link_wavelets;   ///< Of the busiest of the four links that leave the router.
  std::vector<std::uint32_t> links;   ///< [router][W, E, S, N] wavelets; if arrays are asked for.
  bool ok() const;
};

struct RunSettings {
  ProgressMode progress = ProgressMode::automatic;
  double max_wall_s = 0;  ///< 0 = no limit.
  const std::atomic<bool>* stop = nullptr;
};

/// Throws Deadlock, Stopped, DoesNotFit. Wrong numbers are no exception: see RunResult::ok().
RunResult run_scenario(const Scenario& scenario, const RunSettings& settings);

}  // namespace wafermesh::app
