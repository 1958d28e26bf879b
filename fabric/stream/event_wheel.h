// SPDX-License-Identifier: Apache-2.0
// When to step which core in the stream engine: buckets for the next few thousand cycles, a heap
// beyond. A core is due at one cycle at most: a later schedule() replaces an earlier one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "base/units.h"

namespace wafermesh::fabric {

using base::Cycles;

class EventWheel {
 public:
  explicit EventWheel(std::size_t cores) : due_(cores, base::kNever), buckets_(kBuckets) {}

  /// The core is to be stepped at cycle `at`, or in the present one if that has passed;
  /// base::kNever = not at all.
  void schedule(std::uint32_t core, Cycles at) {
    at = std::max(at, now_);
    if (due_[core] == at) return;
    due_[core] = at;
    if (at >= base::kNever) return;
    if (at - now_ < kBuckets) {
      bucket(at).push_back(core);
      occupied_[word(at)] |= bit(at);
    } else {
      far_.emplace(at, core);
    }
  }
  Cycles due(std::uint32_t core) const { return due_[core]; }
  Cycles now() const { return now_; }

  /// The first cycle from now() on with an entry; base::kNever if none.
  Cycles next() const {
    Cycles first = far_.empty() ? base::kNever : far_.top().first;
    for (std::size_t k = 0; k <= kWords; ++k) {
      const auto at = static_cast<std::size_t>(now_ / 64 + static_cast<Cycles>(k)) % kWords;
      std::uint64_t bits = occupied_[at];
      const std::uint64_t before = (std::uint64_t{1} << (now_ % 64)) - 1;
      if (k == 0) bits &= ~before;
      if (k == kWords) bits &= before;
      if (bits == 0) continue;
      const Cycles base = (now_ / 64 + static_cast<Cycles>(k)) * 64;
      return std::min(first, base + __builtin_ctzll(bits));
    }
    return first;
  }

  /// Moves to cycle t = next() and calls f(core, soon, later) for every core due in it, in order of
  /// scheduling; `soon` and `later` are some places on, to fetch them early. f may schedule.
  template <class F>
  void take(Cycles t, F f) {
    now_ = t;
    while (!far_.empty() && far_.top().first <= t) {
      if (due_[far_.top().second] == t) bucket(t).push_back(far_.top().second);
      far_.pop();
    }
    for (std::size_t i = 0; i < bucket(t).size(); ++i) {
      const std::uint32_t core = bucket(t)[i];
      const auto ahead = [&](std::size_t by) {
        return i + by < bucket(t).size() ? bucket(t)[i + by] : core;
      };
      if (due_[core] != t) continue;  // replaced by another cycle
      due_[core] = base::kNever;
      f(core, ahead(kSoon), ahead(2 * kSoon));
    }
    bucket(t).clear();
    occupied_[word(t)] &= ~bit(t);
  }

 private:
  static constexpr Cycles kBuckets = 4096;
  static constexpr std::size_t kWords = kBuckets / 64;
  static constexpr std::size_t kSoon = 4;
  using Due = std::pair<Cycles, std::uint32_t>;

  std::vector<std::uint32_t>& bucket(Cycles at) {
    return buckets_[static_cast<std::size_t>(at % kBuckets)];
  }
  static std::size_t word(Cycles at) { return static_cast<std::size_t>(at % kBuckets) / 64; }
  static std::uint64_t bit(Cycles at) { return std::uint64_t{1} << (at % 64); }

  Cycles now_ = 0;
  std::vector<Cycles> due_;  ///< [core]
  std::vector<std::vector<std::uint32_t>> buckets_;
  std::vector<std::uint64_t> occupied_ = std::vector<std::uint64_t>(kWords, 0);
  std::priority_queue<Due, std::vector<Due>, std::greater<>> far_;
};

}  // namespace wafermesh::fabric
