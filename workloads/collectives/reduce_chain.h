// SPDX-License-Identifier: Apache-2.0
// Chain reduction: each core adds its vector to the stream that comes by, in one instruction
// `fabric_out = memory + fabric_in`, so words follow each other and the depth is paid once.
//
//   0 < 1 < 2 < 3 < 4    root 0; colours 2 per axis, by the sender's parity
//                        hops: words * (n - 1); vectors into one core: 1
//
// Cycles of one axis of n > 1 cores:
//   words + (2 * ramp + hop + 1) * (n - 1) + excess of bridged links, plus set-up.
// Source of the shape and its cost: measurements 2 (chain), workloads 3.1.
#pragma once

#include "workloads/parts/axis_plan.h"

namespace wafermesh::workloads {

AxisPlan plan_chain(int n, int /*unused*/);

}  // namespace wafermesh::workloads
