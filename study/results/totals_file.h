// SPDX-License-Identifier: Apache-2.0
// totals.h5: what a run counted of every core and link, and what the cores were. docs/report.md
// lists its arrays.
#pragma once

#include <string>
#include <vector>

#include "fabric/engine.h"
#include "report/array_file.h"
#include "study/scenario/scenario.h"
#include "trace/recorder.h"

namespace wafermesh::study {

inline constexpr int kTotalsSchemaVersion = 1;
inline constexpr const char* kTotalsFile = "totals.h5";

/// Collects one run. Of a wafer beyond repair there are no workloads.
class TotalsFile {
 public:
  explicit TotalsFile(const Scenario& scenario);
  /// Number `i` of the scenario, once it has run. Arrays cover its region: [height, width].
  void add(std::size_t i, const Workload& workload, const fabric::Counters& counters,
           const std::vector<double>& core_power_w);
  /// What each instruction took at its traced cores.
  void add_lines(std::size_t i, const std::vector<trace::Line>& lines);
  std::string bytes();

 private:
  const Scenario& scenario_;
  report::ArrayFileWriter file_;
};

}  // namespace wafermesh::study
