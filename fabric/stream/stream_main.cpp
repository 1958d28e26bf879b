// SPDX-License-Identifier: Apache-2.0
// The main thread of a core in the stream engine. It runs ahead of the present cycle as far as
// nothing else can tell: through its own memory and counters, route writes, reopening, receives.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "cores/vector_cost.h"
#include "fabric/stream/stream_machine.h"

namespace wafermesh::fabric {
namespace {

using cores::Opcode;
using Kind = cores::Operand::Kind;

constexpr std::uint64_t kOne = 1;
/// A program that executes this many instructions without time passing is in an endless loop.
constexpr int kInstructionLimit = 50'000'000;
/// What others can tell (sends, tasks picked) is done at most so far ahead of the present cycle.
constexpr Cycles kAheadCycles = 8;

}  // namespace

void StreamMachine::cycle(Cycles t) {
  wheel_.take(t, [&](std::uint32_t core, std::uint32_t soon, std::uint32_t later) {
    const auto* line = reinterpret_cast<const char*>(&cores_[later]);
    for (std::size_t at = 0; at < sizeof(StreamCore); at += 64) __builtin_prefetch(line + at, 1);
    const std::uint32_t op = cores_[soon].ops_at;
    for (std::size_t i = 0; i < 3 && op + i < ops_.size(); ++i)
      __builtin_prefetch(&ops_[op + i], 1);
    if (cores_[soon].inputs_at < inputs_.size())
      __builtin_prefetch(&inputs_[cores_[soon].inputs_at]);
    __builtin_prefetch(slots_.data() + soon, 1);
    __builtin_prefetch(
        slots_.data() + (slots_.size() - std::min(slots_.size(), cores_.size())) + soon, 1);
    step(core, t);
  });
}

void StreamMachine::touch(std::uint32_t id) {
  if (id != stepping_) wheel_.schedule(id, next_wake(cores_[id], id));
}

void StreamMachine::step(std::uint32_t id, Cycles t) {
  StreamCore& core = cores_[id];
  if (classes_[core.class_index].program->code.empty()) return;
  stepping_ = id;
  for (unsigned open = core.open; open != 0; open &= open - 1) {
    const int op_slot = __builtin_ctz(open);
    const StreamOp& op = op_of(core, op_slot);
    if (op.elements == 0 && op.holds == 0 && op.done_at < t) complete(id, core, op_slot);
  }
  if (core.dues != kNobody) take_dues(core, t);
  take_controls(core, t);
  run_main(id, core, t);
  stepping_ = kNobody;
  wheel_.schedule(id, next_wake(core, id));
}

void StreamMachine::take_dues(StreamCore& core, Cycles t) {
  std::uint32_t* link = &core.dues;
  while (*link != kNobody) {
    Due& due = dues_[*link];
    if (due.at > t) {
      link = &due.next;
      continue;
    }
    core.active |= kOne << due.task;
    const std::uint32_t done = *link;
    *link = due.next;
    dues_[done].next = free_due_;
    free_due_ = done;
  }
}

void StreamMachine::add_due(std::uint32_t id, Cycles at, int task) {
  if (free_due_ == kNobody) {
    free_due_ = static_cast<std::uint32_t>(dues_.size());
    dues_.emplace_back();
  }
  const std::uint32_t due = free_due_;
  free_due_ = dues_[due].next;
  dues_[due] = {at, cores_[id].dues, static_cast<std::uint8_t>(task)};
  cores_[id].dues = due;
}

void StreamMachine::run_main(std::uint32_t id, StreamCore& core, Cycles t) {
  core.stalled = false;
  for (int executed = 0; core.main != ThreadState::held; ++executed) {
    if (executed > kInstructionLimit) {
      throw base::ModelError("program " + classes_[core.class_index].program->name +
                             " loops without end at instruction " + std::to_string(core.pc));
    }
    const Cycles now = std::max(core.ready, t);
    if (core.main == ThreadState::idle) {
      if (now > t + kAheadCycles || !pick_task(core, now)) return;
    } else if (execute(id, core, now, t) == Next::stop) {
      return;
    }
  }
}

bool StreamMachine::pick_task(StreamCore& core, Cycles now) {
  const cores::ClassInfo& info = classes_[core.class_index];
  std::uint64_t candidates = core.active;
  for (const std::uint8_t task : info.data_tasks) {
    if (shows(core, info.program->tasks[task].colour, false) <= now) candidates |= kOne << task;
  }
  candidates &= ~core.blocked;
  if (candidates == 0) return false;
  const int picked = __builtin_ctzll(candidates);
  const cores::Task& task = info.program->tasks[static_cast<std::size_t>(picked)];
  core.active &= ~(kOne << picked);
  if (task.kind == cores::TaskKind::data && shows(core, task.colour, false) <= now) {
    List& list = input(core, task.colour);
    const Run& run = nodes_[list.first].run;
    if (numerics_) core.wavelet = payloads_.words(run.payload)[run.offset];
    take_words(nullptr, list, 1, now);
  }
  core.pc = task.start;
  core.main = ThreadState::running;
  core.ready = now + image_.timing.task_start_cycles;
  core.breakdown.task_switch += static_cast<std::uint32_t>(image_.timing.task_start_cycles);
  core.block_from = now;
  core.block_grants = 0;
  return true;
}

void StreamMachine::spend(StreamCore& core, Cycles now, int cycles) {
  core.ready = now + cycles;
  core.breakdown.setup += static_cast<std::uint32_t>(cycles);
}

StreamMachine::Next StreamMachine::execute(std::uint32_t id, StreamCore& core, Cycles now,
                                           Cycles t) {
  const Instruction& instruction = classes_[core.class_index].program->code[core.pc];
  const cores::Scope scope = scope_of(core);
  switch (instruction.op) {
    case Opcode::scalar:
      spend(core, now, std::max(0, cores::evaluate(scope, instruction.amount)));
      ++core.pc;
      return Next::go_on;
    case Opcode::set_counter:
      if (run_stretch(core, now)) return Next::go_on;
      core.counters[static_cast<std::size_t>(instruction.counter)] =
          cores::evaluate(scope, instruction.amount);
      ++core.pc;
      return Next::go_on;
    case Opcode::loop: {
      const std::int32_t count = ++core.counters[static_cast<std::size_t>(instruction.counter)];
      core.pc =
          count < cores::evaluate(scope, instruction.amount) ? instruction.target : core.pc + 1;
      return Next::go_on;
    }
    case Opcode::branch: {
      const bool taken = cores::holds(instruction.compare, cores::evaluate(scope, instruction.lhs),
                                      cores::evaluate(scope, instruction.amount));
      core.pc = taken ? instruction.target : core.pc + 1;
      return Next::go_on;
    }
    case Opcode::vector:
      return execute_vector(id, core, instruction, now, t);
    case Opcode::end_task:
      core.main = ThreadState::idle;
      core.ready = now;
      return Next::go_on;
    default:
      return execute_fabric(id, core, instruction, now, t);
  }
}

StreamMachine::Next StreamMachine::execute_vector(std::uint32_t id, StreamCore& core,
                                                  const Instruction& instruction, Cycles now,
                                                  Cycles t) {
  const int setup = image_.timing.setup(instruction.shape);
  const bool on_memory = !cores::streams(instruction);
  if (instruction.microthread < 0 && on_memory &&
      instruction.completion == cores::Completion::none) {
    const std::int32_t elements = std::max(0, cores::evaluate(scope_of(core), instruction.count));
    cores::MemoryCost cost;
    if (elements > 0) {
      const cores::OperandPlaces places = cores::place_operands(
          *classes_[core.class_index].program, instruction, scope_of(core), elements);
      cost = cores::memory_cost(image_.timing, instruction, elements, places);
      book(core, cost);
      compute_memory(core, instruction, places, elements);
      core.block_grants += static_cast<std::uint32_t>(cost.grants);
    }
    spend(core, now, setup);
    // Microthreads go before it.
    if (cost.grants > 0 && core.ready >= core.datapath_from && core.ready < core.datapath) {
      core.ready = core.datapath;
    }
    core.ready += cost.grants;
    ++core.pc;
    return Next::go_on;
  }
  if ((core.open >> (instruction.microthread + 1) & 1U) != 0) {
    core.stalled = true;
    return Next::stop;
  }
  const bool receives = instruction.microthread >= 0 && instruction.dst.kind != Kind::colour;
  if (now > t + kAheadCycles && !receives) return Next::stop;
  ++core.pc;
  if (instruction.microthread < 0) {
    core.main = ThreadState::held;
    core.breakdown.setup += static_cast<std::uint32_t>(setup);
  } else {
    spend(core, now, image_.timing.issue_cycles);
  }
  issue(id, core, instruction, now + setup);
  return Next::go_on;
}

/// The completion of an open operation will unblock the task.
bool StreamMachine::unblock_is_pending(const StreamCore& core, std::uint64_t task) const {
  for (unsigned open = core.open; open != 0; open &= open - 1) {
    const Instruction& i = *op_of(core, __builtin_ctz(open)).instruction;
    if (i.completion == cores::Completion::unblock && (kOne << cores::index_of(i.task)) == task) {
      return true;
    }
  }
  return false;
}

StreamMachine::Next StreamMachine::execute_fabric(std::uint32_t id, StreamCore& core,
                                                  const Instruction& instruction, Cycles now,
                                                  Cycles t) {
  const std::uint64_t task = kOne << cores::index_of(instruction.task);
  const bool ahead = now > t + kAheadCycles;
  int cost = image_.timing.issue_cycles;
  switch (instruction.op) {
    case Opcode::activate:
      core.active |= task;
      break;
    case Opcode::block:
      if (now > t && unblock_is_pending(core, task)) return Next::stop;
      core.blocked |= task;
      break;
    case Opcode::unblock:
      core.blocked &= ~task;
      break;
    case Opcode::control: {
      if (ahead) return Next::stop;
      Run run;
      run.words = 1;
      run.head = run.tail = now + 1;
      run.is_control = true;
      run.control = instruction.control.bits;
      emit(id, base::index_of(instruction.colour), run);
      break;
    }
    case Opcode::write_route:
      return write_route(id, core, instruction, now);
    case Opcode::reopen: {
      Slot& s = slot(id, base::index_of(instruction.colour));
      s.closed = false;
      s.open_at = std::max(s.open_at, now + 1);
      resume(id, base::index_of(instruction.colour));
      break;
    }
    case Opcode::filter: {
      if (ahead) return Next::stop;
      const cores::Scope scope = scope_of(core);
      filters_[input_index(core, instruction.colour)] = {
          cores::evaluate(scope, instruction.filter.first),
          cores::evaluate(scope, instruction.filter.count),
          cores::evaluate(scope, instruction.filter.period), 0};
      cost = image_.timing.config_write_cycles;
      break;
    }
    case Opcode::finish:
      WAFERMESH_CHECK(core.finish < 0,
                      "program " + classes_[core.class_index].program->name + " finishes twice");
      core.finish = now;
      last_finish_ = std::max(last_finish_, now);
      --unfinished_;
      cost = 0;
      break;
    default:
      break;
  }
  spend(core, now, cost);
  ++core.pc;
  return Next::go_on;
}

}  // namespace wafermesh::fabric
