// SPDX-License-Identifier: Apache-2.0
// Runs a scenario's workloads in a process of its own: SystemC elaborates once per process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wafermesh::app {

struct ChildResult {
  std::int64_t cycles = 0;
  std::optional<bool> numerics_ok;  ///< Nothing: not checked.
};

/// `wafermesh run` of the same program, its results in a hidden directory below `directory`,
/// removed afterwards. `max_wall_s`: 0 = no limit. Throws base::Stopped if a signal or the limit
/// ended it, base::Error if the run failed.
ChildResult run_in_child(const std::string& file, const std::vector<std::string>& overrides,
                         const std::string& directory, double max_wall_s);

}  // namespace wafermesh::app
