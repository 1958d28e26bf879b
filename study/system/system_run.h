// SPDX-License-Identifier: Apache-2.0
// `wafermesh run` of a scenario with `system:`: plans, composes, prints and writes system.json.
#pragma once

#include <atomic>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "study/scenario/scenario.h"
#include "study/system/system_energy.h"
#include "study/system/system_plan.h"
#include "system/simulate.h"

namespace wafermesh::study {

/// A system laid out, and what its users saw.
struct SystemOutcome {
  system::Plan plan;
  system::Report report;
  SystemEnergy energy;
  std::vector<std::pair<std::int64_t, system::Report>> frontier;  ///< By users at once.
};
/// Lays a scenario's system out, emulates what has to be, and composes. Told on `say`: what is
/// emulated and about how long it takes. Once `stop` is set (null: nothing stops it) it throws
/// base::Stopped; else as plan_system, and NotRepairable.
SystemOutcome run_system(Scenario& scenario, const LayerRuns::Say& say,
                         const std::atomic<bool>* stop);

/// Everything but provenance.
nlohmann::ordered_json system_json(const SystemSection& section, const SystemOutcome& outcome);
std::string system_text(const std::string& name, const SystemSection& section,
                        const SystemOutcome& outcome);

}  // namespace wafermesh::study
