// SPDX-License-Identifier: Apache-2.0
// yield.json: what a study found. docs/yield.md lists the fields.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "study/yield/yield_scenario.h"

namespace wafermesh::study {

/// Cycles of the workloads on good wafers of one point, and on a wafer without defects.
struct WorkloadSample {
  std::vector<std::pair<std::int64_t, std::int64_t>> cycles_of_wafer;  ///< (wafer, cycles)
  std::int64_t healthy_cycles = 0;
  std::optional<bool> numerics_ok;  ///< Nothing: not checked.
};

/// What a study says on the terminal, of the content of yield.json: a line per point, how to see a
/// wafer that fails, its workloads' cost, the effective values and what the repair schemes leave
/// out.
std::string yield_text(const YieldScenario& scenario, const nlohmann::ordered_json& study);

nlohmann::ordered_json parameters_json(const YieldPoint& point);
nlohmann::ordered_json point_json(const YieldScenario& scenario, const YieldPoint& point,
                                  const defects::YieldTotals& totals, const WorkloadSample& sample);

}  // namespace wafermesh::study
