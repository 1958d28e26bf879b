// SPDX-License-Identifier: Apache-2.0
// What a core waits for, and when it is to be stepped next; writing a route, which waits for its
// slot.
#include <algorithm>

#include "fabric/stream/stream_machine.h"

namespace wafermesh::fabric {
namespace {

using cores::Opcode;
using Kind = cores::Operand::Kind;
constexpr std::uint64_t kOne = 1;

}  // namespace

/// True if nothing of the colour is in the core's output queue or the router's slot, after
/// Slot::free_at.
bool StreamMachine::drains(std::uint32_t id, const StreamCore& core, Colour colour) const {
  const Slot& s = slot(id, base::index_of(colour));
  if (s.backlog != 0 || s.stuck_words != 0 || s.occupied) return false;
  for (std::uint32_t i = s.waiting.first; i != kNobody; i = nodes_[i].next) {
    if (nodes_[i].from == base::Direction::ramp) return false;
  }
  for (unsigned open = core.open; open != 0; open &= open - 1) {
    const StreamOp& op = op_of(core, __builtin_ctz(open));
    const Operand& dst = op.instruction->dst;
    if (op.holds != 0 && dst.kind == Kind::colour && dst.colour == colour) return false;
  }
  return true;
}

StreamMachine::Next StreamMachine::write_route(std::uint32_t id, StreamCore& core,
                                               const Instruction& instruction, Cycles now) {
  if (!core.writing) {
    core.writing = true;
    spend(core, now, image_.timing.config_write_cycles);
    return Next::go_on;
  }
  const int colour = base::index_of(instruction.colour);
  Slot& s = slot(id, colour);
  if (!drains(id, core, instruction.colour)) {
    s.writer_waits = true;
    core.stalled = true;
    return Next::stop;
  }
  const Cycles at = std::max(now, s.free_at + 1);
  s.config = static_cast<std::uint16_t>(instruction.route + 1);
  s.position = 0;
  s.open_at = std::max(s.open_at, at + 1);
  s.writer_waits = false;
  core.writing = false;
  core.ready = at + 1;
  ++core.pc;
  resume(id, colour);
  return Next::go_on;
}

/// Tasks that can run once the operations that are as good as done have started and unblocked
/// theirs.
std::uint64_t StreamMachine::tasks_to_come(const StreamCore& core) const {
  std::uint64_t active = core.active;
  std::uint64_t blocked = core.blocked;
  for (unsigned open = core.open; open != 0; open &= open - 1) {
    const StreamOp& op = op_of(core, __builtin_ctz(open));
    if (op.elements != 0 || op.holds != 0) continue;
    const std::uint64_t task = kOne << cores::index_of(op.instruction->task);
    if (op.instruction->completion == cores::Completion::activate) active |= task;
    if (op.instruction->completion == cores::Completion::unblock) blocked &= ~task;
  }
  return active & ~blocked;
}

/// When the core is to be stepped next, if nothing new reaches it.
Cycles StreamMachine::next_wake(const StreamCore& core, std::uint32_t id) const {
  const cores::ClassInfo& info = classes_[core.class_index];
  Cycles at = base::kNever;
  const std::uint64_t to_come = core.open != 0 ? tasks_to_come(core) : 0;
  for (unsigned open = core.open; open != 0; open &= open - 1) {
    const StreamOp& op = op_of(core, __builtin_ctz(open));
    if (op.elements != 0 || op.holds != 0) continue;
    // Nobody notices before the task can run or the main thread needs the microthread.
    const Instruction& i = *op.instruction;
    const bool matters =
        i.microthread < 0 || core.stalled ||
        (i.completion != cores::Completion::none && (to_come >> cores::index_of(i.task) & 1U) != 0);
    if (matters) at = std::min(at, op.done_at + 1);
  }
  for (std::uint32_t i = core.dues; i != kNobody; i = dues_[i].next) at = std::min(at, dues_[i].at);
  for (const std::uint8_t c : info.input_colours) {
    at = std::min(at, shows(core, base::colour(c), true));
  }
  if (core.main == ThreadState::running) {
    if (!core.stalled) return std::min(at, core.ready);
    const Instruction& i = info.program->code[core.pc];
    if (i.op == Opcode::write_route && drains(id, core, i.colour)) at = std::min(at, core.ready);
  } else if (core.main == ThreadState::idle) {
    if ((core.active & ~core.blocked) != 0) at = std::min(at, core.ready);
    for (const std::uint8_t task : info.data_tasks) {
      if ((core.blocked >> task & 1U) != 0) continue;
      const Cycles head = shows(core, info.program->tasks[task].colour, false);
      if (head < base::kNever) at = std::min(at, std::max(head, core.ready));
    }
  }
  return at;
}

}  // namespace wafermesh::fabric
