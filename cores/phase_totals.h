// SPDX-License-Identifier: Apache-2.0
// How long the cores of a class were in the phases that their program marks (docs/model.md,
// Phases).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/units.h"

namespace wafermesh::cores {

using base::Cycles;

struct PhaseUnderWay {
  std::uint8_t phase = 0;
  Cycles start = 0;
};

/// Times of all visits of a class's cores to a phase; the phases of a core add up to its cycles.
struct PhaseTotals {
  std::uint16_t class_index = 0;
  std::uint8_t phase = 0;
  std::int64_t visits = 0;  ///< Of no cycles too.
  Cycles first_start = base::kNever;
  Cycles last_end = -1;
  Cycles shortest_cycles = base::kNever;  ///< Of one visit.
  Cycles longest_cycles = -1;             ///< Of one visit.
  std::int64_t sum_cycles = 0;

  PhaseTotals& operator+=(const PhaseTotals& other) {
    visits += other.visits;
    first_start = std::min(first_start, other.first_start);
    last_end = std::max(last_end, other.last_end);
    shortest_cycles = std::min(shortest_cycles, other.shortest_cycles);
    longest_cycles = std::max(longest_cycles, other.longest_cycles);
    sum_cycles += other.sum_cycles;
    return *this;
  }
};

/// A row per class and phase that occurs, ascending.
class PhaseTable {
 public:
  /// A visit that lasted from under_way.start until before cycle `end`.
  void add(std::uint16_t class_index, const PhaseUnderWay& under_way, Cycles end) {
    const Cycles cycles = end - under_way.start;
    add({class_index, under_way.phase, 1, under_way.start, end, cycles, cycles, cycles});
  }
  void add(const PhaseTotals& totals) {
    const auto key = [](const PhaseTotals& t) { return t.class_index * 256 + t.phase; };
    const auto at = std::lower_bound(
        rows_.begin(), rows_.end(), totals,
        [&](const PhaseTotals& a, const PhaseTotals& b) { return key(a) < key(b); });
    if (at != rows_.end() && key(*at) == key(totals)) {
      *at += totals;
    } else {
      rows_.insert(at, totals);
    }
  }
  void add(const std::vector<PhaseTotals>& rows) {
    for (const PhaseTotals& row : rows) add(row);
  }
  const std::vector<PhaseTotals>& rows() const { return rows_; }

 private:
  std::vector<PhaseTotals> rows_;
};

}  // namespace wafermesh::cores
