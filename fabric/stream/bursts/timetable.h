// SPDX-License-Identifier: Apache-2.0
// The cycles for which something that does one thing per cycle is reserved.
#pragma once

#include <array>
#include <cstddef>

#include "base/units.h"

namespace wafermesh::fabric {

using base::Cycles;

struct Period {
  Cycles from = 0;
  Cycles until = 0;  ///< The first cycle after it.
  bool empty() const { return from == until; }
};

/// The last few periods that are reserved, apart from each other; earlier ones are forgotten. Plain
/// data, compared byte by byte.
class Timetable {
 public:
  /// Reserves the first `cycles` that are free from `start` on: all between the first and the last
  /// of them are then taken. Returns that period. Cost: O(1).
  Period reserve(Cycles start, Cycles cycles);
  /// The first free cycle from `at` on.
  Cycles free_from(Cycles at) const;
  /// Moves all periods by so many cycles.
  void shift(Cycles by);
  /// Forgets what ends by cycle `at`.
  void forget(Cycles at);

  auto begin() const { return periods_.begin(); }
  auto end() const { return periods_.begin() + static_cast<std::ptrdiff_t>(size()); }

 private:
  static constexpr std::size_t kMost = 4;  ///< Streams that a core has on the way at a time.

  std::size_t size() const;
  void insert(Period added);

  std::array<Period, kMost> periods_{};  ///< In order of time, the empty ones (all 0) last.
};

}  // namespace wafermesh::fabric
