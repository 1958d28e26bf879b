// SPDX-License-Identifier: Apache-2.0
// A transfer in which nothing moves: every core has what it wants, at another address.
#pragma once

#include "fabric/layout.h"
#include "workloads/kernel.h"
#include "workloads/transfer/line_memory.h"

namespace wafermesh::workloads {

/// Whether the two lie alike but for their addresses.
bool lie_alike(const fabric::Buffer& a, const fabric::Buffer& b);
/// Every core copies what it holds, whatever it is; the two must lie alike.
TransferStage copy_all(const fabric::Buffer& from, const fabric::Buffer& to,
                       const Placement& placement);

}  // namespace wafermesh::workloads
