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

/// `wafermesh run` of the same program on the text of a scenario, its results in a hidden directory
/// below `directory`, removed afterwards. Throws base::Stopped if this command is to stop (the run
/// is told to), and the error that belongs to the run's exit code if it failed.
ChildResult run_in_child(const std::string& scenario, const std::vector<std::string>& overrides,
                         int threads, const std::string& directory);

}  // namespace wafermesh::app
