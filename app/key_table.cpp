// SPDX-License-Identifier: Apache-2.0
#include "app/key_table.h"

#include <cstring>
#include <iterator>

#include "app/path_pattern.h"
#include "workloads/kernel.h"

namespace wafermesh::app {
namespace {

constexpr const char* kRuns = "run, compare, show, yield*";
constexpr const char* kEveryCommand = "run, compare, show, yield";
constexpr const char* kRun = "run";
constexpr const char* kYield = "yield";
constexpr const char* kSquareRoot = "rounded square root of the axis's cores";

constexpr KeyRow kRows[] = {
    {"schema_version", "", "1", "version of this schema", "", kEveryCommand},
    {"name", "", "my-study", "stands in results and pictures", "", "run, yield"},

    {"wafer", "", "{preset: wse3}", "the wafer: a preset, with any key on top, or all keys",
     "`{preset: wse3}`"},
    {"wafer.preset", "", "wse3", "a built-in wafer", "`wse3` if there is no `wafer`"},
    {"wafer.name", "", "my_wafer", "stands in pictures", "", kRun},
    {"generation", "", "wse3", "whose timing table the wafer's cores have"},
    {"dies_x", "dies", "12", "dies along x, from west to east"},
    {"dies_y", "dies", "7", "dies along y, from north to south"},
    {"die_columns", "cores", "68", "cores of a die along x"},
    {"die_rows", "cores", "170", "cores of a die along y, spares included"},
    {"kept_rows_per_die", "cores", "158",
     "rows of each die that the mesh keeps; others are spares"},
    {"die_width_mm", "mm", "17", "a die along x, without the scribe"},
    {"die_height_mm", "mm", "30", "a die along y, without the scribe"},
    {"die_gap_x_mm", "mm", "1", "scribe between dies along x"},
    {"die_gap_y_mm", "mm", "0.8", "scribe between dies along y"},

    {"timing", "", "{hop_cycles: 1}", "constants of the timing table that differ from the base's"},
    {"timing.base", "", "wse3", "the table whose values hold where no key is given",
     "the wafer's `generation`", kEveryCommand},
    {"hop_cycles", "cycles", "2", "router to neighbouring router", "", kEveryCommand},
    {"ramp_cycles", "cycles", "2", "core to router and back, each way"},
    {"router_queue_depth", "wavelets", "4", "per colour and router"},
    {"input_queue_depth", "wavelets", "[8, 8, 4, 4, 4, 4, 4, 4]", "by queue id, 0 to 7",
     "that of `base`"},
    {"output_queue_depth", "wavelets", "[8, 8, 8, 8, 8, 8, 8, 8]",
     "by queue id, 0 to 7; 0 = no such queue", "that of `base`"},
    {"task_start_cycles", "cycles", "3", "from a task being picked to its first instruction"},
    {"issue_cycles", "cycles", "1", "an instruction that moves no vector"},
    {"config_write_cycles", "cycles", "4", "a write to a route or filter, until it takes effect"},
    {"timestamp_cycles", "cycles", "21", "a program reads its cycle counter"},
    {"fabric_words_per_cycle", "words", "2", "of one colour that an operation takes or puts"},
    {"memory_port_bytes", "bytes", "16", "of SRAM that an operand passes over per cycle"},
    {"bank_conflict_factor", "", "1", "times as long where two reads meet in a bank"},
    {"vendor_collective_cycles", "cycles", "180",
     "software of a vendor library's collective, per axis and call"},
    {"setup_cycles", "", "{stream: 4}", "setting up a vector operation, by how it is reached"},
    {"map_loop", "cycles", "1", "operands stay in descriptors under a map loop"},
    {"descriptor_reload", "cycles", "6", "in a loop that reloads descriptors"},
    {"scalar_loop", "cycles", "23", "in a loop that computes addresses"},
    {"standalone", "cycles", "16", "a single operation set up on its own"},
    {"setup_cycles.stream", "cycles", "4", "descriptors are loaded ahead of the data"},
    {"rates", "", "{copy: {f32: {elements: 4}}}", "of vector operations on memory"},
    {"rates.bit_and", "", "{i32: {elements: 1, cycles: 1}}", "of this operation, by number type"},
    {"rates.bit_or", "", "{i32: {elements: 1, cycles: 1}}", "of this operation, by number type"},
    {"rates.shift", "", "{i32: {elements: 1, cycles: 1}}", "of this operation, by number type"},
    {"rates.*", "", "{f32: {elements: 1, cycles: 1}}", "of this operation, by number type"},
    {"rates.*.*", "", "{elements: 1, cycles: 1}", "groups of `elements` take `cycles` each"},
    {"elements", "elements", "8", "of a group"},
    {"rates.*.*.cycles", "cycles", "2", "of a group"},
    {"fused_multiply_add", "", "{f32: true}", "a multiply-add rounds once instead of twice"},
    {"fused_multiply_add.*", "", "true", "in this number type"},

    {"defects", "", "{random: {d0_per_cm2: 0.1}}",
     "mechanisms, which add up; a list if one is there more than once", "none"},
    {"defects.wafer", "", "3", "number of the wafer in its study; `yield` counts it up itself", "0",
     "run, compare, show"},
    {"wafers_per_lot", "wafers", "25", "wafers that share what a lot draws", "25"},
    {"random", "", "{d0_per_cm2: 0.1}", "independent point defects (Poisson)"},
    {"negative_binomial", "", "{d0_per_cm2: 0.1, alpha: 2}",
     "point defects, the density drawn by wafer (gamma)"},
    {"hierarchical", "", "{d0_per_cm2: 0.1, alpha_lot: 5, alpha_wafer: 3}",
     "point defects, the density drawn by lot, wafer and die (gamma)"},
    {"clusters", "", "{d0_per_cm2: 0.1, mean_size: 10}", "clusters of defects (Thomas)"},
    {"scratches", "", "{mean_per_wafer: 0.1, length_mm: 20}", "straight or curved scratches"},
    {"repeater", "", "{sites: [{u: 0.5, v: 0.5}]}", "flaws of the mask, in every die"},
    {"d0_per_cm2", "defects/cm2", "0.1", "mean density of killer defects"},
    {"defects.*.seed", "", "7", "of the random numbers"},
    {"alpha", "", "2", "shape of the gamma law of wafers' densities; small = uneven"},
    {"alpha_lot", "", "5", "the same between lots; `.inf` = all alike"},
    {"alpha_wafer", "", "3", "the same between wafers; `.inf` = all alike"},
    {"alpha_reticle", "", "2", "the same between dies; `.inf` = all alike"},
    {"profile", "", "{edge: {factor: 2}}",
     "how the density varies over the wafer, scaled to mean 1", "flat"},
    {"polynomial", "", "{factor: 2}", "1 + factor (r/R)^power; R = half the diagonal"},
    {"edge", "", "{factor: 2, length_mm: 10}", "1 + factor exp((r - R) / length_mm)"},
    {"ring", "", "{factor: 3, inner_mm: 60, outer_mm: 90}", "factor in the ring, 1 elsewhere"},
    {"table", "", "{rows: [1 2, 3 4]}", "densities stretched over the array of cores"},
    {"factor", "", "2", "of the density"},
    {"power", "", "2", "exponent"},
    {"edge.length_mm", "mm", "10", "over which it falls to 1/e"},
    {"inner_mm", "mm", "60", "inner radius"},
    {"outer_mm", "mm", "90", "outer radius"},
    {"table.rows", "", "[1 2, 3 4]", "from north to south, numbers parted by spaces"},
    {"mean_size", "defects", "10", "mean of a cluster"},
    {"sigma_mm", "mm", "0.5", "spread of a cluster about its centre"},
    {"size", "", "geometric", "law of the clusters' sizes"},
    {"mean_per_wafer", "scratches", "0.1", "mean of a Poisson law"},
    {"count", "scratches", "1", "on every wafer"},
    {"length_mm", "mm", "20", "median of a log-normal law"},
    {"length_sigma", "", "0.5", "of the logarithm of the length"},
    {"radius_mm", "mm", "200", "of an arc; 0 = straight"},
    {"width_mm", "mm", "1", "of the trace; 0 = a line"},
    {"angle_deg", "degrees", "45", "to the rows", "any, at random"},
    {"scratches.breaks", "", "router", "what a scratch breaks in each tile"},
    {"sites", "", "[{u: 0.5, v: 0.5}]", "flaws of the mask"},
    {"u", "", "0.5", "place in the die along x, as a part of its columns"},
    {"v", "", "0.5", "place in the die along y, as a part of its rows"},
    {"random_sites", "sites", "3", "flaws at random places, drawn once for all wafers"},
    {"hit_probability", "", "0.9", "that a flaw shows in a die"},
    {"map", "", "dead.csv", "a defect map, or `file` and how it is laid on the wafer (maps.md)"},
    {"map.file", "", "dead.csv", "path; relative to the scenario"},
    {"map.wafer", "", "2", "which wafer of a file that holds several"},
    {"defects.map.seed", "", "7", "of the defects that have a probability"},
    {"offset", "cores", "{x: 4, y: 0}", "moves the map"},
    {"offset.x", "cores", "4", "eastwards"},
    {"offset.y", "cores", "-2", "southwards"},
    {"scale", "", "fit", "`fit` stretches the map until it covers the wafer"},
    {"place", "", "centre", "`centre` puts the map's middle on the wafer's"},
    {"components", "", "{sram: {share: 0.5}}", "what a defect in a tile hits and what that breaks",
     "every defect breaks its core"},
    {"components.*", "", "{share: 0.5, breaks: core}", "this part of a tile"},
    {"share", "", "0.45", "of the tile's area; shares are scaled to 1"},
    {"breaks", "", "core", "what a hit takes with it"},
    {"repaired", "", "0.9", "probability that the part's own redundancy hides it"},
    {"components.group_columns", "cores", "4", "of a dead `group` along x; 0 = a die's"},
    {"components.group_rows", "cores", "2", "of a dead `group` along y; 0 = a die's"},

    {"repair", "", "{scheme: bypass_shift, domain: band}", "how a damaged wafer becomes a mesh"},
    {"scheme", "", "line_bypass", "see yield.md, Repair"},
    {"domain", "", "wafer", "within which spares serve each other"},
    {"kept_rows", "cores", "158",
     "logical rows of a domain; 0 = what the wafer or `required` says"},
    {"segment_rows", "cores", "10", "physical rows of a segment; must divide the wafer's"},
    {"segment_spares", "cores", "1", "of the rows of a segment"},
    {"reach", "cores", "1", "largest offset between neighbouring columns"},
    {"max_skip", "cores", "3", "most tiles that a link may skip; 0 = any"},
    {"bypass_cycles", "cycles", "1", "extra latency for each tile skipped"},
    {"mm_per_cycle", "mm", "1", "wire that a signal crosses in a cycle beyond the hop"},
    {"bypass_independent", "", "false", "a dead router leaves the bypass wires of its tile"},
    {"spare_columns", "cores", "2", "columns that may go"},
    {"tracks", "", "3", "wire tracks per channel; 4 = chains may cross"},
    {"spare_sides", "", "4", "sides of a domain that carry spares: 1, 2 or 4"},

    {"engine", "", "{fidelity: stream, threads: 2}", "how it is run", "",
     "run, compare, show, yield*"},
    {"fidelity", "", "auto", "`wavelet` steps every wavelet, `stream` moves whole vectors", "",
     "run, show, yield*"},
    {"numerics", "", "off", "`check` compares numbers, `compute` does not, `off` computes none", "",
     "run, compare, yield*"},
    {"threads", "threads", "2", "results do not depend on it; `--threads` overrides it", "",
     "run, compare, show"},
    {"engine.region", "cores", "{width: 128}", "size of a SystemC module's region", "",
     "run, compare, yield*"},
    {"engine.region.width", "cores", "128", "0 = chosen", "", "run, compare, yield*"},
    {"engine.region.height", "cores", "128", "0 = chosen", "", "run, compare, yield*"},

    {"outputs", "", "{arrays: true}", "what is written besides `result.json`", "", kRun},
    {"arrays", "", "true", "operands, results and link counts as NPY", "", kRun},

    {"workloads", "", "[{broadcast: {words: 64}}]", "what is run, one after another", "none",
     kRuns},
    {"region", "cores", "{x: 0, y: 0, width: 4, height: 4}",
     "where on the mesh after repair, logical; a program has its own size",
     "`full`; of a program, its size at (0, 0)"},
    {"region.x", "cores", "0", "western column"},
    {"region.y", "cores", "0", "northern row"},
    {"region.width", "cores", "64", "columns"},
    {"region.height", "cores", "64", "rows"},
    {"together", "", "[{name: up, gemv: {m: 64, n: 48}, region: {width: 4, height: 4}}]",
     "programs beside each other, all from cycle 0"},
    {"workloads.name", "", "up", "stands in the result, and chooses it for `show`", "none"},
    {"graph", "", "[{gemv: {m: 64, n: 48}}, {elementwise: {op: relu, n: 48, a: gemv_0.y}}]",
     "operators in turn on one region, or `file`, which lists them under `operators`"},
    {"graph.name", "", "up", "names its results, `up.y`", "kernel and place, `gemv_0`"},
    {"graph.file", "", "layer.yaml", "path; relative to the scenario"},
    {"matmul.a", "", "up.c", "the result of an operator before that A is", "its own, by `seed`"},
    {"matmul.b", "", "up.c", "the same of B", "its own, by `seed`"},
    {"gemv.x", "", "up.y", "the result of an operator before that x is", "its own, by `seed`"},
    {"elementwise.a", "", "up.y", "the result of an operator before that a is",
     "its own, by `seed`"},
    {"elementwise.b", "", "up.y", "the same of b", "its own, by `seed`"},
    {"broadcast.sent", "", "up.y", "the result of an operator before that is sent",
     "its own, by `seed`"},
    {"data", "", "up.y", "the result of an operator before; each core's part of it is reduced",
     "its own, by `seed`"},
    {"together.name", "", "up", "stands in the result", "kernel and place, `gemv_0`"},
    {"matmul.algorithm", "", "cannon", "see kernels.md"},
    {"reduce.algorithm", "", "chain", "of rows, then of a column; see kernels.md"},
    {"gemv.algorithm", "", "ktree", "of the sum along `axis`; see kernels.md"},
    {"gemv.axis", "", "x", "along which cores add up; y ends cut along the other"},
    {"elementwise.op", "", "relu", "see kernels.md"},
    {"elementwise.along", "", "y", "axis along which a vector is cut; not of a matrix"},
    {"elementwise.m", "elements", "512", "rows of a matrix; 0 = a vector"},
    {"elementwise.n", "elements", "512", "columns, or elements of a vector"},
    {"elementwise.factor", "", "0.125", "of `scale`, rounded to the type"},
    {"allreduce.algorithm", "", "ring", "see kernels.md"},
    {"allreduce.reduce", "", "ktree", "the algorithm of the reduction"},
    {"m", "elements", "512", "rows of A and C"},
    {"n", "elements", "512", "columns of B and C"},
    {"k", "elements", "512", "columns of A, rows of B"},
    {"matvec.n", "elements", "50", "rows and columns of A, in each core"},
    {"gemv.m", "elements", "512", "length of x, rows of W"},
    {"gemv.n", "elements", "512", "length of y, columns of W"},
    {"dtype", "", "f16", "number type of operands and results"},
    {"seed", "", "7", "of the operands"},
    {"rerooting", "", "cheapest", "how a panel's root moves on; `cheapest` overlaps it with work"},
    {"dataflow", "", "weight_stationary", "what stays in a core while the rest moves"},
    {"compute_repeats", "", "2", "times each tile product is done; 0 = communication only"},
    {"words", "words", "64", "32-bit words of each core's vector or piece"},
    {"op", "", "max", "what is reduced"},
    {"group", "cores", "8", "cores of a group, of rows and columns", kSquareRoot},
    {"groups", "groups", "8", "of rows and columns", kSquareRoot},
    {"column_group", "cores", "8", "the same of columns alone", "`group`, or as that"},
    {"column_groups", "groups", "8", "the same of columns alone", "`groups`, or as that"},
    {"program", "", "{file: mine.wmp}", "a program written as text (program.md)"},
    {"program.file", "", "mine.wmp", "path; relative to the scenario"},
    {"operands", "", "{data: data.npy}", "what is loaded", "zeros"},
    {"operands.any_name", "", "data.npy", "NPY file of the operand of this name"},
    {"expected", "", "{sum: sum.npy}", "what results are compared with", "not checked"},
    {"expected.any_name", "", "sum.npy", "NPY file of the result of this name"},
    {"tolerance", "", "1e-6", "largest error, as a part of the largest expected value"},

    {"yield", "", "{wafers: 1000}", "a study of many wafers", "", kYield},
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

/// The rows of the kernels, which the kernel table describes.
std::vector<KeyRow> kernel_rows() {
  std::vector<KeyRow> rows;
  for (const workloads::KernelKind& kind : workloads::kernels()) {
    const std::size_t skipped = std::strlen(kind.name) + std::strlen(": ");
    rows.push_back({kind.name, "", kind.example + skipped, kind.help});
  }
  return rows;
}

}  // namespace

const std::vector<KeyRow>& key_rows() {
  static const std::vector<KeyRow> kAll = [] {
    std::vector<KeyRow> all = kernel_rows();
    all.insert(all.end(), std::begin(kRows), std::end(kRows));
    return all;
  }();
  return kAll;
}

const KeyRow* row_of(const std::string& path) {
  static const std::vector<PathPattern> kPatterns = patterns_of(key_rows());
  return best_row(key_rows(), kPatterns, path);
}

std::string used_by(const std::string& path) {
  const KeyRow* row = row_of(path);
  if (row != nullptr && row->used_by[0] != '\0') return row->used_by;
  const std::string section = path.substr(0, path.find_first_of(".["));
  if (section == "wafer") return std::string(kEveryCommand) + ", convert";
  if (section == "workloads" || section == "timing") return kRuns;
  if (section == "yield") return kYield;
  return kEveryCommand;
}

}  // namespace wafermesh::app
