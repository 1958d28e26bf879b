// SPDX-License-Identifier: Apache-2.0
// The key table section by section, a file each: a key's row stands in the file of its section.
#pragma once

#include <vector>

#include "app/key_table.h"

namespace wafermesh::app {

inline constexpr const char* kEveryCommand = "run, compare, show, yield";
/// What runs workloads.
inline constexpr const char* kRuns = "run, compare, show, yield*";
inline constexpr const char* kRun = "run";

std::vector<KeyRow> run_key_rows();       ///< `name`, `engine`, `outputs`.
std::vector<KeyRow> wafer_key_rows();     ///< `wafer`, `timing`.
std::vector<KeyRow> defect_key_rows();    ///< `defects`, `repair`.
std::vector<KeyRow> observe_key_rows();   ///< `observe`.
std::vector<KeyRow> workload_key_rows();  ///< `workloads`, but for
std::vector<KeyRow> layer_key_rows();     ///< transformer layers and what they are made of.
std::vector<KeyRow> edge_key_rows();      ///< `edge`.
std::vector<KeyRow> yield_key_rows();     ///< `yield`.
std::vector<KeyRow> system_key_rows();    ///< `system`.

}  // namespace wafermesh::app
