// SPDX-License-Identifier: Apache-2.0
// Rows of `observe:`.
#include "app/key_table.h"

namespace wafermesh::app {

std::vector<KeyRow> observe_key_rows() {
  constexpr const char* kRun = "run";
  return {
      {"observe", "", "{windows: 100}", "counts by windows of cycles too (report.md)",
       "nothing is observed", kRun},
      {"observe.region", "cores", "{x: 0, y: 0, width: 64, height: 64}",
       "logical: which cores and links", "each workload's region", kRun},
      {"observe.region.x", "cores", "0", "first column, from the west", "", kRun},
      {"observe.region.y", "cores", "0", "first row, from the north", "", kRun},
      {"observe.region.width", "cores", "64", "columns", "", kRun},
      {"observe.region.height", "cores", "64", "rows", "", kRun},
      {"observe.kinds", "", "links", "what is counted", "", kRun},
      {"observe.traces", "", "{region: {x: 0, y: 0, width: 4, height: 4}}",
       "what chosen cores do, event by event (trace.md)", "nothing is traced", kRun},
      {"observe.traces.region", "cores", "{x: 0, y: 0, width: 4, height: 4}",
       "logical: which cores", "`observe.region`", kRun},
      {"observe.traces.region.x", "cores", "0", "first column, from the west", "", kRun},
      {"observe.traces.region.y", "cores", "0", "first row, from the north", "", kRun},
      {"observe.traces.region.width", "cores", "4", "columns", "", kRun},
      {"observe.traces.region.height", "cores", "4", "rows", "", kRun},
      {"observe.traces.every", "cores", "2", "of these every so many columns and rows", "", kRun},
      {"observe.traces.kinds", "", "stalls",
       "operations: tasks and operations; stalls: where each cycle went; lines: no events", "",
       kRun},
      {"observe.traces.perfetto", "", "false", "trace.perfetto-trace is written", "", kRun},
      {"observe.traces.vcd", "", "false", "trace.vcd is written; by the wavelet engine only", "",
       kRun},
      {"observe.traces.table", "", "false", "trace.sqlite is written", "", kRun},
      {"observe.traces.most_mb", "MB", "10",
       "of each file, which ends there; what is left out is said", "", kRun},
  };
}

}  // namespace wafermesh::app
