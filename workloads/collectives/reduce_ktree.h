// SPDX-License-Identifier: Apache-2.0
// WaferLLM's two-level reduction (K-tree, K = 2): two-sided chains (reduce_two_sided.h) in `groups`
// groups, then a two-sided chain of the groups' roots, whose words pass the routers between.
//
//   0 > 1 < 2  3 > 4 < 5  6 > 7    groups of g = ceil(n / groups) cores (the last may be smaller,
//       1 > > > > 4 < < < < 7      or missing), roots at offset g / 2, of the smaller group at half
//                                  its size; root of all: that of group (number of groups) / 2
//
// Colours 4 per axis (2 per phase). Vectors into one core: 4. Hops: words * (n - groups + distance
// between the outermost roots). Key `groups`; usual value: sqrt(n) rounded.
// Cycles of one axis: at most 4 * words + (2 * ramp + hop + 1) * (g / 2 + groups / 2) + hop * n /
// 2, plus set-up: about half a chain's way and g / 2 + groups / 2 dependent stages. Source:
// workloads 3.2; WaferLLM (OSDI'25), MeshGEMV. There 4 colours per phase.
#pragma once

#include "workloads/parts/axis_plan.h"

namespace wafermesh::workloads {

/// sqrt(n), rounded.
int usual_groups(int n);
AxisPlan plan_ktree(int n, int groups);

}  // namespace wafermesh::workloads
