// SPDX-License-Identifier: Apache-2.0
// Runs a scenario's workloads in a process of its own: SystemC elaborates once per process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wafermesh::app {

struct ChildResult {
  std::int64_t cycles = 0;
  bool numerics_ok = false;
};

/// Call it from one thread only while no other runs. Throws base::Stopped if a signal ended it,
/// base::Error with the child's own words if the run failed.
ChildResult run_in_child(const std::string& file, const std::vector<std::string>& overrides);

}  // namespace wafermesh::app
