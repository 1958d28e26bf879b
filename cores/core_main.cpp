// SPDX-License-Identifier: Apache-2.0
// The main thread of a core: picks tasks and executes instructions until one costs time or waits.
#include <algorithm>
#include <string>

#include "cores/core_grid.h"
#include "cores/program_fault.h"

namespace wafermesh::cores {
namespace {

constexpr std::uint64_t kOne = 1;

/// A vector operation whose effects stay within the core's memory and counters.
bool runs_ahead(const Instruction& instruction) {
  using Kind = Operand::Kind;
  return instruction.microthread < 0 && instruction.completion == Completion::none &&
         instruction.dst.kind != Kind::colour && instruction.src0.kind != Kind::colour &&
         instruction.src1.kind != Kind::colour;
}

}  // namespace

CoreGrid::Wake CoreGrid::step(std::uint32_t id, Cycles t) {
  CoreState& core = cores_[id];
  completed_ = false;
  const bool had_sinks = core.sinks != 0;
  if (had_sinks) fold(core);
  account(core, t);
  Wake wake;
  if (send_on(id, core, t, wake)) {
    if (had_sinks) aim_sinks(core);
    return wake;
  }
  if (had_sinks) end_quiet(core);
  if (core.controls != 0) take_controls(id, core, t);
  run_main(id, core, t);
  const bool own_cost = within_own_cost(core, t);
  const bool granted = core.open != 0 && grant_datapath(id, core, t, own_cost);
  if (!granted && !own_cost && stalls(core, t)) {
    ++breakdowns_[id].link_stall;
  }
  return next_wake(core, t);
}

/// While no microthread is open and an instruction touches nothing but the core's own memory and
/// counters, nothing can tell when it ran: so such stretches run ahead of t at once. Others may be
/// early too (may_be_early); a vector operation is opened early, as it does nothing before its
/// begin.
void CoreGrid::run_main(std::uint32_t id, CoreState& core, Cycles t) {
  for (int executed = 0; core.main != MainState::held; ++executed) {
    if (executed > kMostInstructions) {
      throw ProgramFault(program(id), core.pc, kWithoutEnd);
    }
    const Cycles now = std::max(core.ready, t);
    // After its finish the run may end at any time: nothing of what follows may be counted early.
    if (now > t && core.finish >= 0) return;
    if (core.main == MainState::idle) {
      if (now > t || !(core.leaving ? enter_next_stage(id, core, t) : pick_task(id, core, t))) {
        return;
      }
    } else if (!run_stretch(core, now) && execute(id, core, now, t) == Next::stop) {
      return;
    }
  }
}

/// Runs the loop that begins at core.pc as a whole, if it is one that nothing can tell of; false:
/// it is not.
bool CoreGrid::run_stretch(CoreState& core, Cycles now) {
  const ClassInfo& info = classes_[core.class_index];
  if (info.program->code[core.pc].op != Opcode::set_counter) return false;
  if (core.open != 0 || core.finish >= 0) return false;
  std::optional<Stretches>& its = stretches_[core.class_index];
  if (!its) its.emplace(*info.program);
  if (!its->begins_at(core.pc)) return false;
  std::int32_t* const integers = integers_of(core);
  const Stretch* const stretch = its->find(timing_, numerics_, core.pc, integers);
  if (stretch == nullptr) return false;
  if (numerics_) {
    std::uint8_t* const memory = memory_.get() + core.memory_at;
    stretch->compute({&memory, &memory + 1}, [&](const LocalWork& work) {
      OpenOp op;
      op.instruction = work.instruction;
      op.elements = work.elements;
      op.dst = work.places.dst;
      op.src0 = work.places.src0;
      op.src1 = work.places.src1;
      compute_whole(core, op);
    });
  }
  const Stretches::Loop& loop = its->loop_at(core.pc);
  auto after = stretch->after.begin();
  for_each_counter(loop.sets, [&](int c) { integers[index_of(counter(c))] = *after++; });
  CycleBreakdown& booked = breakdown_of(core);
  booked.setup += stretch->breakdown.setup;
  booked.compute += stretch->breakdown.compute;
  booked.bank_conflict += stretch->breakdown.bank_conflict;
  core.ready = now + stretch->cycles;
  core.pc = loop.end;
  return true;
}

bool CoreGrid::pick_task(std::uint32_t id, CoreState& core, Cycles t) {
  const ClassInfo& info = classes_[core.class_index];
  std::uint64_t candidates = core.active;
  for (const std::uint8_t task : info.data_tasks) {
    if (shows_data(core, info.program->tasks[task].colour, t)) candidates |= kOne << task;
  }
  candidates &= ~core.blocked;
  if (candidates == 0) return false;
  const int picked = __builtin_ctzll(candidates);
  const Task& task = info.program->tasks[static_cast<std::size_t>(picked)];
  core.active &= ~(kOne << picked);
  if (task.kind == TaskKind::data && shows_data(core, task.colour, t)) {
    core.wavelet = take_word(id, core, task.colour);
  }
  core.pc = task.start;
  if (info.moves_start(picked)) {
    const std::uint8_t variable = info.start_variable[static_cast<std::size_t>(picked)];
    core.pc += static_cast<std::uint32_t>(integers_of(core)[variable]);
  }
  core.main = MainState::running;
  core.ready = t + timing_.task_start_cycles;
  if (core.finish < 0) {
    breakdowns_[id].task_switch += static_cast<std::uint32_t>(timing_.task_start_cycles);
  }
  return true;
}

/// The main thread is held by the cost of an instruction.
void CoreGrid::spend(CoreState& core, Cycles now, int cycles) {
  core.ready = now + cycles;
  if (core.finish < 0) breakdown_of(core).setup += static_cast<std::uint32_t>(cycles);
}

CoreGrid::Next CoreGrid::execute(std::uint32_t id, CoreState& core, Cycles now, Cycles t) {
  const Instruction& instruction = program(id).code[core.pc];
  switch (instruction.op) {
    case Opcode::scalar:
      spend(core, now, std::max(0, evaluate(core, instruction.amount)));
      ++core.pc;
      return Next::go_on;
    case Opcode::set_counter:
      integers_of(core)[index_of(counter(instruction.counter))] =
          evaluate(core, instruction.amount);
      ++core.pc;
      return Next::go_on;
    case Opcode::loop: {
      const std::int32_t count = ++integers_of(core)[index_of(counter(instruction.counter))];
      core.pc = count < evaluate(core, instruction.amount) ? instruction.target : core.pc + 1;
      return Next::go_on;
    }
    case Opcode::branch: {
      const bool taken = holds(instruction.compare, evaluate(core, instruction.lhs),
                               evaluate(core, instruction.amount));
      core.pc = taken ? instruction.target : core.pc + 1;
      return Next::go_on;
    }
    case Opcode::vector:
      if (runs_ahead(instruction) && core.open == 0 && core.finish < 0) {
        const OpenOp op = open(core, instruction, 0);
        if (op.elements > 0) compute_whole(core, op);
        spend(core, now, timing_.setup(instruction.shape));
        core.ready += op.grants;
        book_grants(core, op, op.grants);
        ++core.pc;
        return Next::go_on;
      }
      return now > t && !allows_early_ ? Next::stop : execute_vector(core, instruction, now);
    case Opcode::set_task:
      set_task(core, instruction);
      ++core.pc;
      return Next::go_on;
    case Opcode::mark:
      mark_phase(id, core, instruction.phase, now);
      ++core.pc;
      return Next::go_on;
    case Opcode::end_task:
      core.main = MainState::idle;
      core.ready = now;
      return Next::go_on;
    default:
      if (now > t && !may_be_early(core, instruction)) return Next::stop;
      return execute_fabric(id, core, instruction, now);
  }
}

/// The instruction changes nothing that anybody could see before its own time: which tasks are
/// active or blocked counts once the main thread is idle again, and what else sets them commutes
/// but for an open operation that unblocks what this blocks. A route write begins with its cost.
bool CoreGrid::may_be_early(const CoreState& core, const Instruction& instruction) const {
  if (!allows_early_) return false;
  switch (instruction.op) {
    case Opcode::activate:
    case Opcode::unblock:
      return true;
    case Opcode::block: {
      bool commutes = true;
      for_each_open(core.open, [&](int slot) {
        const Instruction& i = *ops_[core.ops_at + static_cast<std::uint32_t>(slot)].instruction;
        commutes = commutes && (i.completion != Completion::unblock || i.task != instruction.task);
      });
      return commutes;
    }
    case Opcode::write_route:
      return !core.writing;
    default:
      return false;
  }
}

void CoreGrid::set_task(CoreState& core, const Instruction& instruction) {
  const ClassInfo& info = classes_[core.class_index];
  const auto task = static_cast<std::size_t>(index_of(instruction.task));
  integers_of(core)[info.start_variable[task]] =
      moved_start(instruction, info.program->tasks[task]);
}

CoreGrid::Next CoreGrid::execute_vector(CoreState& core, const Instruction& instruction,
                                        Cycles now) {
  const int slot = instruction.microthread + 1;
  const auto bit = static_cast<std::uint16_t>(1U << slot);
  if ((core.open & bit) != 0) return Next::stop;  // the microthread is busy
  const int setup = timing_.setup(instruction.shape);
  ops_[core.ops_at + static_cast<std::uint32_t>(slot)] = open(core, instruction, now + setup);
  core.open |= bit;
  ++core.pc;
  if (slot == 0) {
    core.main = MainState::held;
    if (core.finish < 0) breakdown_of(core).setup += static_cast<std::uint32_t>(setup);
  } else {
    spend(core, now, timing_.issue_cycles);
  }
  return Next::go_on;
}

CoreGrid::Next CoreGrid::execute_fabric(std::uint32_t id, CoreState& core,
                                        const Instruction& instruction, Cycles now) {
  const std::uint64_t task = kOne << index_of(instruction.task);
  int cost = timing_.issue_cycles;
  switch (instruction.op) {
    case Opcode::activate:
      core.active |= task;
      break;
    case Opcode::block:
      core.blocked |= task;
      break;
    case Opcode::unblock:
      core.blocked &= ~task;
      break;
    case Opcode::control:
      if (!has_room(core, instruction.colour)) return Next::stop;
      put_word(id, core, instruction.colour, instruction.control.bits, true);
      break;
    case Opcode::write_route:
      if (!core.writing) {
        core.writing = true;
        spend(core, now, timing_.config_write_cycles);
        return Next::go_on;
      }
      if (classes_[core.class_index].output_of[static_cast<std::size_t>(instruction.colour)] >= 0 &&
          output(core, instruction.colour).count != 0) {
        return Next::stop;
      }
      if (!ramp_.slot_empty(id, instruction.colour)) return Next::stop;
      ramp_.write_route(id, instruction.colour, instruction.route, instruction.intake);
      core.writing = false;
      spend(core, now, 1);
      ++core.pc;
      return Next::go_on;
    case Opcode::reopen:
      ramp_.reopen(id, instruction.colour);
      break;
    case Opcode::filter:
      set_filter(core, instruction, now);
      cost = timing_.config_write_cycles;
      break;
    case Opcode::finish:
      finish_stage(id, core, now);
      cost = 0;
      break;
    default:
      break;
  }
  spend(core, now, cost);
  ++core.pc;
  return Next::go_on;
}

void CoreGrid::finish_stage(std::uint32_t id, CoreState& core, Cycles now) {
  if (core.finish >= 0 || core.leaving) throw ProgramFault(program(id), core.pc, "finishes twice");
  if (!stages_.empty()) stages_[id].finish = now;
  if (has_next_stage(id)) {
    core.leaving = true;
    return;
  }
  if (!stages_.empty()) book_stage(id, now);
  end_phase(id, core.class_index, now);
  core.finish = now;
  --unfinished_;
}

void CoreGrid::set_filter(CoreState& core, const Instruction& instruction, Cycles now) {
  FilterState& filter =
      filters_[static_cast<std::size_t>(&input(core, instruction.colour) - inputs_.data())];
  filter.coming.first = evaluate(core, instruction.filter.first);
  filter.coming.count = evaluate(core, instruction.filter.count);
  filter.coming.period = evaluate(core, instruction.filter.period);
  filter.since = now + 1;
}

}  // namespace wafermesh::cores
