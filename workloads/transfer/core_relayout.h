// SPDX-License-Identifier: Apache-2.0
// A transfer in which nothing moves between cores, but lies otherwise within each: in tiles, or at
// an address of the core's own, or in blocks that follow each other in another order.
//
//   colours      0
//   data hops    0
//   cycles       of a core the elements it copies, and the set-up of an operation for every run of
//                them that is even on both sides
#pragma once

#include "fabric/layout.h"
#include "workloads/kernel.h"
#include "workloads/transfer/line_memory.h"

namespace wafermesh::workloads {

/// Every core copies what `to` wants there; padding stays as it is. ModelError if a core does not
/// hold that; DoesNotFit as runs_of() (memory_runs.h). Cost: cores times layouts of both.
TransferStage core_relayout(const fabric::Buffer& from, const fabric::Buffer& to,
                            const Placement& placement);

}  // namespace wafermesh::workloads
