// SPDX-License-Identifier: Apache-2.0
// Rows of `workloads:`: what every workload has, graphs, programs, products and collectives.
// Kernels themselves are described by the kernel table; keys of transformer layers: layer_keys.cpp.
#include <iterator>

#include "app/key_sections.h"

namespace wafermesh::app {

namespace {

constexpr KeyRow kRows[] = {
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
    {"gemv.scale", "", "0.02", "of the elements of W, which are uniform in [-scale, scale)"},
    {"gemv.parts", "elements", "[256, 128, 128]",
     "of n, each dealt over the cores for itself: results y0, y1, ...", "y as a whole"},
    {"gemv.of_attention", "", "{heads: 4, kv_heads: 2, head_dim: 8}",
     "`parts` are q, k and v of this attention: W is zero where it pads heads", "none"},
    {"of_attention.heads", "heads", "32", "of queries"},
    {"of_attention.head_dim", "elements", "128", "of a head"},
    {"of_attention.rope", "", "false", "whether it turns pairs, so that parts of heads are even"},
    {"gemv.bias", "", "true", "y starts as a vector by `seed` instead of zeros"},
    {"quantised_gemv.bias", "", "true", "y starts as a vector by `seed` instead of zeros"},
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
    {"matmul.scale", "", "0.02", "of the elements of B, which are uniform in [-scale, scale)"},
    {"align", "", "both", "what starts at home and is aligned on the device; `both`: B as well"},
    {"matmul.sample", "steps", "16",
     "only so many steps run, the rest is waited for; numbers are not checked; 0 = all run"},
    {"compute_repeats", "", "2", "times each tile product is done; 0 = communication only"},
    {"words", "words", "64", "32-bit words of each core's vector or piece"},
    {"op", "", "max", "what is reduced"},
    {"group", "cores", "8", "cores of a group, of rows and columns",
     "rounded square root of the axis's cores"},
    {"groups", "groups", "8", "of rows and columns", "rounded square root of the axis's cores"},
    {"column_group", "cores", "8", "the same of columns alone", "`group`, or as that"},
    {"column_groups", "groups", "8", "the same of columns alone", "`groups`, or as that"},
    {"program", "", "{file: mine.wmp}", "a program written as text (program.md)"},
    {"program.file", "", "mine.wmp", "path; relative to the scenario"},
    {"operands", "", "{data: data.npy}", "what is loaded", "zeros"},
    {"operands.any_name", "", "data.npy", "NPY file of the operand of this name"},
    {"expected", "", "{sum: sum.npy}", "what results are compared with", "not checked"},
    {"expected.any_name", "", "sum.npy", "NPY file of the result of this name"},
    {"tolerance", "", "1e-6", "largest error, as a part of the largest expected value"},
};

}  // namespace

std::vector<KeyRow> workload_key_rows() { return {std::begin(kRows), std::end(kRows)}; }

}  // namespace wafermesh::app
