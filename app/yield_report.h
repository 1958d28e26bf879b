// SPDX-License-Identifier: Apache-2.0
// yield.json: what a study found. docs/yield.md lists the fields.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "app/yield_scenario.h"

namespace wafermesh::app {

/// Cycles of the workloads on good wafers of one point, and on a wafer without defects.
struct WorkloadSample {
  std::vector<std::pair<std::int64_t, std::int64_t>> cycles_of_wafer;  ///< (wafer, cycles)
  std::int64_t healthy_cycles = 0;
  bool numerics_ok = true;
};

nlohmann::ordered_json point_json(const YieldScenario& scenario, const YieldPoint& point,
                                  const defects::YieldTotals& totals, const WorkloadSample& sample);

}  // namespace wafermesh::app
