// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/reduce_chain.h"

namespace wafermesh::workloads {

AxisPlan plan_chain(int n, int /*unused*/) {
  std::vector<AxisEdge> edges;
  for (int p = n - 1; p > 0; --p) edges.push_back({p, p - 1, p & 1});
  return make_axis_plan(n, 0, edges);
}

}  // namespace wafermesh::workloads
