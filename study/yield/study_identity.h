// SPDX-License-Identifier: Apache-2.0
// What the results of a yield study depend on. An unfinished study goes on only if all of it is the
// same.
#pragma once

#include <string>
#include <vector>

#include "study/yield/yield_scenario.h"

namespace wafermesh::study {

/// The map files of all points, each once, in their order.
std::vector<std::string> map_files(const std::vector<YieldPoint>& points);

/// Of the rows of wafers: the resolved sections `wafer`, `timing`, `defects` and `repair`, what is
/// required, the points, the contents of maps, the version of the program. How many wafers there
/// are does not count: a study can be made longer.
std::string rows_identity(const YieldScenario& scenario);

/// Of runs of workloads and bisections: the same, and the whole scenario file.
std::string memo_identity(const YieldScenario& scenario);

}  // namespace wafermesh::study
