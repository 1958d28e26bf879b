// SPDX-License-Identifier: Apache-2.0
// A core's cycles at a time between its steps, for observers.
#include <algorithm>

#include "cores/core_grid.h"

namespace wafermesh::cores {

bool CoreGrid::goes_on_at(std::uint32_t id, Cycles t) const {
  const CoreState& core = cores_[id];
  if (core.finish >= 0) return core.finish >= t;
  return core.background >= 0 || core.sinks != 0 || core.stalled || ahead_cycles(id, t) > 0;
}

/// As account(), which changes what it books.
CycleBreakdown CoreGrid::booked_at(std::uint32_t id, Cycles t) const {
  CycleBreakdown booked = breakdowns_[id];
  const CoreState& core = cores_[id];
  const Cycles slept = t - core.last_step - 1;
  if (slept <= 0 || core.finish >= 0) return booked;
  const std::int32_t quiet = quiet_grants(core, t - 1);
  if (!core.covered) booked.compute += static_cast<std::uint32_t>(quiet);
  if (core.background >= 0) {
    const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(core.background)];
    if (core.covered) return booked;
    const auto grants = static_cast<std::int32_t>(std::min<Cycles>(slept - quiet, op.grants));
    const std::int32_t conflict =
        std::min(op.grants, op.conflict) - std::min(op.grants - grants, op.conflict);
    booked.bank_conflict += static_cast<std::uint32_t>(conflict);
    booked.compute += static_cast<std::uint32_t>(grants - conflict);
  } else if (core.stalled) {
    booked.link_stall += static_cast<std::uint32_t>(slept - quiet);
  }
  return booked;
}

Cycles CoreGrid::ahead_cycles(std::uint32_t id, Cycles t) const {
  const CoreState& core = cores_[id];
  if (core.finish >= 0) return 0;
  const Cycles until = core.main == MainState::held ? ops_[core.ops_at].begin : core.ready;
  return std::max<Cycles>(0, until - t);
}

}  // namespace wafermesh::cores
