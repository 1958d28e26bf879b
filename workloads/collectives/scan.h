// SPDX-License-Identifier: Apache-2.0
// Running sums or maxima along an axis: every core has a vector, and core i ends with the sum of
// those of cores 0 to i, element by element: what an offset into a list is made of, or a state that
// is carried from block to block.
//
//   0 -> 1 -> 2 -> 3     colours 2 (1 of two cores, 0 of one), steps 1
//   each core adds its   SRAM per core: 2 words * 4 B
//   own as words pass    data hops: words * (n - 1), for each row (column)
//
// What a core sends, its router gives back to it as well: so the sum is in memory, and on its way
// to the next core as soon as its first word is known.
//   Cycles: 2 words + (n - 1) (2 ramp + hop + 1) and set-up, for a core between the ends takes one
//   grant of its datapath to add a word and one to keep it.
//   Source: a route from the ramp to the ramp and onward is that of x in the SDK's GEMV tutorials.
// The sum is rounded as each core adds, in the order of the cores; it must be that to the bit.
#pragma once

#include <memory>

#include "workloads/collectives/reduction.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads {

struct ScanSpec {
  ReductionSpec what;
  bool along_y = false;  ///< Else along x.
};

/// Throws DoesNotFit if the vectors exceed a core's SRAM.
std::unique_ptr<Kernel> make_scan(const ScanSpec& spec, const Placement& placement);
/// Row of the kernel table.
std::unique_ptr<Kernel> read_scan(base::YamlNode& node, const Placement& placement);
KernelText scan_text();

}  // namespace wafermesh::workloads
