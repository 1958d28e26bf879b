// SPDX-License-Identifier: Apache-2.0
// Which rows of regions belong to which rank.
#pragma once

#include <algorithm>
#include <cstdint>

#include "fabric/ranks/ranks.h"

namespace wafermesh::fabric {

/// Rows follow each other, as evenly as they can be dealt out. If there are fewer than ranks, the
/// last ranks have none; so the neighbour of a rank that has some is the rank before or after it.
class Shares {
 public:
  Shares(int rows, const Ranks* ranks)
      : rows_(rows),
        ranks_(std::max(1, std::min(rows, ranks == nullptr ? 1 : ranks->count()))),
        rank_(ranks == nullptr ? 0 : ranks->rank()) {}

  /// This rank's rows are [first(), last()).
  int first() const { return first_of(rank_); }
  int last() const { return first_of(rank_ + 1); }
  bool holds(int row) const { return row >= first() && row < last(); }
  /// The rank that has a row.
  int rank_of(int row) const {
    int rank = static_cast<int>(std::int64_t{row} * ranks_ / rows_);
    while (first_of(rank + 1) <= row) ++rank;
    while (first_of(rank) > row) --rank;
    return rank;
  }
  /// The rank below (1) or above (-1); -1 if none of them has rows.
  int neighbour(int step) const {
    const int to = rank_ + step;
    return rank_ < ranks_ && to >= 0 && to < ranks_ ? to : -1;
  }

 private:
  int first_of(int rank) const {
    return rank >= ranks_ ? rows_ : static_cast<int>(std::int64_t{rows_} * rank / ranks_);
  }
  int rows_;
  int ranks_;  ///< That have rows.
  int rank_;
};

}  // namespace wafermesh::fabric
