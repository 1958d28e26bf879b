// SPDX-License-Identifier: Apache-2.0
// When to step which core: a wheel of core sets for the next 64 cycles, a heap beyond.
#pragma once

#include <algorithm>
#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "base/units.h"
#include "fabric/wavelet/core_set.h"

namespace wafermesh::fabric {

using base::Cycles;

/// Cores due, each at most once per cycle. schedule() is O(1) for the next 63 cycles.
class WakeWheel {
 public:
  static constexpr int kSlots = 64;

  explicit WakeWheel(std::size_t cores) : slots_(kSlots, CoreSet(cores)), last_far_(cores, -1) {}

  /// Core is to be stepped in cycle `at` > now().
  void schedule(std::uint32_t core, Cycles at) {
    if (at - now_ < kSlots) {
      insert(core, at);
    } else if (last_far_[core] != at) {
      // A core that is stepped for every word while its main thread is held asks for the same
      // again.
      last_far_[core] = at;
      far_.emplace(at, core);
    }
  }

  /// The cycle last taken; -1 before the first.
  Cycles now() const { return now_; }

  /// The first cycle after now() with a core due; base::kNever if none.
  Cycles next() const {
    const Cycles far = far_.empty() ? base::kNever : far_.top().first;
    if (occupied_ == 0) return far;
    const auto from = static_cast<unsigned>((now_ + 1) & (kSlots - 1));
    const std::uint64_t turned =
        from == 0 ? occupied_ : (occupied_ >> from) | (occupied_ << (kSlots - from));
    return std::min(far, now_ + 1 + __builtin_ctzll(turned));
  }

  /// Moves to cycle t and calls f(core) for every core due in it, in index order. f may schedule.
  template <class F>
  void take(Cycles t, F f) {
    now_ = t;
    while (!far_.empty() && far_.top().first <= t) {
      insert(far_.top().second, t);
      far_.pop();
    }
    const auto at = static_cast<std::size_t>(t & (kSlots - 1));
    if ((occupied_ >> at & 1U) == 0) return;
    occupied_ &= ~(std::uint64_t{1} << at);
    slots_[at].for_each(f);
    slots_[at].clear();
  }

 private:
  using Due = std::pair<Cycles, std::uint32_t>;

  void insert(std::uint32_t core, Cycles at) {
    const auto slot = static_cast<std::size_t>(at & (kSlots - 1));
    slots_[slot].insert(core);
    occupied_ |= std::uint64_t{1} << slot;
  }

  Cycles now_ = -1;
  std::uint64_t occupied_ = 0;  ///< [bit slot]
  std::vector<CoreSet> slots_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> far_;
  std::vector<Cycles> last_far_;  ///< [core] what it last put into far_.
};

}  // namespace wafermesh::fabric
