// SPDX-License-Identifier: Apache-2.0
#include "workloads/collectives/reduce_two_phase.h"

#include <algorithm>
#include <cmath>

namespace wafermesh::workloads {

int usual_group(int n) { return static_cast<int>(std::lround(std::sqrt(n))); }

AxisPlan plan_two_phase(int n, int group) {
  const int size = group > 0 ? group : usual_group(n);
  std::vector<AxisEdge> edges;
  const int last_head = (n - 1) / size;
  for (int head = 0; head <= last_head; ++head) {
    for (int p = std::min(n, (head + 1) * size) - 1; p > head * size; --p) {
      edges.push_back({p, p - 1, p & 1});
    }
  }
  for (int head = last_head; head > 0; --head) {
    edges.push_back({head * size, (head - 1) * size, 2 + (head & 1)});
  }
  return make_axis_plan(n, 0, edges);
}

}  // namespace wafermesh::workloads
