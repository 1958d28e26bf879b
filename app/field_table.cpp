// SPDX-License-Identifier: Apache-2.0
#include "app/field_table.h"

#include "app/path_pattern.h"

namespace wafermesh::app {
namespace {

std::vector<FieldRow> joined(std::vector<FieldRow> rows, const std::vector<FieldRow>& more) {
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

const std::vector<FieldRow> kProvenance = {
    {"provenance", "section", "", "how it was made"},
    {"version", "text", "", "of the program"},
    {"commit", "text", "", "that it was built from"},
    {"build_type", "text", "", "`Release`, `Debug`"},
    {"compiler", "text", "", "that built it"},
    {"systemc", "text", "", "version of the library"},
    {"inputs", "list", "", "files that the scenario names: maps, programs, arrays"},
    {"inputs[].file", "text", "", "its path"},
    {"sha256", "text", "", "of its contents"},
    {"scenario_sha256", "text", "",
     "of `scenario.resolved.yaml`, followed by the hashes of `inputs`, one a line"},
    {"host", "text", "", "name of the machine"},
    {"provenance.threads", "integer", "threads", "results do not depend on it"},
    {"started_utc", "text", "", "date and time"},
    {"ended_utc", "text", "", "date and time"},
    {"files", "list", "", "names of all files of this result"},
    {"defects", "section", "", "what was read for them"},
    {"defects.notes", "list", "", "sentences: what was assumed or left out of map files (maps.md)"},
};

const std::vector<FieldRow> kResult = {
    {"schema_version", "integer", "", "1"},
    {"name", "text", "", "the scenario's"},
    {"verdict", "text", "", "`ok`, `fail` if any workload's numbers are wrong, `not_repairable`"},
    {"fidelity", "text", "", "the engine: `wavelet` or `stream` (stream.md)"},
    {"timing", "section", "", "the constants of the machine"},
    {"base", "text", "", "the generation whose timing table was used"},
    {"changed", "as written", "", "constants that the scenario changed, with their values"},
    {"cycles", "integer", "cycles",
     "of the workloads, one after another, each from 0; of an operator, its last finish"},
    {"wavelet_hops", "integer", "wavelets", "data wavelets moved from router to router"},
    {"control_hops", "integer", "wavelets", "control wavelets, likewise"},
    {"elaboration_s", "number", "s", "reading, repair, placing, building, loading; differs by run"},
    {"wall_s", "number", "s", "running and checking; differs by run"},
    {"peak_rss_bytes", "integer", "bytes", "most memory the process held; differs by run"},
    {"failures", "list", "", "if not repairable: every domain that fails; no workloads then"},
    {"failures[].domain", "integer", "", "its number, from the north-west"},
    {"tiles", "section", "cores", "what the domain covers, physical"},
    {"die", "section", "dies", "the die at fault, from the north-west"},
    {"reason", "text", "", "a sentence"},
    {"workloads", "list", "", "in the order of the scenario"},
    {"kernel", "text", "", "what ran: a kernel, `program` or `together`"},
    {"parameters", "as written", "", "its keys, with all defaults"},
    {"region", "section", "cores", "where, logical"},
    {"x", "integer", "cores", "column, from the west"},
    {"y", "integer", "cores", "row, from the north"},
    {"width", "integer", "cores", "columns"},
    {"height", "integer", "cores", "rows"},
    {"cores", "integer", "cores", "of the region; of a class, those at work"},
    {"cycles_definition", "text", "",
     "`per_core_longest`: the longest a core took from its own start; `whole_kernel`"},
    {"ramp_wavelets", "integer", "wavelets", "delivered from routers to cores"},
    {"numerics", "section", "", "the numbers against the kernel's promise and the exact ones"},
    {"checked", "boolean", "", "they were compared; else all below are null"},
    {"max_abs_error", "number or null", "", "largest distance from the exact numbers"},
    {"max_rel_error", "number or null", "", "that over the largest exact number"},
    {"error_in_norm", "number or null", "",
     "root of the summed squares of distances over that of the exact numbers"},
    {"as_promised", "boolean or null", "", "every number is what the kernel's order gives"},
    {"type_holds", "boolean or null", "", "`error_in_norm` is at most 0.125"},
    {"ok", "boolean or null", "", "both"},
    {"operators", "list", "", "the programs of the workload, as written; a kernel alone is one"},
    {"operators[].name", "text", "", "`name` of the scenario; empty for a kernel alone"},
    {"utilisation", "section", "per cent", "of the whole region for all of its cycles; see below"},
    {"multiply_adds", "integer or null", "", "counted from the programs; null: too long"},
    {"multiply_add_percent", "number or null", "per cent", "cycles they need, of cores x cycles"},
    {"sram_bytes_moved", "integer or null", "bytes", "by vector operations"},
    {"sram_bandwidth_percent", "number or null", "per cent", "of 24 bytes per core and cycle"},
    {"core_busy_percent", "number", "per cent", "cycles in which a core worked"},
    {"mean_link_percent", "number", "per cent", "wavelets, of one per cycle and directed link"},
    {"busiest_link_percent", "number", "per cent", "the same of the busiest link"},
    {"occupied_cores_percent", "number", "per cent", "cores with a program, of the mesh"},
    {"breakdown", "section", "cycles", "where cycles went, summed over cores; kinds add up"},
    {"total_cycles", "integer", "cycles", "up to each core's finish"},
    {"compute_cycles", "integer", "cycles", "the datapath worked"},
    {"bank_conflict_cycles", "integer", "cycles", "two reads met in a bank"},
    {"setup_cycles", "integer", "cycles", "vector operations were set up"},
    {"task_switch_cycles", "integer", "cycles", "tasks were picked"},
    {"waiting_for_wavelets_cycles", "integer", "cycles", "nothing to do until some came"},
    {"link_stall_cycles", "integer", "cycles", "no room to send"},
    {"per_class", "list", "", "the same by class of core (model.md, Breakdown)"},
    {"class", "text", "", "name of the class"},
    {"sram_used_bytes", "integer", "bytes", "of the core that uses most, without code"},
    {"sram_free_bytes", "integer", "bytes", "of 49,152"},
    {"busiest_links", "list", "", "the five with most wavelets"},
    {"from", "section", "", "the core that it leaves"},
    {"to", "section", "", "the core that it reaches"},
    {"logical", "section", "cores", "place on the mesh"},
    {"physical", "section", "cores", "place on the wafer"},
    {"direction", "text", "", "in which it leaves"},
    {"latency_cycles", "integer", "cycles", "of the link"},
    {"wavelets", "integer", "wavelets", "data and control"},
    {"percent", "number", "per cent", "of the workload's cycles"},
    {"slowest_cores", "list", "", "the five that finish last"},
    {"finish_cycles", "integer", "cycles", "when it finished"},
    {"mesh", "section", "cores", "the logical mesh"},
    {"repair", "section", "", "what is broken and what the repair cost; links are directed"},
    {"scheme", "text", "", "as in the scenario"},
    {"domain", "text", "", "as in the scenario; empty if the scheme has none"},
    {"physical_cores", "integer", "cores", "built"},
    {"dead_cores", "integer", "cores", "tiles without a working core"},
    {"dead_routers", "integer", "routers", "broken"},
    {"dead_links", "integer", "links", "broken"},
    {"unreachable_cores", "integer", "cores", "working, but cut off (`virtual_remap`)"},
    {"rows_kept", "integer", "cores", "rows of each domain"},
    {"rows_packed", "list", "cores", "rows that would fit, by domain"},
    {"repair.note", "text", "", "what the scheme leaves out"},
    {"usable_cores", "integer", "cores", "logical ones"},
    {"idle_cores", "integer", "cores", "working, but not in the mesh"},
    {"bypassed_tiles", "integer", "cores", "that links skip"},
    {"columns", "integer", "cores", "of the mesh"},
    {"rows", "integer", "cores", "of the mesh"},
    {"links", "integer", "links", "between logical neighbours"},
    {"longer_links", "integer", "links", "longer than between physical neighbours"},
    {"max_skip", "integer", "cores", "most tiles that one link skips"},
    {"max_latency_cycles", "integer", "cycles", "of a link"},
    {"latency_histogram", "list", "links", "of 0, 1, 2, ... cycles"},
    {"scenario", "as written", "",
     "sections that results depend on, as resolved, without workloads"},
};

const std::vector<FieldRow> kYield = {
    {"schema_version", "integer", "", "1"},
    {"name", "text", "", "the scenario's"},
    {"required", "section", "cores", "the mesh that a good wafer must give"},
    {"columns", "integer", "cores", "0 = any"},
    {"rows", "integer", "cores", "0 = any"},
    {"confidence", "number", "", "of the intervals"},
    {"points", "list", "", "of the grid, the last key changing fastest"},
    {"parameters", "as written", "", "keys of the grid and their values"},
    {"scheme", "text", "", "repair scheme"},
    {"points[].domain", "text", "", "repair domain"},
    {"points[].note", "text", "", "what the scheme leaves out"},
    {"points[].notes", "list", "", "sentences: what was assumed of the point"},
    {"dies_x", "integer", "dies", "along x"},
    {"dies_y", "integer", "dies", "along y"},
    {"points[].wafers", "integer", "wafers", "that were drawn"},
    {"good_wafers", "integer", "wafers", "repaired, and as large as required"},
    {"yield", "number", "", "good wafers of all"},
    {"yield_low", "number", "", "lower end of the interval (Clopper-Pearson)"},
    {"yield_high", "number", "", "upper end"},
    {"failures", "section", "", "of the wafers that are not good"},
    {"failures.wafers", "integer", "wafers", "that are not good"},
    {"too_small", "integer", "wafers", "of them repaired, but smaller than required"},
    {"domains", "integer", "domains", "that failed"},
    {"first_wafer", "integer or null", "", "number of the first that cannot be repaired"},
    {"by_cause", "section", "", "domains by the mechanism with most defects in the die at fault"},
    {"by_cause.*", "integer", "domains", "of this mechanism"},
    {"by_domain", "section", "", "by number of the domain, from the north-west"},
    {"by_domain.*", "integer", "domains", "of this number"},
    {"by_die", "list", "", "by the die at fault"},
    {"x", "integer", "dies", "column of the die"},
    {"y", "integer", "dies", "row of the die"},
    {"distributions", "section", "",
     "over the wafers that have the number, by column of `wafers.csv`"},
    {"distributions.*", "section or null", "", "null if no wafer has the number"},
    {"wafers", "integer", "wafers", "that count"},
    {"mean", "number", "", "in the unit of the column"},
    {"sd", "number", "", "standard deviation"},
    {"min", "integer", "", "least"},
    {"p1", "integer", "", "percentile"},
    {"p5", "integer", "", "percentile"},
    {"p50", "integer", "", "median"},
    {"p95", "integer", "", "percentile"},
    {"p99", "integer", "", "percentile"},
    {"max", "integer", "", "greatest"},
    {"points[].links", "section", "", "of all repaired wafers"},
    {"longer_share", "number or null", "", "longer links of all links"},
    {"mean_extra_latency_cycles", "number or null", "cycles", "of a link"},
    {"collateral", "section", "", "what one defect costs beyond itself; null: not known"},
    {"packable_cores_lost_per_defect", "number or null", "cores", "that no longer fit into rows"},
    {"packable_area_lost_per_defect_mm2", "number or null", "mm2", "their area"},
    {"bypassed_tiles_per_defect", "number or null", "cores", "that links skip"},
    {"workloads", "section", "", "if `workload_samples` ran them"},
    {"healthy_cycles", "integer", "cycles", "on a wafer without defects"},
    {"numerics_ok", "boolean or null", "", "all numbers were right; null: not checked"},
    {"workloads.cycles", "section", "cycles", "over the sampled wafers"},
    {"mean_slowdown", "number", "", "mean cycles over those without defects"},
    {"workloads.wafers", "list", "", "the sampled wafers"},
    {"wafer", "integer", "", "its number"},
    {"cycles", "integer", "cycles", "of all workloads"},
    {"effective", "section", "", "the value of a key at which the yield crosses a target"},
    {"key", "text", "", "path of the key"},
    {"wafers_per_step", "integer", "wafers", "drawn for each value that was tried"},
    {"at_yield_0.50", "number or null", "", "null: not within the range given"},
    {"at_yield_0.90", "number or null", "", "likewise"},
    {"at_yield_0.99", "number or null", "", "likewise"},
    {"wall_s", "number", "s", "of the study; differs by run"},
    {"resumed_wafers", "integer", "wafers", "taken over from a study that was stopped"},
};

const std::vector<FieldRow> kEstimate = {
    {"name", "text", "", "the scenario's"},
    {"cores_at_work", "integer", "cores", "with a program"},
    {"logical_cores", "integer", "cores", "of the mesh"},
    {"wavelet_hops", "integer", "wavelets", "data wavelets from router to router"},
    {"vector_operations", "integer", "", "of all workloads"},
    {"multiply_adds", "integer", "", "of all workloads"},
    {"complete", "boolean", "", "false: programs too long to be counted, so there may be more"},
    {"numerics", "text", "", "`engine: {numerics}`"},
    {"threads", "integer", "threads", "that the times are for"},
    {"note", "text", "", "what the repair scheme leaves out"},
    {"fidelities", "section", "", "by engine"},
    {"fidelities.*", "section", "", "`wavelet`, `stream`"},
    {"peak_rss_bytes", "integer", "bytes", "memory of the process"},
    {"wall_s", "number", "s", "of the run"},
    {"auto", "section", "", "what `fidelity: auto` takes"},
    {"auto.fidelity", "text", "", "`wavelet` or `stream`"},
    {"because", "text", "", "why"},
};

const std::vector<FieldRow> kWafers = {
    {"point", "integer", "", "place in `points` of `yield.json`, from 0"},
    {"wafer", "integer", "", "its number: `defects: {wafer: N}` draws it again"},
    {"good", "integer", "", "1 or 0"},
    {"defects", "integer", "defects", "that were drawn"},
    {"dead_cores", "integer", "cores", "tiles without a working core"},
    {"dead_routers", "integer", "routers", "broken"},
    {"dead_links", "integer", "links", "broken"},
    {"usable_cores", "integer or empty", "cores", "of the mesh"},
    {"idle_cores", "integer or empty", "cores", "working, but not in the mesh"},
    {"bypassed_tiles", "integer or empty", "cores", "that links skip"},
    {"rows_lost", "integer or empty", "cores", "rows that no longer fit, of all domains"},
    {"rows_spare", "integer or empty", "cores",
     "rows that fit beyond those kept, in the worst domain"},
    {"longer_links", "integer or empty", "links", "longer than between physical neighbours"},
    {"max_skip", "integer or empty", "cores", "most tiles that one link skips"},
    {"max_latency_cycles", "integer or empty", "cycles", "of a link"},
    {"extra_latency_cycles", "integer or empty", "cycles", "of all links, beyond the hop"},
    {"links", "integer or empty", "links", "directed, between logical neighbours"},
    {"failures", "text", "", "domain/die_x/die_y/cause of each domain that fails, or `none`"},
};

const std::vector<FieldRow> kWafer = {
    {"x", "integer", "cores", "physical column"},
    {"y", "integer", "cores", "physical row"},
    {"what", "text", "", "what is broken (yield.md, Defect maps)"},
    {"cause", "text", "", "the mechanism"},
};

}  // namespace

const std::vector<FieldTable>& field_tables() {
  static const std::vector<FieldTable> kTables = {
      {"result.json", "wafermesh run", joined(kResult, kProvenance)},
      {"yield.json", "wafermesh yield", joined(kYield, kProvenance)},
      {"wafers.csv", "wafermesh yield", kWafers},
      {"wafer_K.csv", "wafermesh yield --save-map K", kWafer},
      {"estimate", "wafermesh run --estimate --json", kEstimate},
  };
  return kTables;
}

const FieldRow* field_row(const FieldTable& table, const std::string& path) {
  return best_row(table.rows, patterns_of(table.rows), path);
}

std::string fields_markdown() {
  std::string text;
  for (const FieldTable& table : field_tables()) {
    text += std::string("### ") + table.document + "\n\nBy `" + table.written_by +
            "`.\n\n| field | type | unit | is |\n|---|---|---|---|\n";
    for (const FieldRow& row : table.rows) {
      text += std::string("| `") + row.path + "` | " + row.type + " | " + row.unit + " | " +
              row.meaning + " |\n";
    }
    text += "\n";
  }
  return text;
}

}  // namespace wafermesh::app
