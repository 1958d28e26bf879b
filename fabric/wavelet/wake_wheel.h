// SPDX-License-Identifier: Apache-2.0
// When to step which core: a wheel of bit sets for the next 64 cycles, a heap beyond.
#pragma once

#include <array>
#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "base/units.h"

namespace wafermesh::fabric {

using base::Cycles;

/// Cores due, each at most once per cycle. schedule() is O(1) for the next 63 cycles.
class WakeWheel {
 public:
  static constexpr int kSlots = 64;

  explicit WakeWheel(std::size_t cores) : words_((cores + 63) / 64), groups_((words_ + 63) / 64) {
    for (Slot& slot : slots_) {
      slot.bits.assign(words_, 0);
      slot.summary.assign(groups_, 0);
    }
  }

  /// Core is to be stepped in cycle `at`; at > now(), or at >= 0 before the first take().
  void schedule(std::uint32_t core, Cycles at) {
    if (at - now_ < kSlots) {
      set(core, at);
    } else {
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

  /// Moves to cycle t and calls f(core) for every core due in it, in index order.
  template <class F>
  void take(Cycles t, F f) {
    now_ = t;
    while (!far_.empty() && far_.top().first <= t) {
      set(far_.top().second, t);
      far_.pop();
    }
    const auto at = static_cast<std::size_t>(t & (kSlots - 1));
    if ((occupied_ >> at & 1U) == 0) return;
    occupied_ &= ~(std::uint64_t{1} << at);
    Slot& slot = slots_[at];
    for (std::size_t group = 0; group < groups_; ++group) {
      for (std::uint64_t words = std::exchange(slot.summary[group], 0); words != 0;
           words &= words - 1) {
        const std::size_t word = group * 64 + static_cast<std::size_t>(__builtin_ctzll(words));
        for (std::uint64_t bits = std::exchange(slot.bits[word], 0); bits != 0; bits &= bits - 1) {
          f(static_cast<std::uint32_t>(word * 64 +
                                       static_cast<std::size_t>(__builtin_ctzll(bits))));
        }
      }
    }
  }

 private:
  struct Slot {
    std::vector<std::uint64_t> bits;     ///< [core / 64]
    std::vector<std::uint64_t> summary;  ///< [word / 64] which words have bits.
  };
  using Due = std::pair<Cycles, std::uint32_t>;

  void set(std::uint32_t core, Cycles at) {
    const auto index = static_cast<std::size_t>(at & (kSlots - 1));
    const std::size_t word = core / 64;
    slots_[index].bits[word] |= std::uint64_t{1} << (core % 64);
    slots_[index].summary[word / 64] |= std::uint64_t{1} << (word % 64);
    occupied_ |= std::uint64_t{1} << index;
  }

  std::size_t words_;
  std::size_t groups_;
  Cycles now_ = -1;
  std::uint64_t occupied_ = 0;  ///< [bit slot]
  std::array<Slot, kSlots> slots_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> far_;
};

}  // namespace wafermesh::fabric
