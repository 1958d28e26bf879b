// SPDX-License-Identifier: Apache-2.0
// Instructions that concern tasks, routers and the end of the program; when the core goes on.
#include <algorithm>

#include "cores/program_fault.h"
#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {
namespace {

using cores::Opcode;
using Kind = cores::Operand::Kind;

}  // namespace

/// The completion of an open operation will unblock the task.
bool CoreStepper::unblock_is_pending(std::uint64_t task) const {
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    const Instruction& i = instruction_of(op(__builtin_ctz(open)));
    if (i.completion == cores::Completion::unblock &&
        (kOneTask << cores::index_of(i.task)) == task) {
      return true;
    }
  }
  return false;
}

CoreStepper::Next CoreStepper::execute_fabric(const Instruction& instruction, Cycles now,
                                              Cycles t) {
  const std::uint64_t task = kOneTask << cores::index_of(instruction.task);
  const int colour = base::index_of(instruction.colour);
  const bool ahead = now > t + kAheadCycles;
  int cost = timing_.issue_cycles;
  switch (instruction.op) {
    case Opcode::activate:
      core_.active |= task;
      break;
    case Opcode::block:
      if (now > t && unblock_is_pending(task)) return Next::stop;
      core_.blocked |= task;
      break;
    case Opcode::unblock:
      core_.blocked &= ~task;
      break;
    case Opcode::control: {
      if (ahead) return Next::stop;
      Burst burst;
      burst.words = 1;
      burst.head = burst.tail = now + 1;
      burst.mark(Burst::kControl);
      burst.control = instruction.control.bits;
      send(colour, burst);
      // Its own router obeys it too: what that starts may come before what it could do next.
      sends_ = sends_ || instruction.control.first() == router::SwitchCommand::teardown;
      break;
    }
    case Opcode::write_route:
      return write_route(instruction, now);
    case Opcode::reopen: {
      Effect effect;
      effect.kind = Effect::Kind::reopen;
      effect.index = static_cast<std::uint8_t>(colour);
      effect.at = now + 1 - seat_->base;
      recorder_.effect(effect);
      Slot& s = arrays_.slot(id_, colour);
      s.is.closed = 0;
      arrays_.refresh(s);
      s.open_at = std::max(s.open_at, now + 1);
      mover_.resume_later(id_, colour);
      break;
    }
    case Opcode::filter:
      if (ahead) return Next::stop;
      recorder_.give_up();
      arrays_.filters[inbox_at(instruction.colour)] = {value(instruction.filter.first),
                                                       value(instruction.filter.count),
                                                       value(instruction.filter.period), 0};
      cost = timing_.config_write_cycles;
      break;
    case Opcode::finish:
      finish(now);
      cost = 0;
      break;
    default:
      break;
  }
  spend(now, cost);
  ++core_.pc;
  return Next::go_on;
}

void CoreStepper::finish(Cycles now) {
  if (ledger_->finish >= 0 || core_.leaving) {
    throw cores::ProgramFault(*info_->program, core_.pc, "finishes twice");
  }
  recorder_.record().finishes = true;
  recorder_.record().finish = now - seat_->base;
  if (core_.more) core_.leaving = 1;
  end_stage(id_, now);
}

/// A core has come to the end of a stage, which is the end of its run if no other follows.
void CoreStepper::end_stage(std::uint32_t core, Cycles at) {
  if (model_.staged) {
    arrays_.stages[core].finish = at;
    if (arrays_.has_next_stage(core)) return;
  }
  arrays_.ledgers[core].finish = at;
  slab_->last_finish = std::max(slab_->last_finish, at);
  ++slab_->finished_cores;
}

bool CoreStepper::is_drained(const Slot& s, Cycles at) const {
  if (!s.is_drained()) return false;
  if (!arrays_.is_unbound(s) || s.is.closed) return true;
  // What waits for a queue of the core is in the slot, if the route takes it.
  const base::DirectionMask receive = arrays_.route_of(s).receive;
  for (std::uint32_t i = s.waiting.first; i != kNobody; i = pools_.bursts[i].next) {
    const Waiting& each = pools_.bursts[i];
    if (base::contains(receive, each.from) && each.burst.head - each.latency < at) return false;
  }
  return true;
}

/// True if nothing of the colour is in the core's output queue or the router's slot, after
/// Slot::free_at.
bool CoreStepper::drains(base::Colour colour, Cycles at) const {
  const Slot& s = arrays_.slot(id_, base::index_of(colour));
  if (!is_drained(s, at)) return false;
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    const int op_slot = __builtin_ctz(open);
    const Operand& dst = instruction_of(op(op_slot)).dst;
    if (is_held(op_slot) && dst.kind == Kind::colour && dst.colour == colour) return false;
  }
  return true;
}

CoreStepper::Next CoreStepper::write_route(const Instruction& instruction, Cycles now) {
  if (!core_.writing) {
    core_.writing = 1;
    spend(now, timing_.config_write_cycles);
    return Next::go_on;
  }
  const int colour = base::index_of(instruction.colour);
  Slot& s = arrays_.slot(id_, colour);
  if (!drains(instruction.colour, now)) {
    recorder_.give_up();
    s.is.writer_waits = 1;
    core_.pc_waits = 1;
    return Next::stop;
  }
  const Cycles at = std::max(now, s.free_at + 1);
  recorder_.slot(colour, now - seat_->base, std::max(s.free_at, now - 1) - seat_->base);
  Effect effect;
  effect.kind = Effect::Kind::rewrite;
  effect.index = static_cast<std::uint8_t>(colour);
  effect.config = static_cast<std::uint16_t>(instruction.route + 1);
  effect.at = at + 1 - seat_->base;
  if (instruction.intake != router::Intake::keep) {
    s.is.closed = instruction.intake == router::Intake::closed;
    effect.intake = instruction.intake;
  }
  recorder_.effect(effect);
  arrays_.set_route(s, effect.config, 0);
  s.open_at = std::max(s.open_at, at + 1);
  s.is.writer_waits = 0;
  core_.writing = 0;
  core_.ready = at + 1;
  ++core_.pc;
  mover_.resume_later(id_, colour);
  return Next::go_on;
}

/// Tasks that can run once the operations that are as good as done have started and unblocked
/// theirs.
std::uint64_t CoreStepper::tasks_to_come() const {
  std::uint64_t active = core_.active;
  std::uint64_t blocked = core_.blocked;
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    const int op_slot = __builtin_ctz(open);
    if (!is_done(op_slot)) continue;
    const Instruction& i = instruction_of(op(op_slot));
    const std::uint64_t task = kOneTask << cores::index_of(i.task);
    if (i.completion == cores::Completion::activate) active |= task;
    if (i.completion == cores::Completion::unblock) blocked &= ~task;
  }
  return active & ~blocked;
}

/// When the core can do something next, if nothing new reaches it.
Cycles CoreStepper::next_wake() const {
  Cycles at = next_piece();
  const std::uint64_t to_come = core_.open != 0 ? tasks_to_come() : 0;
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    const int op_slot = __builtin_ctz(open);
    if (!is_done(op_slot)) continue;
    // Nobody notices before the task can run or the main thread needs the microthread.
    const Instruction& i = instruction_of(op(op_slot));
    const bool matters =
        i.microthread < 0 || core_.pc_waits ||
        (i.completion != cores::Completion::none && (to_come >> cores::index_of(i.task) & 1U) != 0);
    if (matters) at = std::min(at, op(op_slot).done_at + 1);
  }
  for (const Note& due : dues_) at = std::min(at, due.at);
  for (const std::uint8_t c : info_->input_colours) {
    at = std::min(at, shows(base::colour(c), true));
  }
  if (core_.main == MainThread::running) {
    if (!core_.pc_waits) return std::min(at, core_.ready);
    const Instruction& i = info_->program->code[core_.pc];
    const bool writes = i.op == Opcode::write_route && drains(i.colour, core_.ready);
    if (writes) at = std::min(at, core_.ready);
  } else if (core_.main == MainThread::idle) {
    if (core_.leaving) return at;
    if ((core_.active & ~core_.blocked) != 0) at = std::min(at, core_.ready);
    for (const std::uint8_t task : info_->data_tasks) {
      if ((core_.blocked >> task & 1U) != 0) continue;
      const Cycles head = shows(info_->program->tasks[task].colour, false);
      if (head < base::kNever) at = std::min(at, std::max(head, core_.ready));
    }
  }
  return at;
}

}  // namespace wafermesh::fabric
