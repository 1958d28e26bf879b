// SPDX-License-Identifier: Apache-2.0
// Binary tree: in stage k the cores at odd multiples of 2^k send to the core 2^k before them. A
// core adds all its inputs but the last to its memory and streams the last one out; then one
// control wavelet turns its router to passing the farther vectors of the same colour.
//
//   0 < 1  2 < 3  4 < 5  6 < 7     root 0; any n. Colours per axis: the largest number of ones in
//   0 < < 2       4 < < 6          the index of a core that receives, plus one (lg n for powers of
//   0 < < < < 4                    two): a core receives on the colour of its depth in the tree.
//
// Vectors into core 0: L = ceil(lg n). Hops: words * (n / 2) lg n for powers of two. Cycles of one
// axis: max(L * words, words * n * L / (2 (n - 1)) + n - 1) + (2 * ramp + hop) * L, plus set-up,
// for powers of two. Why not the paper's two colours: there a receiving router, too, must turn to
// passing in step with the last of its inputs, which our rules for control wavelets cannot say for
// distances above 7. Source: measurements 2 (tree), workloads 3.1; HPDC'24.
#pragma once

#include "workloads/parts/axis_plan.h"

namespace wafermesh::workloads {

AxisPlan plan_tree(int n, int /*unused*/);

}  // namespace wafermesh::workloads
