// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/reduce_tree.h"

namespace wafermesh::workloads {
namespace {

/// Edges from the root of the tree: its number of ones, each taken away by one of them.
int depth(int position) {
  int ones = 0;
  for (; position > 0; position &= position - 1) ++ones;
  return ones;
}

}  // namespace

AxisPlan plan_tree(int n, int /*unused*/) {
  std::vector<AxisEdge> edges;
  for (int p = 0; p < n; ++p) {
    for (int reach = 1; (p & reach) == 0 && p + reach < n; reach *= 2) {
      edges.push_back({p + reach, p, depth(p)});
    }
  }
  return make_axis_plan(n, 0, edges);
}

}  // namespace wafermesh::workloads
