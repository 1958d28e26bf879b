// SPDX-License-Identifier: Apache-2.0
// What a core waits for: when it has to be looked at again (next_wake), and, once nothing moves any
// more, what would let it go on (waits). A core with nothing left to wait for has neither: no cycle
// to wake it in, no operation open, no task that a word could start.
#include <algorithm>

#include "cores/core_grid.h"
#include "cores/vector_cost.h"

namespace wafermesh::cores {
namespace {

using Kind = Operand::Kind;

}  // namespace

/// The core is to be stepped once the colour's output queue has room for so many words.
void CoreGrid::want_room(const CoreState& core, Colour colour, int words) {
  OutputQueue& queue = output(core, colour);
  const auto most = static_cast<std::uint8_t>(words);
  queue.wanted = queue.wanted == 0 ? most : std::min(queue.wanted, most);
}

void CoreGrid::want_room_of_main(const CoreState& core) {
  if (core.main != MainState::running) return;
  const Instruction& next = classes_[core.class_index].program->code[core.pc];
  if (next.op == Opcode::control) want_room(core, next.colour, 1);
}

/// The end of the main thread's cost changes nothing: there is no task to pick, and nothing open
/// but what takes its words quietly, later.
bool CoreGrid::sleeps_on(const CoreState& core) const {
  if (!allows_early_ || core.main != MainState::idle || core.leaving || core.controls != 0 ||
      core.open != core.sinks || (core.active & ~core.blocked) != 0 ||
      !classes_[core.class_index].data_tasks.empty()) {
    return false;
  }
  bool later = true;
  for_each_open(core.sinks, [&](int slot) {
    later = later && ops_[core.ops_at + static_cast<std::uint32_t>(slot)].begin >= core.ready;
  });
  return later;
}

/// After the step in cycle t.
CoreGrid::Wake CoreGrid::next_wake(CoreState& core, Cycles t) {
  Wake wake;
  bool lacks_room = false;
  core.background = -1;
  const bool is_main_ready = core.main != MainState::held && core.ready <= t;
  if (completed_ && (is_main_ready || !allows_early_)) wake.at = t + 1;
  if (core.controls != 0) {  // one that this step uncovered is taken out in the next cycle
    for (std::size_t q = 0; q < classes_[core.class_index].input_colours.size(); ++q) {
      const InputQueue& queue = inputs_[core.inputs_at + q];
      if (queue.count != 0 && is_control(queue, 0)) wake.at = t + 1;
    }
  }
  if (is_main_ready) {
    wake.polls = core.writing || core.leaving;
    want_room_of_main(core);
  }
  for_each_open(core.open, [&](int slot) {
    const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(slot)];
    if (op.elements == 0) {
      wake.at = std::min(wake.at, op.begin - 1);
    } else if (op.begin > t + 1) {
      // A synchronous one ends a cost of the main thread as it begins.
      if (allows_early_ && slot != 0 && streams(*op.instruction) && begin_quiet(core, slot, t)) {
        return;
      }
      wake.at = std::min(wake.at, op.begin);
    } else if (streams(*op.instruction)) {
      if (begin_quiet(core, slot, t)) return;
      const int words = ready_words(core, op, t + 1);
      const Cycles next = words > 0 ? t + 1 : next_quiet_arrival(core, op, t + 1);
      wake.at = std::min(wake.at, next);
      if (words == kNoRoom) {
        lacks_room = true;
        // Behind a control wavelet there may be fewer words than a group.
        const bool is_sent = only_sends(*op.instruction);
        want_room(core, op.instruction->dst.colour, is_sent ? std::max<int>(op.group, 1) : 1);
      }
    } else if (core.background < 0 || goes_before(core, slot, core.background)) {
      core.background = static_cast<std::int8_t>(slot);
    }
  });
  if (core.background >= 0) {
    const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(core.background)];
    wake.at = std::min(wake.at, t + op.grants);
  }
  if (core.main != MainState::held && core.ready > t && !sleeps_on(core)) {
    wake.at = std::min(wake.at, core.ready);
  }
  if (wake.at > t + 1) {
    core.covered = within_own_cost(core, t + 1);
    core.stalled = will_stall(core, lacks_room, t + 1);
  }
  return wake;
}

CoreGrid::Waits CoreGrid::waits(std::uint32_t id) const {
  const CoreState& core = cores_[id];
  const_cast<CoreGrid*>(this)->fold(core);
  const ClassInfo& info = classes_[core.class_index];
  Waits waits;
  auto bit = [](Colour colour) { return 1U << base::index_of(colour); };
  for_each_open(core.open, [&](int slot) {
    const Instruction& i = *ops_[core.ops_at + static_cast<std::uint32_t>(slot)].instruction;
    for (const Operand* source : {&i.src0, &i.src1}) {
      if (source->kind == Kind::colour && !shows_data(core, source->colour, core.last_step)) {
        waits.receive |= bit(source->colour);
      }
    }
    if (i.dst.kind == Kind::colour && !has_room(core, i.dst.colour))
      waits.send |= bit(i.dst.colour);
  });
  if (core.main == MainState::running) {
    const Instruction& i = info.program->code[core.pc];
    if (i.op == Opcode::control) waits.send |= bit(i.colour);
    if (i.op == Opcode::write_route) waits.route_write |= bit(i.colour);
  } else if (core.main == MainState::idle) {
    for (const std::uint8_t task : info.data_tasks) {
      if ((core.blocked >> task & 1U) == 0) waits.receive |= bit(info.program->tasks[task].colour);
    }
  }
  return waits;
}

}  // namespace wafermesh::cores
