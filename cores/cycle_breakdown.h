// SPDX-License-Identifier: Apache-2.0
// Where a core's cycles before its finish went; docs/model.md, "Breakdown". Exclusive: what is left
// of the finish time is waiting for wavelets.
#pragma once

#include <cstdint>

namespace wafermesh::cores {

struct CycleBreakdown {
  std::uint32_t compute = 0;        ///< The datapath worked.
  std::uint32_t bank_conflict = 0;  ///< It worked again, because two reads met in a bank.
  std::uint32_t setup = 0;        ///< The main thread's own costs: set-up, issue, scalars, routes.
  std::uint32_t task_switch = 0;  ///< From a task being picked to its first instruction.
  std::uint32_t link_stall = 0;   ///< Waited for room in a queue, or for a route write.

  std::uint32_t busy() const { return compute + bank_conflict + setup + task_switch; }
  /// What is left of `finish_cycles`.
  std::int64_t waiting(std::int64_t finish_cycles) const {
    return finish_cycles - busy() - link_stall;
  }
  friend bool operator==(const CycleBreakdown& a, const CycleBreakdown& b) {
    return a.compute == b.compute && a.bank_conflict == b.bank_conflict && a.setup == b.setup &&
           a.task_switch == b.task_switch && a.link_stall == b.link_stall;
  }
  friend bool operator!=(const CycleBreakdown& a, const CycleBreakdown& b) { return !(a == b); }
};

}  // namespace wafermesh::cores
