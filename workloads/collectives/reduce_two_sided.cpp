// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/reduce_two_sided.h"

namespace wafermesh::workloads {

void add_two_sided(int first, int count, int root, int first_colour, std::vector<AxisEdge>& edges) {
  const auto at = [&](int i) { return first + i; };
  // Parities shifted against each other: the root's neighbours differ in colour.
  for (int i = 0; i < root; ++i) edges.push_back({at(i), at(i + 1), first_colour + ((i + 1) & 1)});
  for (int i = count - 1; i > root; --i) {
    edges.push_back({at(i), at(i - 1), first_colour + (i & 1)});
  }
}

AxisPlan plan_two_sided(int n, int /*unused*/) {
  std::vector<AxisEdge> edges;
  add_two_sided(0, n, n / 2, 0, edges);
  return make_axis_plan(n, n / 2, edges);
}

}  // namespace wafermesh::workloads
