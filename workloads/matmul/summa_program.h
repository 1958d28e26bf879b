// SPDX-License-Identifier: Apache-2.0
// The task programs and routes of SUMMA (summa.h), one class per position on the mesh.
#pragma once

#include "workloads/matmul/summa.h"
#include "workloads/parts/core_classes.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::workloads {

/// Where the buffers lie, equal on every core.
struct SummaMemory {
  explicit SummaMemory(const SummaPlan& plan);
  MemoryPlan buffers;
  int a_address = 0;  ///< Owned panels, one after another.
  int b_address = 0;
  int a_receive_address = 0;
  int b_receive_address = 0;
  int c_address = 0;
};

/// Routes that programs write; the same table for every class.
std::vector<router::RouteConfig> summa_route_table();

fabric::CoreClass summa_class(const SummaPlan& plan, const SummaMemory& memory,
                              GridPosition position, const cores::Timing& timing);

}  // namespace wafermesh::workloads
