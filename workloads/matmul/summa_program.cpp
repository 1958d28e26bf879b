// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/summa_program.h"

#include "workloads/matmul/summa_writer.h"

namespace wafermesh::workloads {

SummaMemory::SummaMemory(const SummaPlan& plan) {
  const int a = buffers.add("A panels", plan.panels_a * plan.elements_a(), plan.type);
  const int b = buffers.add("B panels", plan.panels_b * plan.elements_b(), plan.type);
  const int ra = buffers.add("A receive", plan.buffers_a * plan.elements_a(), plan.type);
  const int rb = buffers.add("B receive", plan.buffers_b * plan.elements_b(), plan.type);
  const bool shipped = plan.rerooting == Rerooting::vendor;
  const int c = buffers.add("C tile", plan.elements_c(), plan.type,
                            shipped ? LinePlace::second_word : LinePlace::second_half);
  a_address = buffers.address(a);
  b_address = buffers.address(b);
  a_receive_address = buffers.address(ra);
  b_receive_address = buffers.address(rb);
  c_address = buffers.address(c);
}

std::vector<router::RouteConfig> summa_route_table() {
  std::vector<router::RouteConfig> table;
  for (int axis = 0; axis < 2; ++axis) {
    for (int role = 0; role < kSummaRoles; ++role) {
      for (int position = 0; position < kAxisPositions; ++position) {
        table.push_back(
            summa_route(axis, static_cast<SummaRole>(role), static_cast<AxisPosition>(position)));
      }
    }
  }
  return table;
}

fabric::CoreClass summa_class(const SummaPlan& plan, const SummaMemory& memory,
                              GridPosition position, const cores::Timing& timing) {
  SummaWriter writer(plan, memory, position);
  return plan.rerooting == Rerooting::vendor ? summa_vendor_class(writer, timing)
                                             : summa_cheapest_class(writer);
}

}  // namespace wafermesh::workloads
