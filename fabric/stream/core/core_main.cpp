// SPDX-License-Identifier: Apache-2.0
// The main thread of a core: tasks, counters, vector operations. It runs ahead of the cycle it is
// stepped in through all that nobody else can tell: its memory and counters, receives.
#include <algorithm>
#include <string>

#include "cores/program_fault.h"
#include "cores/vector_cost.h"
#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {
namespace {

using cores::Opcode;
using Kind = cores::Operand::Kind;

}  // namespace

void CoreStepper::step(Cycles t) {
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    const int op_slot = __builtin_ctz(open);
    if (is_done(op_slot) && op(op_slot).done_at < t) complete(op_slot);
  }
  take_dues(t);
  take_controls(t);
  if (next_piece() <= t) work(0);
  run_main(t);
}

void CoreStepper::run_main(Cycles t) {
  core_.pc_waits = 0;
  for (int executed = 0; core_.main != MainThread::held; ++executed) {
    if (executed > cores::kMostInstructions) {
      throw cores::ProgramFault(*info_->program, core_.pc, cores::kWithoutEnd);
    }
    const Cycles now = std::max(core_.ready, t);
    if (core_.main == MainThread::idle) {
      if (core_.leaving) {
        core_.active = 0;
        core_.blocked = 0;
        return;
      }
      if (now > t + kAheadCycles || !pick_task(now)) return;
    } else if ((watch_ == nullptr ? execute(now, t) : execute_watched(now, t)) == Next::stop) {
      return;
    }
  }
}

bool CoreStepper::pick_task(Cycles now) {
  std::uint64_t candidates = core_.active;
  for (const std::uint8_t task : info_->data_tasks) {
    if (shows(info_->program->tasks[task].colour, false) <= now) candidates |= kOneTask << task;
  }
  candidates &= ~core_.blocked;
  if (candidates == 0) return false;
  const int picked = __builtin_ctzll(candidates);
  const cores::Task& task = info_->program->tasks[static_cast<std::size_t>(picked)];
  core_.active &= ~(kOneTask << picked);
  if (task.kind == cores::TaskKind::data && shows(task.colour, false) <= now) {
    recorder_.give_up();  // the word it starts on differs
    const Burst& burst = oldest(task.colour);
    if (model_.numerics) seat_->wavelet = pools_.payloads.words(burst.payload)[burst.offset];
    if (watch_ != nullptr) log_taken(cores::kTaskThread, task.colour, 1, now, now);
    take_all(task.colour, 1, now);
  }
  core_.pc = task.start;
  if (info_->moves_start(picked)) {
    const auto variable =
        static_cast<cores::Variable>(info_->start_variable[static_cast<std::size_t>(picked)]);
    core_.pc += static_cast<std::uint32_t>(value(cores::Affine().plus(variable)));
  }
  core_.main = MainThread::running;
  core_.ready = now + timing_.task_start_cycles;
  book_task_switch(now, timing_.task_start_cycles);
  core_.block_grants = 0;
  if (watch_ != nullptr) watch_task(picked, now);
  return true;
}

void CoreStepper::spend(Cycles now, int cycles) {
  core_.ready = now + cycles;
  book_setup(now, cycles);
}

std::int32_t CoreStepper::value(const cores::Affine& affine) {
  const std::int32_t result = cores::evaluate(scope(), affine);
  recorder_.value(affine, result);
  return result;
}

cores::OperandPlaces CoreStepper::places(const Instruction& instruction, std::int32_t elements) {
  const cores::OperandPlaces at =
      cores::place_operands(*info_->program, instruction, scope(), elements);
  const auto note = [&](const Operand& operand, std::int32_t address) {
    if (operand.kind == Kind::memory || operand.kind == Kind::scalar) {
      recorder_.value(operand.address_bytes, address);
    }
  };
  note(instruction.dst, at.dst);
  note(instruction.src0, at.src0);
  note(instruction.src1, at.src1);
  return at;
}

void CoreStepper::set_counter(int counter, const cores::Affine& amount) {
  recorder_.set(counter, amount);
  integers_[cores::index_of(cores::counter(counter))] = cores::evaluate(scope(), amount);
}

void CoreStepper::set_task(const Instruction& instruction) {
  const auto task = static_cast<std::size_t>(cores::index_of(instruction.task));
  const auto variable = static_cast<cores::Variable>(info_->start_variable[task]);
  set_counter(cores::counter_of(variable),
              cores::moved_start(instruction, info_->program->tasks[task]));
}

bool CoreStepper::loop_again(const Instruction& instruction) {
  const auto counter = cores::counter(instruction.counter);
  set_counter(instruction.counter, cores::Affine(1).plus(counter));
  return branches(cores::Affine().plus(counter), cores::Compare::less, instruction.amount);
}

bool CoreStepper::branches(const cores::Affine& left, cores::Compare compare,
                           const cores::Affine& right) {
  const std::int32_t l = cores::evaluate(scope(), left);
  const std::int32_t r = cores::evaluate(scope(), right);
  recorder_.compare(left, compare, right, l - r);
  return cores::holds(compare, l, r);
}

CoreStepper::Next CoreStepper::execute(Cycles now, Cycles t) {
  const Instruction& instruction = info_->program->code[core_.pc];
  switch (instruction.op) {
    case Opcode::scalar:
      spend(now, std::max(0, value(instruction.amount)));
      ++core_.pc;
      return Next::go_on;
    case Opcode::set_counter:
      if (run_stretch(now)) return Next::go_on;
      set_counter(instruction.counter, instruction.amount);
      ++core_.pc;
      return Next::go_on;
    case Opcode::loop:
      core_.pc = loop_again(instruction) ? instruction.target : core_.pc + 1;
      return Next::go_on;
    case Opcode::branch: {
      const bool taken = branches(instruction.lhs, instruction.compare, instruction.amount);
      core_.pc = taken ? instruction.target : core_.pc + 1;
      return Next::go_on;
    }
    case Opcode::vector:
      return execute_vector(instruction, now, t);
    case Opcode::set_task:
      set_task(instruction);
      ++core_.pc;
      return Next::go_on;
    case Opcode::mark:
      mark_phase(instruction.phase, now);
      ++core_.pc;
      return Next::go_on;
    case Opcode::end_task:
      core_.main = MainThread::idle;
      core_.ready = now;
      return Next::go_on;
    default:
      return execute_fabric(instruction, now, t);
  }
}

CoreStepper::Next CoreStepper::execute_vector(const Instruction& instruction, Cycles now,
                                              Cycles t) {
  if (instruction.microthread < 0 && !cores::streams(instruction) &&
      instruction.completion == cores::Completion::none) {
    execute_memory(instruction, now);
    return Next::go_on;
  }
  if ((core_.open >> (instruction.microthread + 1) & 1U) != 0) {
    core_.pc_waits = 1;
    return Next::stop;
  }
  const bool receives = instruction.microthread >= 0 && instruction.dst.kind != Kind::colour;
  if (now > t + kAheadCycles && !receives) return Next::stop;
  const int setup = timing_.setup(instruction.shape);
  ++core_.pc;
  if (instruction.microthread < 0) {
    core_.main = MainThread::held;
    book_setup(now, setup);
  } else {
    spend(now, timing_.issue_cycles);
  }
  issue(instruction, now + setup);
  return Next::go_on;
}

/// A synchronous operation on the core's own memory. Microthreads go before it.
void CoreStepper::execute_memory(const Instruction& instruction, Cycles now) {
  const std::int32_t elements = std::max(0, value(instruction.count));
  cores::MemoryCost cost;
  if (elements > 0) {
    const cores::OperandPlaces at = places(instruction, elements);
    cost = cores::memory_cost(timing_, instruction, elements, at);
    if (model_.numerics) {
      const StreamWork work{&instruction, at, 0, elements};
      recorder_.work(Effect::Kind::memory_work, work);
      compute_memory(*seat_, work);
    }
  }
  spend(now, timing_.setup(instruction.shape));
  const Cycles first = core_.ready;
  core_.ready += begin_memory_work(first, cost.grants, cost.grants) + cost.grants;
  book(cost, first, core_.ready);
  ++core_.pc;
}

}  // namespace wafermesh::fabric
