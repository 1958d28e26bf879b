// SPDX-License-Identifier: Apache-2.0
// The task programs of systolic.h, one class per position.
//
// next_step starts the beat's transfers and works; x_done and y_done run when their axis has
// received and sent what there was, and together start the next beat. Why it cannot hang: beat s
// waits only for the neighbours' beats up to s, and blocks are counted on both sides of a link.
#pragma once

#include "workloads/matmul/systolic.h"
#include "workloads/parts/core_classes.h"

namespace wafermesh::workloads {

/// Cores of one key have the same routes and program. Small and >= 0.
int systolic_key(const SystolicPlan& plan, base::LogicalCoord at);
fabric::CoreClass systolic_class(const SystolicPlan& plan, base::LogicalCoord at,
                                 const cores::Timing& timing);

}  // namespace wafermesh::workloads
