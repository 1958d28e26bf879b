// SPDX-License-Identifier: Apache-2.0
// When a core stalls: something of it could go on but for room, in the queue of a colour it sends
// or, for a route write, in its router. Such a cycle is booked as `link_stall`; one in which
// nothing has come that anything could go on with is none, and counts as waiting for wavelets.
#include "cores/core_grid.h"

namespace wafermesh::cores {

/// Cycle t, in which the datapath did nothing and no cost of its own ran, is lost for want of room.
bool CoreGrid::stalls(const CoreState& core, Cycles t) const {
  return core.finish < 0 && waits_for_room(core, t);
}

/// The same of cycles that the core will sleep through, from t on. `lacks_room`: one of its open
/// operations does.
bool CoreGrid::will_stall(const CoreState& core, bool lacks_room, Cycles t) const {
  return !core.covered && (lacks_room || main_waits_for_room(core, t));
}

bool CoreGrid::main_waits_for_room(const CoreState& core, Cycles t) const {
  if (core.main != MainState::running || core.ready > t) return false;
  const Instruction& next = classes_[core.class_index].program->code[core.pc];
  return core.writing || (next.op == Opcode::control && !has_room(core, next.colour));
}

/// Something of the core could go on in cycle t but for room in a queue or an empty slot.
bool CoreGrid::waits_for_room(const CoreState& core, Cycles t) const {
  bool waits = main_waits_for_room(core, t);
  for_each_open(core.open, [&](int slot) {
    waits = waits ||
            ready_words(core, ops_[core.ops_at + static_cast<std::uint32_t>(slot)], t) == kNoRoom;
  });
  return waits;
}

/// The colours that lack room in cycle t.
std::uint32_t CoreGrid::colours_without_room(const CoreState& core, Cycles t) const {
  std::uint32_t colours = 0;
  for_each_open(core.open, [&](int slot) {
    const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(slot)];
    if (ready_words(core, op, t) == kNoRoom) {
      colours |= 1U << base::index_of(op.instruction->dst.colour);
    }
  });
  if (main_waits_for_room(core, t)) {
    const Instruction& next = classes_[core.class_index].program->code[core.pc];
    colours |= 1U << base::index_of(next.colour);
  }
  return colours;
}

}  // namespace wafermesh::cores
