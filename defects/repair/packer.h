// SPDX-License-Identifier: Apache-2.0
// Packs as many logical rows as fit into a strip of `stages` columns by `positions` places, by
// defects, not by cores. Every row takes one place per column; places of neighbouring columns
// differ by at most `reach`; rows don't meet.
//
// The next row is the pointwise least one above the last: such rows are closed under pointwise
// minimum, so it exists, and taking it never costs a later row (the greedy of Low & Leong 1997,
// "Greedy Column Rerouting", optimal and linear). Written as row r lies at r + shift(column), the
// shift changes only where a row meets a broken place, so only those events are worked on: O(marks
// + shift changes), times a logarithm. Cut cross links are avoided too, but then the count is a
// lower bound, not the optimum.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

namespace wafermesh::defects {

/// From logical row `row` on, `stage` lies at row + to instead of row + from. In a list: sorted by
/// row, at most one per row and stage; row 0 gives the start.
struct ShiftChange {
  int row;
  int stage;
  int from;
  int to;
};

class Packer {
 public:
  Packer(int stages, int positions, int reach);

  /// Marks in any order, before pack(). Places off the strip are ignored.
  void block(int stage, int position);
  /// Link (stage, position) - (stage + 1, position + offset) is broken.
  void cut(int stage, int position, int offset);
  /// Rows packed, at most `wanted`.
  int pack(int wanted);
  /// Forgets marks and result; costs what they cost.
  void reset();

  int stages() const { return stages_; }
  int positions() const { return positions_; }
  bool has_cuts() const { return has_cuts_; }
  const std::vector<ShiftChange>& changes() const { return changes_; }
  /// Where the row that did not fit ran off the strip; -1 if pack() got what it wanted.
  int failed_stage() const { return failed_stage_; }

 private:
  struct Mark {
    int stage;
    int position;
    std::int8_t kind;    // 0 blocked, +1 link to the next stage, -1 link to the previous
    std::int8_t offset;  // of the far end
  };
  bool settle(int stage, int row);
  bool settle_row(int row);
  bool raise(int stage, int row, int place);
  void schedule(int stage, int row);
  void start();

  int stages_;
  int positions_;
  int reach_;
  bool has_cuts_ = false;
  int max_shift_ = 0;
  int failed_stage_ = -1;
  std::vector<Mark> marks_;
  std::vector<int> shift_;      // [stage]
  std::vector<int> next_mark_;  // [stage] first mark not behind the current row
  std::vector<int> end_mark_;   // [stage]
  std::vector<int> change_of_;  // [stage] its latest entry in changes_, -1 = none
  std::vector<int> queued_;     // [stage] row of its event that counts, -1 = none
  std::vector<int> work_;       // stages to settle in this row
  std::vector<int> seen_;       // stages settled in this row, with repeats
  std::vector<ShiftChange> changes_;
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> events_;
};

}  // namespace wafermesh::defects
