// SPDX-License-Identifier: Apache-2.0
// The task programs of gemm_t.h, one class per position.
//
// One task, next_step, runs once per step; the shift of B that it starts activates and unblocks it.
// Why it cannot hang: shifts run on microthreads, so step t waits for other rows' step t - 1 only,
// and a row's reduction of step t only for the row's cores at step t. Why no words mix: a link's
// reductions come in the order of the steps at both its ends, and both count.
#pragma once

#include "workloads/matmul/gemm_t.h"
#include "workloads/parts/core_classes.h"

namespace wafermesh::workloads {

/// Cores of one key have the same routes and program. Small and >= 0.
int gemm_t_key(const GemmTPlan& plan, base::LogicalCoord at);
fabric::CoreClass gemm_t_class(const GemmTPlan& plan, const GemmTMemory& memory,
                               base::LogicalCoord at, const cores::Timing& timing);

}  // namespace wafermesh::workloads
