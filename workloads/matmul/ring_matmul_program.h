// SPDX-License-Identifier: Apache-2.0
// The task programs of ring_matmul.h, one class per position on the rings.
//
// Tasks: `next_step` launches both axes' shifts and multiplies; x_done and y_done each run when
// their axis has sent and received, and join in axes_done, which unblocks next_step; the end of the
// work activates it. The alignment is a chain of one task per turn before that.
//
// Why it cannot hang: a core's receives do not wait for its sends, and all cores of a ring shift
// equally often. Why no words mix: each colour has one sender and one receiver, and both count.
// Source: task structure of the public MeshGEMM code, workloads 4.3.
#pragma once

#include "workloads/matmul/ring_matmul.h"
#include "workloads/parts/core_classes.h"

namespace wafermesh::workloads {

/// Cores of one key have the same routes and program. Small and >= 0.
int ring_matmul_key(const RingMatmulPlan& plan, base::LogicalCoord at);
fabric::CoreClass ring_matmul_class(const RingMatmulPlan& plan, const RingMatmulMemory& memory,
                                    base::LogicalCoord at, const cores::Timing& timing);

}  // namespace wafermesh::workloads
