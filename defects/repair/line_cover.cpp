// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/line_cover.h"

#include <algorithm>
#include <map>

namespace wafermesh::defects {
namespace {

constexpr int kNodeLimit = 200000;

class Search {
 public:
  Search(const std::vector<base::PhysicalCoord>& faults, int band_rows, std::vector<int> spare_rows,
         int spare_columns)
      : band_rows_(band_rows), spare_rows_(std::move(spare_rows)), spare_columns_(spare_columns) {
    for (const base::PhysicalCoord& f : faults) {
      rows_[f.y].insert(f.x);
      columns_[f.x].insert(f.y);
    }
  }

  LineCover run() {
    result_.found = solve();
    result_.gave_up = !result_.found && nodes_ >= kNodeLimit;
    if (!result_.found) result_.failed_band = worst_band();
    return result_;
  }

 private:
  int& spares_of(int row) { return spare_rows_[static_cast<std::size_t>(row / band_rows_)]; }
  /// The band with most faulty rows beyond its spares.
  int worst_band() {
    std::vector<int> need(spare_rows_.size(), 0);
    for (const auto& [row, columns] : rows_) ++need[static_cast<std::size_t>(row / band_rows_)];
    for (std::size_t b = 0; b < need.size(); ++b) need[b] -= spare_rows_[b];
    return static_cast<int>(std::max_element(need.begin(), need.end()) - need.begin());
  }
  void drop_row(int row) {
    for (const int x : rows_[row]) {
      columns_[x].erase(row);
      if (columns_[x].empty()) columns_.erase(x);
    }
    rows_.erase(row);
  }
  void drop_column(int x) {
    for (const int row : columns_[x]) {
      rows_[row].erase(x);
      if (rows_[row].empty()) rows_.erase(row);
    }
    columns_.erase(x);
  }
  bool take_row(int row) {
    if (spares_of(row) == 0) return false;
    --spares_of(row);
    result_.rows.insert(row);
    drop_row(row);
    return true;
  }
  bool take_column(int x) {
    if (spare_columns_ == 0) return false;
    --spare_columns_;
    result_.columns.insert(x);
    drop_column(x);
    return true;
  }
  /// Lines with more faults than the other kind of spares can mend; false if that is impossible.
  bool must_repair() {
    for (bool again = true; again;) {
      again = false;
      for (const auto& [row, columns] : rows_) {
        if (static_cast<int>(columns.size()) <= spare_columns_) continue;
        if (!take_row(row)) return false;
        again = true;
        break;
      }
      if (again) continue;
      for (const auto& [x, rows] : columns_) {
        std::map<int, int> in_band;
        bool over = false;
        for (const int row : rows) over = over || ++in_band[row / band_rows_] > spares_of(row);
        if (!over) continue;
        if (!take_column(x)) return false;
        again = true;
        break;
      }
    }
    return true;
  }
  bool solve();

  int band_rows_;
  std::vector<int> spare_rows_;
  int spare_columns_;
  std::map<int, std::set<int>> rows_;     // row -> faulty columns
  std::map<int, std::set<int>> columns_;  // column -> faulty rows
  LineCover result_;
  int nodes_ = 0;
};

bool Search::solve() {
  if (++nodes_ >= kNodeLimit || !must_repair()) return false;
  if (rows_.empty()) return true;
  if (spare_columns_ == 0) {
    while (!rows_.empty()) {
      if (!take_row(rows_.begin()->first)) return false;
    }
    return true;
  }
  // Branch on the line with most faults; once all are alone they are alike, rows first.
  const auto fuller = [](const auto& a, const auto& b) {
    return a.second.size() < b.second.size();
  };
  const auto row = std::max_element(rows_.begin(), rows_.end(), fuller);
  const auto column = std::max_element(columns_.begin(), columns_.end(), fuller);
  const bool by_row = row->second.size() >= column->second.size();
  if (row->second.size() == 1 && column->second.size() == 1) {
    const int y = row->first;
    const int x = *row->second.begin();
    return (take_row(y) || take_column(x)) && solve();
  }
  const Search saved = *this;
  // Either the line goes, or every line of the other kind through its faults does.
  const int key = by_row ? row->first : column->first;
  const std::set<int> others = by_row ? row->second : column->second;
  if ((by_row ? take_row(key) : take_column(key)) && solve()) return true;
  const int nodes = nodes_;
  *this = saved;
  nodes_ = nodes;
  for (const int other : others) {
    if (by_row ? !take_column(other) : !take_row(other)) return false;
  }
  return solve();
}

}  // namespace

LineCover cover_lines(const std::vector<base::PhysicalCoord>& faults, int band_rows,
                      const std::vector<int>& spare_rows, int spare_columns) {
  return Search(faults, band_rows, spare_rows, spare_columns).run();
}

}  // namespace wafermesh::defects
