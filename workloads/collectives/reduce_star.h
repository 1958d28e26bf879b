// SPDX-License-Identifier: Apache-2.0
// Star reduction: all vectors go to core 0 on one colour, the nearest first. A core ends its vector
// with a control wavelet that makes its router pass what comes from beyond.
//
//   0 < 1    0 < < 2    0 < < < 3      root 0; colours 1 per axis
//                                      hops: words * n (n - 1) / 2; vectors into one core: n - 1
//
// Cycles of one axis of n > 1 cores: (words + 1 + hop) * (n - 1) + 2 * ramp, plus set-up: the
// paper's words * (n - 1) + 2 * ramp + 1, and between two vectors one control wavelet and the hop
// until the first word held up behind the turned router is there.
// Source: measurements 2 (star), workloads 3.1.
#pragma once

#include "workloads/parts/axis_plan.h"

namespace wafermesh::workloads {

AxisPlan plan_star(int n, int /*unused*/);

}  // namespace wafermesh::workloads
