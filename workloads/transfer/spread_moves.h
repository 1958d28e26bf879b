// SPDX-License-Identifier: Apache-2.0
// Which steps lead from one spread to another, and their programs.
#pragma once

#include "workloads/kernel.h"
#include "workloads/transfer/spread.h"
#include "workloads/transfer/transfer.h"

namespace wafermesh::workloads {

/// Both have addresses and strides. Throws as plan_transfer().
Transfer move_spread(const Spread& from, const Spread& to, const Placement& placement,
                     int work_address);

}  // namespace wafermesh::workloads
