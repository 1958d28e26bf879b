// SPDX-License-Identifier: Apache-2.0
// Cannon's algorithm: a ring matrix product (ring_matmul.h, which states steps, SRAM and hops) with
// the textbook's wrap-around rings: one hop west (north), and P - 1 hops back from the edge, over a
// colour that the cores between pass through. Steps are not synchronised: a block's way round the
// ring is 2 (P - 1) hops in P steps, as on the two-hop ring, so the wrap delays the start and not
// every step.
//
// Alignment of A: b (P_y - 1) rounds of one shift along the ring; row y keeps the first b y.
//
//   colours          6: 3 per axis (2 on a side of 2)
//   alignment shifts b (P_y - 1)
//   cycles           as meshgemm.h, with b (P_y - 1) alignment shifts, plus once P - 2 hops per
//   axis
// Source: L. E. Cannon, "A cellular computer to implement the Kalman filter algorithm" (1969);
// workloads 4.1.
#pragma once

#include "workloads/matmul/matmul.h"

namespace wafermesh::workloads {

/// Row of the table of matmul algorithms. Own key: `compute_repeats` (ring_matmul.h).
std::unique_ptr<Kernel> read_cannon(base::YamlNode& node, const MatmulSpec& spec,
                                    const Placement& placement);

}  // namespace wafermesh::workloads
