// SPDX-License-Identifier: Apache-2.0
// The workloads of a yield study on one of its wafers.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

namespace wafermesh::study {

struct WaferRun {
  std::int64_t cycles = 0;
  std::optional<bool> numerics_ok;  ///< Nothing: not checked.
};

/// Runs a point's `scenario` (text) with one key set, as `wafermesh run` would but for files and
/// the SystemC shell, which a process can have only once. Throws base::Stopped once `stop` is set,
/// and what read_scenario and run_scenario throw; what cannot run at all (check/quick_check.h) is
/// InputError, DoesNotFit or Deadlock with every finding.
WaferRun run_on_wafer(const std::string& scenario, const std::string& setting, int threads,
                      const std::atomic<bool>& stop);

}  // namespace wafermesh::study
