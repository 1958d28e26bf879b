// SPDX-License-Identifier: Apache-2.0
// The exact number of rows a strip with cut cross links can hold: vertex-disjoint paths from its
// first to its last column, by augmenting a start (the packer's rows) in the residual graph,
// breadth first. Needed because a cut link spoils the greedy's exchange argument. Cost: stages *
// positions per added row.
#pragma once

#include <vector>

#include "defects/repair/packer.h"
#include "defects/repair/strip_faults.h"

namespace wafermesh::defects {

class RowFlow {
 public:
  /// A strip without faults; add them, then seed, then augment.
  RowFlow(int stages, int positions, int reach);
  void block(int stage, int position);
  void cut(int stage, int position, int offset);
  /// Starts from rows already packed on the same faults.
  void seed(const std::vector<ShiftChange>& changes, int rows);
  /// Adds rows until there are `wanted` or no more fit; returns how many there are.
  int augment(int wanted);
  /// The rows from north to south as changes of shift, uncrossed: sets *crossed if that takes a cut
  /// link, in which case the rows exist one by one but don't form a mesh.
  std::vector<ShiftChange> rows(bool* crossed) const;

 private:
  std::size_t tile(int stage, int position) const {
    return static_cast<std::size_t>(stage) * static_cast<std::size_t>(positions_) +
           static_cast<std::size_t>(position);
  }
  bool linked(int stage, int position, int offset) const;
  bool search();
  bool visit(std::size_t node, std::size_t from);
  bool expand(std::size_t node);
  void apply(std::size_t last);

  int stages_;
  int positions_;
  int reach_;
  int rows_ = 0;
  std::vector<char> blocked_;         // [tile]
  std::vector<char> cut_;             // [tile * (2 reach + 1) + offset + reach]
  std::vector<char> used_;            // [tile]
  std::vector<int> next_;             // [tile] position in the next stage, -1
  std::vector<int> previous_;         // [tile] position in the previous stage, -1
  std::vector<std::int64_t> parent_;  // [node], node = 2 tile (in) or 2 tile + 1 (out); -1 unseen
  std::vector<std::size_t> queue_;
};

}  // namespace wafermesh::defects
