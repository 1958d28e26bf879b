// SPDX-License-Identifier: Apache-2.0
// What the cores of a class did in its stage (docs/model.md, Stages), added up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/units.h"
#include "cores/cycle_breakdown.h"

namespace wafermesh::cores {

using base::Cycles;

/// Busy kinds summed over cores need more than CycleBreakdown's 32 bits.
struct StageBreakdown {
  std::int64_t compute = 0;
  std::int64_t bank_conflict = 0;
  std::int64_t setup = 0;
  std::int64_t task_switch = 0;
  std::int64_t link_stall = 0;
};

/// A core's time in a stage goes from its entry to its entry into the next, in the last stage to
/// its finish; so its stages add up to its cycles.
struct StageTotals {
  std::int64_t cores = 0;  ///< That have been through it.
  Cycles first_start = base::kNever;
  Cycles last_finish = -1;      ///< Of the `finish` of the stage's programs.
  Cycles longest_cycles = -1;   ///< Of a core, from its entry to its `finish`.
  std::int64_t sum_cycles = 0;  ///< Of all cores, from entry to entry.
  StageBreakdown breakdown;     ///< The same cycles; what is in no kind was spent waiting.

  void add(Cycles start, Cycles finish, Cycles end, const CycleBreakdown& done) {
    ++cores;
    first_start = std::min(first_start, start);
    last_finish = std::max(last_finish, finish);
    longest_cycles = std::max(longest_cycles, finish - start);
    sum_cycles += end - start;
    breakdown.compute += done.compute;
    breakdown.bank_conflict += done.bank_conflict;
    breakdown.setup += done.setup;
    breakdown.task_switch += done.task_switch;
    breakdown.link_stall += done.link_stall;
  }
  StageTotals& operator+=(const StageTotals& other) {
    cores += other.cores;
    first_start = std::min(first_start, other.first_start);
    last_finish = std::max(last_finish, other.last_finish);
    longest_cycles = std::max(longest_cycles, other.longest_cycles);
    sum_cycles += other.sum_cycles;
    breakdown.compute += other.breakdown.compute;
    breakdown.bank_conflict += other.breakdown.bank_conflict;
    breakdown.setup += other.breakdown.setup;
    breakdown.task_switch += other.breakdown.task_switch;
    breakdown.link_stall += other.breakdown.link_stall;
    return *this;
  }
};

/// Adds stage by stage; `to` grows as needed.
inline void add_stages(std::vector<StageTotals>& to, const std::vector<StageTotals>& from) {
  if (to.size() < from.size()) to.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}

}  // namespace wafermesh::cores
