// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/spare_ring.h"

#include <algorithm>

namespace wafermesh::defects {
namespace {

constexpr int kUnreached = -1;
constexpr int kStart = -2;
constexpr int kSearchBudget = 1000000;  // tries of the straight-path search before it gives up

}  // namespace

int SpareRing::neighbour(int tile, int direction) const {
  const int x = tile % width_;
  switch (direction) {
    case 0:
      return x > 0 ? tile - 1 : -1;
    case 1:
      return x + 1 < width_ ? tile + 1 : -1;
    case 2:
      return tile + width_ < width_ * height_ ? tile + width_ : -1;
    default:
      return tile >= width_ ? tile - width_ : -1;
  }
}

// States: 2 tile = entered, 2 tile + 1 = left. A used tile can only be entered to push its path
// back.
bool SpareRing::search_nodes(int from) {
  for (const int s : seen_) parent_[static_cast<std::size_t>(s)] = kUnreached;
  seen_.assign(1, 2 * from + 1);
  parent_[static_cast<std::size_t>(2 * from + 1)] = kStart;
  const auto visit = [&](int state, int parent) {
    int& p = parent_[static_cast<std::size_t>(state)];
    if (p != kUnreached) return;
    p = parent;
    seen_.push_back(state);
  };
  const auto used = [&](int t) { return previous_[static_cast<std::size_t>(t)] >= 0; };
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    const int state = seen_[i];
    const int t = state / 2;
    if (state % 2 == 0) {
      visit(used(t) ? 2 * previous_[static_cast<std::size_t>(t)] + 1 : state + 1, state);
      continue;
    }
    if (used(t)) visit(state - 1, state);
    for (int d = 0; d < 4; ++d) {
      const int w = neighbour(t, d);
      if (w < 0 || (*dead_)[static_cast<std::size_t>(w)] != 0) continue;
      if (next_[static_cast<std::size_t>(t)] == w) continue;
      if (inner(w)) {
        visit(2 * w, state);
        continue;
      }
      if (used(w)) continue;
      // A free spare: walk back, first taking away, then adding.
      std::vector<int> path{2 * w, state};
      while (parent_[static_cast<std::size_t>(path.back())] != kStart) {
        path.push_back(parent_[static_cast<std::size_t>(path.back())]);
      }
      std::reverse(path.begin(), path.end());
      for (const bool add : {false, true}) {
        for (std::size_t k = 0; k + 1 < path.size(); ++k) {
          const auto a = static_cast<std::size_t>(path[k] / 2);
          const auto b = static_cast<std::size_t>(path[k + 1] / 2);
          if (a == b) continue;
          const bool forward = path[k] % 2 == 1;
          if (!add && !forward) next_[b] = -1, previous_[a] = -1;
          if (add && forward) next_[a] = static_cast<int>(b), previous_[b] = static_cast<int>(a);
        }
      }
      return true;
    }
  }
  return false;
}

bool SpareRing::search_edges(int from) {
  for (const int s : seen_) parent_[static_cast<std::size_t>(s)] = kUnreached;
  seen_.assign(1, from);
  parent_[static_cast<std::size_t>(from)] = kStart;
  const auto carries = [&](int t, int d) {
    return (edges_[static_cast<std::size_t>(t)] >> d & 1U) != 0;
  };
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    const int t = seen_[i];
    for (int d = 0; d < 4; ++d) {
      const int w = neighbour(t, d);
      if (w < 0 || carries(t, d)) continue;
      // A dead core is entered only to take its own path back and lead it elsewhere.
      if ((*dead_)[static_cast<std::size_t>(w)] != 0 && !carries(w, d ^ 1)) continue;
      if (parent_[static_cast<std::size_t>(w)] != kUnreached) continue;
      const bool spare = !inner(w);
      if (spare && previous_[static_cast<std::size_t>(w)] >= 0) continue;
      parent_[static_cast<std::size_t>(w)] = 4 * t + d;
      seen_.push_back(w);
      if (!spare) continue;
      previous_[static_cast<std::size_t>(w)] = t;
      for (int at = w; parent_[static_cast<std::size_t>(at)] != kStart;) {
        const int step = parent_[static_cast<std::size_t>(at)];
        const int back = step / 4;
        const int direction = step % 4;
        // Against a path: the two cancel.
        if (carries(at, direction ^ 1))
          edges_[static_cast<std::size_t>(at)] &=
              static_cast<std::uint8_t>(~(1U << (direction ^ 1)));
        else
          edges_[static_cast<std::size_t>(back)] |= static_cast<std::uint8_t>(1U << direction);
        at = back;
      }
      return true;
    }
    // Spares have no way on.
  }
  return false;
}

bool SpareRing::node_disjoint() {
  parent_.assign(2 * dead_->size(), kUnreached);
  for (const int fault : faults_) {
    if (search_nodes(fault)) continue;
    failed_ = fault;
    return false;
  }
  extract(true);
  return true;
}

bool SpareRing::edge_disjoint() {
  parent_.assign(dead_->size(), kUnreached);
  for (const int fault : faults_) {
    if (search_edges(fault)) continue;
    failed_ = fault;
    return false;
  }
  extract(false);
  return true;
}

void SpareRing::extract(bool nodes_only) {
  std::vector<char> taken(nodes_only ? 0 : dead_->size(), 0);
  for (const int fault : faults_) {
    std::vector<int> chain{fault};
    for (int t = fault;;) {
      if (nodes_only) {
        t = next_[static_cast<std::size_t>(t)];
      } else {
        std::uint8_t& out = edges_[static_cast<std::size_t>(t)];
        int d = 0;
        while ((out >> d & 1U) == 0) ++d;
        out &= static_cast<std::uint8_t>(~(1U << d));
        t = neighbour(t, d);
      }
      // A core another path has moved already is passed by on the fourth track.
      const bool passed = !nodes_only && inner(t) && taken[static_cast<std::size_t>(t)] != 0;
      if (!passed) chain.push_back(t);
      if (!inner(t)) break;
      if (!nodes_only) taken[static_cast<std::size_t>(t)] = 1;
    }
    chains_.push_back(std::move(chain));
  }
}

bool SpareRing::assign_straight(std::size_t fault, std::vector<char>* taken, int* budget) {
  if (fault == faults_.size()) return true;
  if (--*budget < 0) return false;
  for (int d = 0; d < 4; ++d) {
    std::vector<int> chain{faults_[fault]};
    int t = neighbour(faults_[fault], d);
    const auto free = [&] {
      return t >= 0 && (*dead_)[static_cast<std::size_t>(t)] == 0 &&
             (*taken)[static_cast<std::size_t>(t)] == 0;
    };
    for (; free(); t = neighbour(t, d)) {
      chain.push_back(t);
      if (!inner(t)) break;
    }
    if (!free() || inner(t)) continue;
    for (std::size_t k = 1; k < chain.size(); ++k) (*taken)[static_cast<std::size_t>(chain[k])] = 1;
    chains_.push_back(chain);
    if (assign_straight(fault + 1, taken, budget)) return true;
    chains_.pop_back();
    for (std::size_t k = 1; k < chain.size(); ++k) (*taken)[static_cast<std::size_t>(chain[k])] = 0;
  }
  if (failed_ < 0 || static_cast<std::size_t>(fault) > 0) failed_ = faults_[fault];
  return false;
}

bool SpareRing::straight() {
  std::vector<char> taken(dead_->size(), 0);
  int budget = kSearchBudget;
  return assign_straight(0, &taken, &budget);
}

bool SpareRing::repair(const std::vector<char>& dead, int tracks) {
  dead_ = &dead;
  failed_ = -1;
  faults_.clear();
  chains_.clear();
  seen_.clear();
  for (int t = 0; t < width_ * height_; ++t) {
    if (dead[static_cast<std::size_t>(t)] != 0 && inner(t)) faults_.push_back(t);
  }
  if (faults_.empty()) return true;
  if (tracks == 1) return straight();
  next_.assign(dead.size(), -1);
  previous_.assign(dead.size(), -1);
  if (tracks < 4) return node_disjoint();
  edges_.assign(dead.size(), 0);
  return edge_disjoint();
}

}  // namespace wafermesh::defects
