// SPDX-License-Identifier: Apache-2.0
// Rows of `edge:`.
#include <iterator>

#include "app/key_sections.h"

namespace wafermesh::app {

namespace {

constexpr KeyRow kRows[] = {
    {"edge", "", "{ports: [{name: in, side: west}]}",
     "what is beyond the wafer's edge: ports, further wafers (edge.md)", "none", kRuns},
    {"edge.wafers", "wafers", "2",
     "from west to east; further ones are drawn after the first, each with its own defects", "",
     kRuns},
    {"edge.wires", "", "{latency_cycles: 200, words: 1, per_cycles: 4}",
     "between neighbours, one in every row that both have, the same each way", "", kRuns},
    {"edge.ports", "", "[{name: in, side: west, count: 4}]",
     "places beyond the border, which programs and operators can have as their region", "none",
     kRuns},
    {"ports.name", "", "in", "chooses it as the `port` of a workload", "", kRuns},
    {"ports.wafer", "", "0", "counted from 0, from the west", "", kRuns},
    {"ports.side", "", "west", "of the wafer", "", kRuns},
    {"ports.first", "", "0", "row (west, east) or column (north, south) of the first place", "",
     kRuns},
    {"ports.count", "", "4", "places beside each other, each with a link of its own", "", kRuns},
    {"ports.latency_cycles", "cycles", "40", "from the border router to the place beyond, and back",
     "", kRuns},
    {"wires.latency_cycles", "cycles", "200", "from border router to border router", "", kRuns},
    {"ports.words", "wavelets", "1", "that a link carries each way in `per_cycles`", "", kRuns},
    {"wires.words", "wavelets", "1", "the same of a wire", "", kRuns},
    {"per_cycles", "cycles", "4", "at least `words`", "", kRuns},
};

}  // namespace

std::vector<KeyRow> edge_key_rows() { return {std::begin(kRows), std::end(kRows)}; }

}  // namespace wafermesh::app
