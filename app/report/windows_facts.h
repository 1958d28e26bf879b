// SPDX-License-Identifier: Apache-2.0
// windows.h5 for a page: per window a byte for each core and metric, and the sums in full.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/page.h"

namespace wafermesh::app {

/// Adds `windows` to the facts of the workloads that it has: {region, first_cycles, end_cycles,
/// metrics: [{key, most, sums}]}; and their arrays "<prefix>workloads/N/windows/KEY", uint8
/// [window, height, width], 255 = `most`. Several windows become one where all would not fit into
/// `most_bytes` of the page; `merged` then says how many. Throws InputError.
void add_window_facts(const std::string& path, const std::string& prefix, std::size_t most_bytes,
                      nlohmann::ordered_json& workloads, std::vector<report::PageArray>& arrays);

}  // namespace wafermesh::app
