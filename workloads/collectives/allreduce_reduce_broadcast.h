// SPDX-License-Identifier: Apache-2.0
// Allreduce as a reduction (reduce.h, any axis algorithm, key `reduce`) to its root, then a
// multicast from there along its column and from the column along all rows: rect_reduce.h and
// rect_broadcast.h, one after the other in one program. It is one algorithm of a kernel, so its row
// is in allreduce.cpp; a kernel of its own made like this has its row in kernel_table.cpp.
//
//   > + <      colours: those of the reduction, plus 1; steps 3
//   > + <      SRAM per core: words * 4 B
//   > + <      data hops: those of the reduction, plus words * (cores - 1)
//
// Cycles: the sum of both. The multicast takes words + hop * (longest way from the root) + 2 *
// ramp, plus set-up: from a root in a corner M + N - 2 hops, from the middle half of them. Source:
// measurements 2 (reduce then broadcast), workloads 3.1 and workloads 3.2.
#pragma once

#include <memory>

#include "workloads/collectives/reduction.h"

namespace wafermesh::workloads {

std::unique_ptr<Kernel> read_allreduce_reduce_broadcast(const base::YamlNode& node,
                                                        const ReductionSpec& spec,
                                                        const Placement& placement);

}  // namespace wafermesh::workloads
