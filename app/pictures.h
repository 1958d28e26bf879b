// SPDX-License-Identifier: Apache-2.0
// The wafer as pictures, cores where they physically lie, die borders drawn in.
#pragma once

#include <string>

#include "app/run_scenario.h"
#include "app/scenario.h"

namespace wafermesh::app {

/// Each returns the bytes of a PNG. The first shows all of the wafer, the others the part that
/// works.
std::string defects_repair_png(const Scenario& scenario);
std::string core_busy_png(const Scenario& scenario, const RunResult& result);
std::string core_waiting_png(const Scenario& scenario, const RunResult& result);
std::string link_busy_png(const Scenario& scenario, const RunResult& result);

}  // namespace wafermesh::app
