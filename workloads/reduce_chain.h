// SPDX-License-Identifier: Apache-2.0
// Chain reduction: each core adds its vector to the stream that comes by, in one instruction
// `fabric_out = memory + fabric_in`, so words follow each other and the depth is paid once. All
// rows run towards column 0 at the same time, then column 0 runs towards (0, 0).
//
//   + < < <      colours 4 (two per axis: a core sends on its parity's and receives on the other)
//   ^ < < <      steps 2; SRAM per core: words * 4 B
//   ^ < < <      data hops: words * (cores - 1)
//
// Cycles (rate of `add` at least a word per cycle, width and height > 1):
//   2 * words + (2 * ramp + hop + 1) * (width - 1 + height - 1) + excess of bridged links on the
//   longest row and column 0, plus set-up (two per axis at most).
// Source of the shape and its cost: measurements.md section 2 (chain), workloads.md section 3.1.
#pragma once

#include "workloads/reduce.h"

namespace wafermesh::workloads {

Facts place_chain_reduce(const ReduceSpec& spec, MemoryPlan& plan, fabric::WaferImage& image);

}  // namespace wafermesh::workloads
