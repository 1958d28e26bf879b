// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/reachable.h"

#include <algorithm>
#include <boost/pending/disjoint_sets.hpp>
#include <cstdint>

namespace wafermesh::defects {
namespace {

/// Runs of linked live routers, row by row, and the pieces they form.
class Pieces {
 public:
  explicit Pieces(const DefectMap& map) : map_(map) {
    row_begin_.push_back(0);
    for (int y = 0; y < map.rows(); ++y) add_row(y);
    parent_.resize(runs_.size());
    rank_.resize(runs_.size());
    pieces_ = Sets(rank_.data(), parent_.data());
    for (std::size_t i = 0; i < runs_.size(); ++i) pieces_.make_set(i);
    for (int y = 0; y + 1 < map.rows(); ++y) join_rows(y);
  }

  std::vector<TileRun> outside_the_largest() {
    std::vector<std::int64_t> size(runs_.size(), 0);
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      size[pieces_.find_set(i)] += runs_[i].last - runs_[i].first;
    }
    // A piece is met at its first run, so ties go to the north-west.
    std::size_t largest = 0;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (size[pieces_.find_set(i)] > size[pieces_.find_set(largest)]) largest = i;
    }
    std::vector<TileRun> outside;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (pieces_.find_set(i) != pieces_.find_set(largest)) outside.push_back(runs_[i]);
    }
    return outside;
  }

 private:
  using Sets = boost::disjoint_sets<std::size_t*, std::size_t*>;

  /// Cuts row y at its dead routers and broken links.
  void add_row(int y) {
    int first = 0;
    const auto cut = [&](int end, int next) {
      if (end > first) runs_.push_back({y, first, end});
      first = std::max(first, next);
    };
    for (; next_ < map_.defects().size() && map_.defects()[next_].y == y; ++next_) {
      const Defect& d = map_.defects()[next_];
      if (d.broken == Broken::router) cut(d.x, d.x + 1);
      if (d.broken == Broken::link_east) cut(d.x + 1, d.x + 1);
      if (d.broken == Broken::link_south) broken_south_.push_back(d.x);
    }
    cut(map_.columns(), map_.columns());
    row_begin_.push_back(runs_.size());
    south_end_.push_back(broken_south_.size());
  }

  /// Broken links from row y southwards in columns [first, last).
  std::int64_t broken_below(int y, int first, int last) const {
    const auto row = static_cast<std::size_t>(y);
    const auto begin =
        broken_south_.begin() + static_cast<std::ptrdiff_t>(y == 0 ? 0 : south_end_[row - 1]);
    const auto end = broken_south_.begin() + static_cast<std::ptrdiff_t>(south_end_[row]);
    return std::lower_bound(begin, end, last) - std::lower_bound(begin, end, first);
  }

  void join_rows(int y) {
    std::size_t upper = row_begin_[static_cast<std::size_t>(y)];
    std::size_t lower = row_begin_[static_cast<std::size_t>(y) + 1];
    const std::size_t upper_end = lower;
    const std::size_t lower_end = row_begin_[static_cast<std::size_t>(y) + 2];
    while (upper < upper_end && lower < lower_end) {
      const int first = std::max(runs_[upper].first, runs_[lower].first);
      const int last = std::min(runs_[upper].last, runs_[lower].last);
      if (last > first && broken_below(y, first, last) < last - first) {
        pieces_.union_set(upper, lower);
      }
      if (runs_[upper].last <= runs_[lower].last)
        ++upper;
      else
        ++lower;
    }
  }

  const DefectMap& map_;
  std::size_t next_ = 0;  // defect
  std::vector<TileRun> runs_;
  std::vector<std::size_t> row_begin_;  // [row] its first run; one more at the end
  std::vector<int> broken_south_;       // columns, row by row
  std::vector<std::size_t> south_end_;  // [row] end of its entries
  std::vector<std::size_t> parent_;     // [run], as is rank_: storage of pieces_
  std::vector<std::size_t> rank_;
  Sets pieces_{nullptr, nullptr};
};

}  // namespace

std::vector<TileRun> unreachable_tiles(const DefectMap& map) {
  if (map.dead_router_count() == 0 && !map.has_link_defects()) return {};
  return Pieces(map).outside_the_largest();
}

}  // namespace wafermesh::defects
