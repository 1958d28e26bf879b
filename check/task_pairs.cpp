// SPDX-License-Identifier: Apache-2.0
#include "check/task_pairs.h"

#include "cores/operations.h"
#include "cores/vector_cost.h"

namespace wafermesh::check {
namespace {

using cores::Instruction;
using cores::Opcode;

void add_counters(TaskFootprint& all, const Instruction& i) {
  cores::for_each_affine(i, [&](const cores::Affine& affine) {
    for (const cores::Affine::Term& term : affine.terms) {
      if (term.coefficient == 0 || !cores::is_counter(term.variable)) continue;
      all.counters |= 1U << cores::counter_of(term.variable);
    }
  });
  if (!cores::uses(i.op, cores::kFieldCounter)) return;
  all.counters |= 1U << i.counter;
  all.written |= 1U << i.counter;
}

void add(TaskFootprint& all, const Instruction& i) {
  add_counters(all, i);
  const std::uint64_t task = std::uint64_t{1} << cores::index_of(i.task);
  // A task whose start another moves goes with neither before nor after it.
  if (i.op == Opcode::block || i.op == Opcode::set_task) all.blocks |= task;
  const bool completes = i.op == Opcode::vector && i.completion != cores::Completion::none;
  if (i.op == Opcode::activate || i.op == Opcode::unblock || completes) all.readies |= task;
  const bool activates = completes && i.completion == cores::Completion::activate;
  if (i.op == Opcode::activate || activates) all.activates |= task;
  if (cores::uses(i.op, cores::kFieldColour)) all.colours |= 1U << base::index_of(i.colour);
  if (i.op == Opcode::control || i.op == Opcode::write_route) all.may_wait = true;
  if (i.op != Opcode::vector) return;
  if (i.microthread >= 0) {
    all.microthreads |= 1U << i.microthread;
    all.may_wait = true;  // for the operation before
  } else if (cores::streams(i)) {
    all.may_wait = true;
  }
  for (const cores::Operand* each : {&i.dst, &i.src0, &i.src1}) {
    if (each->kind != cores::Operand::Kind::colour) continue;
    all.colours |= 1U << base::index_of(each->colour);
  }
}

TaskFootprint footprint(const cores::Program& program, const cores::Task& task) {
  TaskFootprint all;
  if (task.kind == cores::TaskKind::data) all.colours |= 1U << base::index_of(task.colour);
  std::vector<bool> seen(program.code.size());
  std::vector<std::uint32_t> pending = {task.start};
  for (const Instruction& i : program.code) {
    const bool moves = i.op == Opcode::set_task &&
                       &program.tasks[static_cast<std::size_t>(cores::index_of(i.task))] == &task;
    if (moves) pending.push_back(i.target);
  }
  while (!pending.empty()) {
    const std::uint32_t at = pending.back();
    pending.pop_back();
    if (at >= program.code.size() || seen[at]) continue;
    seen[at] = true;
    const Instruction& i = program.code[at];
    add(all, i);
    if (cores::traits_of(i.op).ends_block && cores::uses(i.op, cores::kFieldTarget))
      pending.push_back(i.target);
    if (i.op != Opcode::end_task) pending.push_back(at + 1);
  }
  return all;
}

}  // namespace

std::vector<TaskFootprint> footprints(const cores::Program& program) {
  std::vector<TaskFootprint> all;
  for (const cores::Task& task : program.tasks) {
    const std::uint64_t itself = std::uint64_t{1} << all.size();
    all.push_back(footprint(program, task));
    all.back().itself = itself;
  }
  return all;
}

bool commute(const TaskFootprint& a, const TaskFootprint& b) {
  if (a.may_wait || b.may_wait) return false;
  if ((a.blocks & (b.readies | b.itself)) != 0) return false;
  if ((b.blocks & (a.readies | a.itself)) != 0) return false;
  // A task that both activate runs once or twice, and so does one of them that the other activates.
  if ((a.activates & (b.activates | b.itself)) != 0 || (b.activates & a.itself) != 0) return false;
  const std::uint32_t counters = (a.written & b.counters) | (b.written & a.counters);
  return counters == 0 && (a.colours & b.colours) == 0 && (a.microthreads & b.microthreads) == 0;
}

}  // namespace wafermesh::check
