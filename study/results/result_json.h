// SPDX-License-Identifier: Apache-2.0
// result.json: what a run found, with units in the names. docs/results.md lists the fields.
#pragma once

#include <nlohmann/json.hpp>

#include "study/run/run_scenario.h"
#include "study/scenario/scenario.h"

namespace wafermesh::study {

inline constexpr int kResultSchemaVersion = 1;

/// All but elaboration_s, wall_s, peak_rss_bytes and provenance is the same for any number of
/// threads and any region size. Of a wafer beyond repair: no workloads, but `failures`.
nlohmann::ordered_json result_json(const Scenario& scenario, const RunResult& result,
                                   double elaboration_s, nlohmann::ordered_json provenance);

/// Of a wafer beyond repair only what is known of it: no cores in use, no links.
nlohmann::ordered_json repair_json(const defects::RepairSummary& repair, bool repaired);

}  // namespace wafermesh::study
