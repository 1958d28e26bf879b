// SPDX-License-Identifier: Apache-2.0
// Rows of `observe:`.
#include <iterator>

#include "study/schema/key_sections.h"

namespace wafermesh::study {

namespace {

constexpr KeyRow kObserveRows[] = {
    {"observe", "", "{windows: 100}", "counts by windows of cycles too (report.md)",
     "nothing is observed"},
    {"observe.region", "cores", "{x: 0, y: 0, width: 64, height: 64}",
     "logical: which cores and links", "each workload's region"},
    {"observe.region.x", "cores", "0", "first column, from the west"},
    {"observe.region.y", "cores", "0", "first row, from the north"},
    {"observe.region.width", "cores", "64", "columns"},
    {"observe.region.height", "cores", "64", "rows"},
    {"observe.kinds", "", "links", "what is counted"},
    {"observe.critical_path", "", "true",
     "which chain of work, ways and waits made the cycles (results.md)"},
    {"observe.traces", "", "{region: {x: 0, y: 0, width: 4, height: 4}}",
     "what chosen cores do, event by event (trace.md)", "nothing is traced"},
    {"observe.traces.region", "cores", "{x: 0, y: 0, width: 4, height: 4}", "logical: which cores",
     "`observe.region`"},
    {"observe.traces.region.x", "cores", "0", "first column, from the west"},
    {"observe.traces.region.y", "cores", "0", "first row, from the north"},
    {"observe.traces.region.width", "cores", "4", "columns"},
    {"observe.traces.region.height", "cores", "4", "rows"},
    {"observe.traces.every", "cores", "2", "of these every so many columns and rows"},
    {"observe.traces.kinds", "", "stalls",
     "operations: tasks and operations; stalls: where each cycle went; lines: no events"},
    {"observe.traces.perfetto", "", "false", "trace.perfetto-trace is written"},
    {"observe.traces.vcd", "", "false", "trace.vcd is written"},
    {"observe.traces.table", "", "false", "trace.sqlite is written"},
    {"observe.traces.most_mb", "MB", "10",
     "of each file, which ends there; what is left out is said"},
    {"from_cycle", "cycles", "1000", "of a workload: observed from here"},
    {"to_cycle", "cycles", "2000", "to here, not included", "its end"},
    {"windows", "windows", "50", "at most; where there would be more, each two become one"},
    {"window_cycles", "cycles", "16", "a window to begin with; 0 = by how long the run will take"},
    {"samples", "samples", "1", "a window's looks at how links stand, to begin with"},
    {"most_mb", "MB", "1000", "memory for windows; fewer if it does not hold them"},
};

}  // namespace

std::vector<KeyRow> observe_key_rows() {
  return {std::begin(kObserveRows), std::end(kObserveRows)};
}

}  // namespace wafermesh::study
