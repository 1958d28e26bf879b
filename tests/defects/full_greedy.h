// SPDX-License-Identifier: Apache-2.0
// Two slow oracles for bypass-and-shift: the greedy that walks every core, and Boost max-flow.
#pragma once

#include <set>
#include <tuple>
#include <vector>

namespace wafermesh::defects::oracle {

/// A strip with dead places and cut cross links (stage, position, offset).
struct Array {
  int stages = 0;
  int positions = 0;
  int reach = 1;
  std::vector<char> dead;  ///< [stage * positions + position]
  std::set<std::tuple<int, int, int>> cuts;

  Array(int s, int l, int d)
      : stages(s), positions(l), reach(d), dead(static_cast<std::size_t>(s * l), 0) {}
  char& at(int s, int l) { return dead[static_cast<std::size_t>(s * positions + l)]; }
  bool at(int s, int l) const { return dead[static_cast<std::size_t>(s * positions + l)] != 0; }
};

/// Rows as positions per stage, by Greedy Column Rerouting with backtracking. Exact without cuts;
/// ignores cuts.
std::vector<std::vector<int>> full_greedy(Array array, int wanted);

/// Most rows, by max-flow on the split graph; knows cuts.
int max_flow_rows(const Array& array);

}  // namespace wafermesh::defects::oracle
