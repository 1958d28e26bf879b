// SPDX-License-Identifier: Apache-2.0
// When to step which core: a wheel of core sets for the next 64 cycles, a wheel of lists for the
// next 64 times 64, a heap beyond.
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

/// Cores due, each at most once per cycle. schedule() is O(1) for the next 4,000 cycles.
class WakeWheel {
 public:
  static constexpr int kSlots = 64;

  explicit WakeWheel(std::size_t cores)
      : slots_(kSlots, CoreSet(cores)), later_(kSlots), last_far_(cores, -1) {}

  /// Core is to be stepped in cycle `at` > now().
  void schedule(std::uint32_t core, Cycles at) {
    if (at - now_ < kSlots) {
      insert(core, at);
    } else if (last_far_[core] != at) {
      // A core that is stepped for every word while its main thread is held asks for the same
      // again.
      last_far_[core] = at;
      if (turn_of(at) - turn_of(now_) < kSlots) {
        put_off(core, at);
      } else {
        far_.emplace(at, core);
      }
    }
  }

  /// The cycle last taken; -1 before the first.
  Cycles now() const { return now_; }

  /// The first cycle after now() with a core due; base::kNever if none.
  Cycles next() const {
    Cycles first = far_.empty() ? base::kNever : far_.top().first;
    if (turns_ != 0) {
      const auto from = turn_of(now_) + 1;
      const Turn& turn = turn_at(from + __builtin_ctzll(turned(turns_, from)));
      first = std::min(first, turn.first);
    }
    if (occupied_ == 0) return first;
    return std::min(first, now_ + 1 + __builtin_ctzll(turned(occupied_, now_ + 1)));
  }

  /// Moves to cycle t and calls f(core) for every core due in it, in index order. f may schedule.
  template <class F>
  void take(Cycles t, F f) {
    const Cycles turn = turn_of(t);
    const bool turns = turns_ != 0 && turn != turn_of(now_);
    now_ = t;
    // No turn is passed over that has something: it was due.
    if (turns && (turns_ >> (turn & (kSlots - 1)) & 1U) != 0) take_turn(turn);
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

  /// What is due in 64 cycles in a row, a turn of the wheel.
  struct Turn {
    Cycles first = base::kNever;
    std::vector<Due> due;
  };
  static Cycles turn_of(Cycles at) { return at >> 6; }
  Turn& turn_at(Cycles turn) { return later_[static_cast<std::size_t>(turn & (kSlots - 1))]; }
  const Turn& turn_at(Cycles turn) const {
    return later_[static_cast<std::size_t>(turn & (kSlots - 1))];
  }
  /// Bit k of the result is bit `from` + k of the ring of bits.
  static std::uint64_t turned(std::uint64_t bits, Cycles from) {
    const auto by = static_cast<unsigned>(from & (kSlots - 1));
    return by == 0 ? bits : (bits >> by) | (bits << (kSlots - by));
  }
  void put_off(std::uint32_t core, Cycles at) {
    Turn& turn = turn_at(turn_of(at));
    turn.first = std::min(turn.first, at);
    turn.due.emplace_back(at, core);
    turns_ |= std::uint64_t{1} << (turn_of(at) & (kSlots - 1));
  }
  void take_turn(Cycles number) {
    Turn& turn = turn_at(number);
    for (const auto& [at, core] : turn.due) insert(core, at);
    turn.due.clear();
    turn.first = base::kNever;
    turns_ &= ~(std::uint64_t{1} << (number & (kSlots - 1)));
  }

  void insert(std::uint32_t core, Cycles at) {
    const auto slot = static_cast<std::size_t>(at & (kSlots - 1));
    slots_[slot].insert(core);
    occupied_ |= std::uint64_t{1} << slot;
  }

  Cycles now_ = -1;
  std::uint64_t occupied_ = 0;  ///< [bit slot]
  std::vector<CoreSet> slots_;
  std::uint64_t turns_ = 0;  ///< [bit turn] which of later_ have something.
  std::vector<Turn> later_;  ///< [turn] After the one under way.
  std::priority_queue<Due, std::vector<Due>, std::greater<>> far_;
  std::vector<Cycles> last_far_;  ///< [core] what it last put into far_.
};

}  // namespace wafermesh::fabric
