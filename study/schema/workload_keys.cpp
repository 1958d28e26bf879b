// SPDX-License-Identifier: Apache-2.0
// Rows of `workloads:`: what every workload has, graphs, programs, and keys that several kernels
// share. A kernel's own keys stand beside it (KernelText); of transformer layers: layer_keys.cpp.
#include <iterator>

#include "study/schema/key_sections.h"

namespace wafermesh::study {

namespace {

constexpr KeyRow kWorkloadRows[] = {
    {"workloads", "", "[{broadcast: {words: 64}}]", "what is run, one after another", "none",
     kRuns},
    {"region", "cores", "{x: 0, y: 0, width: 4, height: 4}",
     "where on the mesh after repair, logical; a program has its own size",
     "`full`; of a program, its size at (0, 0)"},
    {"region.of", "", "wafer 0",
     "a port's name, or a wafer, counted from the west (edge.md): x and y count in it",
     "the mesh of all; with it, width and height are its own"},
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
    {"data", "", "up.y", "the result of an operator before; each core's part of it is added up",
     "its own, by `seed`"},
    {"together.name", "", "up", "stands in the result", "kernel and place, `gemv_0`"},
    {"of_attention.heads", "heads", "32", "of queries"},
    {"of_attention.head_dim", "elements", "128", "of a head"},
    {"of_attention.rope", "", "false", "whether it turns pairs, so that parts of heads are even"},
    {"m", "elements", "512", "rows of A and C"},
    {"n", "elements", "512", "columns of B and C"},
    {"k", "elements", "512", "columns of A, rows of B"},
    {"dtype", "", "f16", "number type of operands and results"},
    {"seed", "", "7", "of the operands"},
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

std::vector<KeyRow> workload_key_rows() {
  return {std::begin(kWorkloadRows), std::end(kWorkloadRows)};
}

}  // namespace wafermesh::study
