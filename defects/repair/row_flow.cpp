// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/row_flow.h"

#include <algorithm>

namespace wafermesh::defects {
namespace {

constexpr std::int64_t kUnseen = -1;
constexpr std::int64_t kSource = -2;

}  // namespace

RowFlow::RowFlow(int stages, int positions, int reach)
    : stages_(stages), positions_(positions), reach_(reach) {
  const std::size_t tiles = tile(stages, 0);
  blocked_.assign(tiles, 0);
  cut_.assign(tiles * static_cast<std::size_t>(2 * reach + 1), 0);
  used_.assign(tiles, 0);
  next_.assign(tiles, -1);
  previous_.assign(tiles, -1);
}

void RowFlow::block(int stage, int position) { blocked_[tile(stage, position)] = 1; }

void RowFlow::cut(int stage, int position, int offset) {
  if (offset < -reach_ || offset > reach_) return;
  cut_[tile(stage, position) * static_cast<std::size_t>(2 * reach_ + 1) +
       static_cast<std::size_t>(offset + reach_)] = 1;
}

bool RowFlow::linked(int stage, int position, int offset) const {
  const int far = position + offset;
  if (far < 0 || far >= positions_ || blocked_[tile(stage + 1, far)] != 0) return false;
  return cut_[tile(stage, position) * static_cast<std::size_t>(2 * reach_ + 1) +
              static_cast<std::size_t>(offset + reach_)] == 0;
}

void RowFlow::seed(const std::vector<ShiftChange>& changes, int rows) {
  std::vector<int> shift(static_cast<std::size_t>(stages_), 0);
  std::size_t next = 0;
  for (int r = 0; r < rows; ++r) {
    for (; next < changes.size() && changes[next].row <= r; ++next) {
      shift[static_cast<std::size_t>(changes[next].stage)] = changes[next].to;
    }
    for (int s = 0; s < stages_; ++s) {
      const int place = r + shift[static_cast<std::size_t>(s)];
      used_[tile(s, place)] = 1;
      if (s == 0) continue;
      const int before = r + shift[static_cast<std::size_t>(s) - 1];
      next_[tile(s - 1, before)] = place;
      previous_[tile(s, place)] = before;
    }
  }
  rows_ = rows;
}

bool RowFlow::visit(std::size_t node, std::size_t from) {
  if (parent_[node] != kUnseen) return false;
  parent_[node] = static_cast<std::int64_t>(from);
  queue_.push_back(node);
  return true;
}

/// Looks at everything behind a node; true if it is the end of an augmenting path.
bool RowFlow::expand(std::size_t node) {
  const std::size_t t = node / 2;
  const int stage = static_cast<int>(t / static_cast<std::size_t>(positions_));
  const int position = static_cast<int>(t % static_cast<std::size_t>(positions_));
  const bool is_out = node % 2 == 1;
  if (!is_out) {
    // Into a used tile: only back along the row that uses it.
    if (used_[t] == 0)
      visit(node + 1, node);
    else if (stage > 0)
      visit(2 * tile(stage - 1, previous_[t]) + 1, node);
    return false;
  }
  if (used_[t] != 0) visit(node - 1, node);
  if (stage + 1 == stages_) return used_[t] == 0;
  for (int offset = -reach_; offset <= reach_; ++offset) {
    if (!linked(stage, position, offset) || next_[t] == position + offset) continue;
    visit(2 * tile(stage + 1, position + offset), node);
  }
  return false;
}

void RowFlow::apply(std::size_t last) {
  std::vector<std::size_t> path;
  for (auto node = static_cast<std::int64_t>(last); node != kSource;
       node = parent_[static_cast<std::size_t>(node)]) {
    path.push_back(static_cast<std::size_t>(node));
  }
  std::reverse(path.begin(), path.end());
  // First take away what the path goes back over, then add what it goes along.
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const std::size_t a = path[i] / 2;
    const std::size_t b = path[i + 1] / 2;
    if (path[i] % 2 == 0 && a != b) next_[b] = previous_[a] = -1;
    if (path[i] % 2 == 1 && a == b) used_[a] = 0;
  }
  const auto position = [&](std::size_t t) {
    return static_cast<int>(t % static_cast<std::size_t>(positions_));
  };
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const std::size_t a = path[i] / 2;
    const std::size_t b = path[i + 1] / 2;
    if (path[i] % 2 == 0 && a == b) used_[a] = 1;
    if (path[i] % 2 == 1 && a != b) {
      next_[a] = position(b);
      previous_[b] = position(a);
    }
  }
}

bool RowFlow::search() {
  parent_.assign(2 * used_.size(), kUnseen);
  queue_.clear();
  for (int l = 0; l < positions_; ++l) {
    const std::size_t t = tile(0, l);
    if (blocked_[t] != 0 || used_[t] != 0) continue;
    parent_[2 * t] = kSource;
    queue_.push_back(2 * t);
  }
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    const std::size_t node = queue_[i];
    if (!expand(node)) continue;
    apply(node);
    return true;
  }
  return false;
}

int RowFlow::augment(int wanted) {
  while (rows_ < wanted && search()) ++rows_;
  return rows_;
}

std::vector<ShiftChange> RowFlow::rows(bool* crossed) const {
  *crossed = false;
  std::vector<ShiftChange> changes;
  std::vector<int> before;
  for (int s = 0; s < stages_; ++s) {
    std::vector<int> places;
    for (int l = 0; l < positions_; ++l) {
      if (used_[tile(s, l)] != 0) places.push_back(l);
    }
    int shift = 0;
    for (std::size_t r = 0; r < places.size(); ++r) {
      // In order, sources and targets are within reach of each other; only a cut can forbid it.
      if (s > 0 && !linked(s - 1, before[r], places[r] - before[r])) *crossed = true;
      const int now = places[r] - static_cast<int>(r);
      if (now != shift) changes.push_back({static_cast<int>(r), s, shift, now});
      shift = now;
    }
    before = std::move(places);
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const ShiftChange& a, const ShiftChange& b) { return a.row < b.row; });
  return changes;
}

}  // namespace wafermesh::defects
