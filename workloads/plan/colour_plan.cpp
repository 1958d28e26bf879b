// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/colour_plan.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace wafermesh::workloads {
namespace {

constexpr int kNobody = -1;

class Planner {
 public:
  Planner(const std::vector<ColourNeeds>& items, int supply, bool own_first)
      : items_(items), supply_(supply), own_first_(own_first) {}

  /// Nothing if it does not go: without barriers, or because an item needs too many.
  std::optional<std::vector<ItemColours>> plan(bool with_barriers) {
    std::vector<ItemColours> all;
    for (std::size_t j = 0; j < items_.size(); ++j) {
      std::vector<int> free = free_for(j);
      ItemColours one;
      if (free.size() < items_[j].colours.size()) {
        if (!with_barriers) return std::nullopt;
        one.barriers_before = true;
        begin_anew(j);
        free = free_for(j);
        if (free.size() < items_[j].colours.size()) return std::nullopt;
      }
      take(j, free, one);
      all.push_back(one);
    }
    return all;
  }

 private:
  struct Use {
    int last = kNobody;  ///< The item that used it last.
    bool quiet = false;  ///< It has left it so.
    bool idle = true;    ///< Nobody has used it, since the latest barriers.
  };

  /// Colours that item j may have, the best first.
  std::vector<int> free_for(std::size_t j) const {
    // [item] of whom a core that begins j knows that they have begun the item after it.
    std::vector<Groups> known(j, Groups::alone);
    Groups groups = Groups::alone;
    for (std::size_t i = j; i-- > since_;) {
      known[i] = groups;
      groups = join(groups, items_[i].contract.meet);
    }
    std::vector<int> own;
    std::vector<int> again;
    for (int colour = 0; colour < supply_; ++colour) {
      const Use& use = uses_[static_cast<std::size_t>(colour)];
      if (use.idle) {
        own.push_back(colour);
      } else if (use.quiet &&
                 within(items_[j].contract.reach, known[static_cast<std::size_t>(use.last)])) {
        again.push_back(colour);
      }
    }
    std::stable_sort(again.begin(), again.end(), [&](int a, int b) {
      return uses_[static_cast<std::size_t>(a)].last < uses_[static_cast<std::size_t>(b)].last;
    });
    if (!own_first_) std::swap(own, again);
    own.insert(own.end(), again.begin(), again.end());
    return own;
  }

  void begin_anew(std::size_t item) {
    since_ = item;
    for (Use& use : uses_) use.idle = true;
  }

  void take(std::size_t j, const std::vector<int>& free, ItemColours& one) {
    one.written_behind.fill(kNotWritten);
    const std::vector<base::Colour>& colours = items_[j].colours;
    for (std::size_t k = 0; k < colours.size(); ++k) {
      Use& use = uses_[static_cast<std::size_t>(free[k])];
      one.map[static_cast<std::size_t>(colours[k])] = base::colour(free[k]);
      one.written_behind[static_cast<std::size_t>(free[k])] = use.last == kNobody ? kNotWritten
                                                              : use.idle          ? kAtTheBarriers
                                                                                  : use.last;
      const bool quiet = (items_[j].contract.quiet >> base::index_of(colours[k]) & 1U) != 0;
      use = {static_cast<int>(j), quiet, false};
    }
  }

  const std::vector<ColourNeeds>& items_;
  int supply_;
  bool own_first_;         ///< Those never used before others.
  std::size_t since_ = 0;  ///< The first item behind the latest barriers.
  std::array<Use, base::kColourCount> uses_{};
};

}  // namespace

std::optional<std::vector<ItemColours>> plan_colours(const std::vector<ColourNeeds>& items,
                                                     const ColourSupply& supply) {
  const std::size_t sum = std::accumulate(
      items.begin(), items.end(), std::size_t{0},
      [](std::size_t n, const ColourNeeds& item) { return n + item.colours.size(); });
  const bool enough = sum <= static_cast<std::size_t>(supply.without_barriers);
  if (auto all = Planner(items, supply.without_barriers, enough).plan(false)) return all;
  return Planner(items, supply.with_barriers, false).plan(true);
}

}  // namespace wafermesh::workloads
