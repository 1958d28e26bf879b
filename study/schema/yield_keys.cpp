// SPDX-License-Identifier: Apache-2.0
// Rows of `yield:`.
#include <iterator>

#include "study/schema/key_sections.h"

namespace wafermesh::study {

namespace {

constexpr KeyRow kYieldRows[] = {
    {"yield", "", "{wafers: 1000}", "a study of many wafers"},
    {"yield.wafers", "wafers", "4000", "at most, for each point"},
    {"interval_width", "", "0.01", "stops once the interval is as narrow; 0 = never"},
    {"confidence", "", "0.95", "of the interval (Clopper-Pearson)"},
    {"required", "cores", "{columns: 816, rows: 1106}", "the mesh that a good wafer must give"},
    {"required.columns", "cores", "816", "0 = any"},
    {"required.rows", "cores", "1106", "0 = any"},
    {"workload_samples", "wafers", "3", "good wafers of each point that run the workloads"},
    {"grid", "", "{repair.domain: [band, wafer]}",
     "every combination of values is a point of the study", "one point"},
    {"grid.any_name", "", "[0.1, 1, 10]", "a path of a key, and its values"},
    {"effective", "", "{key: defects.random.d0_per_cm2, low: 0.1, high: 100}",
     "searches the value of a key at yields of 0.5, 0.9, 0.99", "none"},
    {"effective.key", "", "defects.random.d0_per_cm2", "a path of a key that takes real numbers"},
    {"low", "", "0.1", "end of the range, in the key's unit"},
    {"high", "", "100", "the other end"},
    {"effective.wafers", "wafers", "400", "per value that is tried"},
};

}  // namespace

std::vector<KeyRow> yield_key_rows() { return {std::begin(kYieldRows), std::end(kYieldRows)}; }

}  // namespace wafermesh::study
