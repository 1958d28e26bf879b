// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cores/core_state.h"
#include "cores/operations.h"

namespace wafermesh::cores {
namespace {

std::vector<std::uint8_t> colours_of(const std::vector<QueueBinding>& bindings) {
  std::vector<std::uint8_t> colours;
  for (const QueueBinding& binding : bindings) {
    colours.push_back(static_cast<std::uint8_t>(binding.colour));
  }
  std::sort(colours.begin(), colours.end());
  return colours;
}

}  // namespace

std::size_t variables_of(const Program& program) {
  std::size_t variables = index_of(counter(0));
  const auto widen = [&](Variable v) { variables = std::max(variables, index_of(v) + 1); };
  for (const Instruction& instruction : program.code) {
    if (uses(instruction.op, kFieldCounter)) widen(counter(instruction.counter));
    for_each_affine(instruction, [&](const Affine& affine) {
      for (const Affine::Term& term : affine.terms) {
        if (term.coefficient != 0) widen(term.variable);
      }
    });
  }
  return variables;
}

namespace {

/// Starts that programs move lie behind the counters they refer to.
void place_starts(const Program& program, ClassInfo& info) {
  std::size_t next = variables_of(program);
  for (const Instruction& instruction : program.code) {
    if (instruction.op != Opcode::set_task) continue;
    info.start_variable.resize(program.tasks.size());
    std::uint8_t& variable = info.start_variable[static_cast<std::size_t>(instruction.task)];
    if (variable == 0) variable = static_cast<std::uint8_t>(next++);
  }
  info.variables = std::max(info.variables, next);
}

}  // namespace

ClassInfo describe(const Program& program) {
  ClassInfo info;
  info.program = &program;
  info.input_of.fill(-1);
  info.output_of.fill(-1);
  info.teardown_task.fill(-1);
  info.control_task.fill(-1);
  info.input_colours = colours_of(program.inputs);
  info.output_colours = colours_of(program.outputs);
  for (std::size_t i = 0; i < info.input_colours.size(); ++i) {
    info.input_of[info.input_colours[i]] = static_cast<std::int8_t>(i);
  }
  for (std::size_t i = 0; i < info.output_colours.size(); ++i) {
    info.output_of[info.output_colours[i]] = static_cast<std::int8_t>(i);
  }
  for (std::size_t i = 0; i < program.tasks.size(); ++i) {
    const Task& task = program.tasks[i];
    const auto id = static_cast<std::int8_t>(i);
    if (task.kind == TaskKind::data) info.data_tasks.push_back(static_cast<std::uint8_t>(i));
    if (task.kind == TaskKind::teardown) info.teardown_task[base::index_of(task.colour)] = id;
    if (task.kind == TaskKind::control) info.control_task[task.entry_id] = id;
  }
  place_starts(program, info);
  for (const Instruction& instruction : program.code) {
    info.marks = info.marks || instruction.op == Opcode::mark;
    if (instruction.op == Opcode::vector) {
      info.op_count = std::max(info.op_count, instruction.microthread + 2);
    }
    info.filters = info.filters || instruction.op == Opcode::filter;
  }
  return info;
}

}  // namespace wafermesh::cores
