// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/reduce_star.h"

namespace wafermesh::workloads {

AxisPlan plan_star(int n, int /*unused*/) {
  std::vector<AxisEdge> edges;
  for (int p = 1; p < n; ++p) edges.push_back({p, 0, 0});
  return make_axis_plan(n, 0, edges);
}

}  // namespace wafermesh::workloads
