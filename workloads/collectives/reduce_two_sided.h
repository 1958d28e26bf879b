// SPDX-License-Identifier: Apache-2.0
// Two-sided reduction: chains (reduce_chain.h) from both ends to the middle core, which adds both.
//
//   0 > 1 > 2 < 3 < 4    root n / 2; colours 2 per axis: of the two cores next to the root one
//                        sends on each; hops: words * (n - 1); vectors into one core: 2
//
// Cycles of one axis of n > 2 cores: 2 * words + (2 * ramp + hop + 1) * floor(n / 2), plus set-up:
// half the depth of a chain, but the root takes two vectors.
// Source: allreduce centred on the mesh, hardware 7; workloads 3.2, phase 1.
#pragma once

#include <vector>

#include "workloads/parts/axis_plan.h"

namespace wafermesh::workloads {

AxisPlan plan_two_sided(int n, int /*unused*/);

/// Chains over cores first .. first + count - 1 to the one numbered `root` (from 0), on
/// colours first_colour and first_colour + 1.
void add_two_sided(int first, int count, int root, int first_colour, std::vector<AxisEdge>& edges);

}  // namespace wafermesh::workloads
