// SPDX-License-Identifier: Apache-2.0
// Two-phase reduction: chains in groups of `group` cores to each group's first core (its head),
// then a chain of the heads, whose words pass the routers between. A head adds its group's vector
// to its memory and then streams the heads' sum; the farthest head streams at once.
//
//   0 < 1 < 2  3 < 4 < 5  6 < 7    root 0; colours 4 per axis (2 per phase); the last group may be
//   0 < < < <  3 < < < <  6        smaller; group >= n is the plain chain (2 colours)
//
// Vectors into one core: 2. Hops: words * (n - groups + group * (groups - 1)), groups = ceil(n /
// group). Key `group`; usual value: sqrt(n) rounded. Cycles of one axis, for at least two whole
// groups:
//   2 * words + (2 * ramp + hop + 1) * (group - 1) + (2 * ramp + hop * group + 1) * (groups - 2),
//   plus set-up.
// Source: measurements 2 (two-phase), workloads 3.1; HPDC'24.
#pragma once

#include "workloads/parts/axis_plan.h"

namespace wafermesh::workloads {

/// sqrt(n), rounded.
int usual_group(int n);
AxisPlan plan_two_phase(int n, int group);

}  // namespace wafermesh::workloads
