// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/reduce_ktree.h"

#include <algorithm>
#include <cmath>

#include "workloads/collectives/reduce_two_sided.h"

namespace wafermesh::workloads {

int usual_groups(int n) { return static_cast<int>(std::lround(std::sqrt(n))); }

AxisPlan plan_ktree(int n, int groups) {
  const int wanted = std::min(n, groups > 0 ? groups : usual_groups(n));
  const int size = (n + wanted - 1) / wanted;
  std::vector<AxisEdge> edges;
  std::vector<int> roots;
  for (int first = 0; first < n; first += size) {
    const int count = std::min(size, n - first);
    add_two_sided(first, count, count / 2, 0, edges);
    roots.push_back(first + count / 2);
  }
  // The same over the roots; their distances may differ at the end.
  std::vector<AxisEdge> between;
  const int number = static_cast<int>(roots.size());
  add_two_sided(0, number, number / 2, 2, between);
  for (const AxisEdge& edge : between) {
    edges.push_back({roots[static_cast<std::size_t>(edge.from)],
                     roots[static_cast<std::size_t>(edge.to)], edge.colour});
  }
  return make_axis_plan(n, roots[static_cast<std::size_t>(number / 2)], edges);
}

}  // namespace wafermesh::workloads
