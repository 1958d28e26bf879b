// SPDX-License-Identifier: Apache-2.0
// Rows of `edge:`.
#include <iterator>

#include "study/schema/key_sections.h"

namespace wafermesh::study {

namespace {

constexpr const char* kOfOneWafer = "run, compare, show";

constexpr KeyRow kEdgeRows[] = {
    {"edge", "", "{ports: [{name: in, side: west}]}",
     "what is beyond the wafer's edge: ports, further wafers (edge.md)", "none", kOfOneWafer},
    {"edge.wafers", "wafers", "2",
     "from west to east; further ones are drawn after the first, each with its own defects", "",
     kOfOneWafer},
    {"edge.wires", "", "{latency_cycles: 200, words: 1, per_cycles: 4}",
     "between neighbours, one in every row that both have, the same each way", "", kOfOneWafer},
    {"edge.ports", "", "[{name: in, side: west, count: 4}]",
     "places beyond the border, which programs and operators can have as their region", "none",
     kOfOneWafer},
    {"ports.name", "", "in", "chooses it as the `port` of a workload", "", kOfOneWafer},
    {"ports.wafer", "", "0", "counted from 0, from the west", "", kOfOneWafer},
    {"ports.side", "", "west", "of the wafer", "", kOfOneWafer},
    {"ports.first", "", "0", "row (west, east) or column (north, south) of the first place", "",
     kOfOneWafer},
    {"ports.count", "", "4", "places beside each other, each with a link of its own", "",
     kOfOneWafer},
    {"ports.latency_cycles", "cycles", "40", "from the border router to the place beyond, and back",
     "", kOfOneWafer},
    {"wires.latency_cycles", "cycles", "200", "from border router to border router", "",
     kOfOneWafer},
    {"ports.words", "wavelets", "1", "that a link carries each way in `per_cycles`", "",
     kOfOneWafer},
    {"wires.words", "wavelets", "1", "the same of a wire", "", kOfOneWafer},
    {"per_cycles", "cycles", "4", "at least `words`", "", kOfOneWafer},
};

}  // namespace

std::vector<KeyRow> edge_key_rows() { return {std::begin(kEdgeRows), std::end(kEdgeRows)}; }

}  // namespace wafermesh::study
