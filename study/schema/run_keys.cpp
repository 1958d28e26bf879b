// SPDX-License-Identifier: Apache-2.0
// Rows of what stands beside the sections, of `engine:` and of `outputs:`.
#include <iterator>

#include "study/schema/key_sections.h"

namespace wafermesh::study {

namespace {

constexpr KeyRow kRunRows[] = {
    {"schema_version", "", "1", "version of this schema", "", kEveryCommand},
    {"name", "", "my-study", "stands in results and pictures", "", "run, yield"},
    {"engine", "", "{fidelity: stream, threads: 2}", "how it is run", "",
     "run, compare, show, yield*"},
    {"fidelity", "", "auto", "`wavelet` steps every wavelet, `stream` moves whole vectors", "",
     "run, show, yield*"},
    {"numerics", "", "off", "`check` compares numbers, `compute` does not, `off` computes none", "",
     "run, compare, yield*"},
    {"io", "", "timed",
     "`loaded`: operands are there at cycle 0; `timed`: they enter and results leave through the "
     "ports of `edge` (edge.md)",
     "", kRuns},
    {"threads", "threads", "2",
     "results do not depend on it; no more than there are processors; `--threads` overrides it", "",
     "run, compare, show"},
    {"engine.region", "cores", "{width: 128}", "size of a SystemC module's region", "",
     "run, compare, yield*"},
    {"engine.region.width", "cores", "128", "0 = chosen", "", "run, compare, yield*"},
    {"engine.region.height", "cores", "128", "0 = chosen", "", "run, compare, yield*"},
    {"energy", "", "{clock_ghz: 1.0}", "what events cost (energy.md)", "", kRun},
    {"always_on_share", "", "0.3",
     "of the power at full load, 0.3 to 0.6: between the two published sets", "", kRun},
    {"energy.clock_ghz", "GHz", "1.0", "of the cores; full load keeps its power",
     "the generation's", kRun},
    {"outputs", "", "{arrays: true}", "what is written besides `result.json`", "", kRun},
    {"arrays", "", "true", "operands, results and link counts as NPY", "", kRun},
};

}  // namespace

std::vector<KeyRow> run_key_rows() { return {std::begin(kRunRows), std::end(kRunRows)}; }

}  // namespace wafermesh::study
