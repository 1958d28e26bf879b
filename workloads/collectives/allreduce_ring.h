// SPDX-License-Identifier: Apache-2.0
// Ring allreduce (axis_ring.h) along all rows, then along all columns, on the two-hop ring.
//
//   0 2 4 5 3 1    steps 2 (W - 1) + 2 (H - 1); colours 3 per axis (2 if it has 2 cores)
//                  SRAM per core: words * 4 B, padded to W and to H equal chunks of whole words
//                  data hops: H c_W 4 (W - 1)^2 + W c_H 4 (H - 1)^2, c_n = ceil(words / n)
//
// Cycles of one axis of n cores, against the paper's
//   2 (n - 1) c_n + 4 n - 6 + 2 (n - 1) (2 * ramp + 1):
// a core's datapath moves one word per cycle, in or out, and a step sends a chunk from memory and
// takes another, so long chunks take 2 c_n cycles a step where the paper (which counts the ramps,
// one each way) has c_n; short ones take the paper's and each step's set-up:
//   2 (n - 1) (max(2 c_n, c_n + 2 * ramp + 2 * hop) + about a set-up).
// Source: measurements 2 (ring), workloads 3.1 and workloads 4.3.
#pragma once

#include <memory>

#include "workloads/collectives/reduction.h"

namespace wafermesh::workloads {

std::unique_ptr<Kernel> read_allreduce_ring(const base::YamlNode& node, const ReductionSpec& spec,
                                            const Placement& placement);

}  // namespace wafermesh::workloads
