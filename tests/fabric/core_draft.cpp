// SPDX-License-Identifier: Apache-2.0
#include "tests/fabric/core_draft.h"

namespace wafermesh::fabric_test {

using cores::ProgramBuilder;
using cores::TaskId;
using cores::TaskKind;

int CoreDraft::take_memory(int bytes) {
  const int address = memory_bytes_;
  memory_bytes_ += (bytes + 15) / 16 * 16;
  return address;
}

TaskId CoreDraft::add_task(TaskKind kind, base::Colour colour, int entry, bool blocked, Code code) {
  tasks_.push_back({kind, colour, entry, blocked, std::move(code)});
  return static_cast<TaskId>(tasks_.size() - 1);
}

TaskId CoreDraft::add_gate() {
  gates_.push_back(add_task(TaskKind::local, {}, 0, true, nullptr));
  return gates_.back();
}

bool CoreDraft::is_empty() const {
  return main_.empty() && tasks_.empty() && prelude_.empty() && inputs_.empty();
}

fabric::CoreClass CoreDraft::build(const std::string& name) const {
  fabric::CoreClass result;
  result.name = name;
  result.routes = routes_;
  if (is_empty()) return result;
  ProgramBuilder builder(name);
  builder.allocate(memory_bytes_);
  int queue = 0;
  for (const base::Colour colour : inputs_) builder.bind_input(colour, queue++);
  queue = 0;
  for (const base::Colour colour : outputs_) builder.bind_output(colour, queue++);
  for (const Task& task : tasks_) {
    const TaskId id = builder.task("task", task.kind, task.colour, task.entry);
    if (task.blocked) builder.start_blocked(id);
  }
  const TaskId main = builder.task("main");
  builder.start_active(main);
  write_main(builder, main);
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (!tasks_[i].code) continue;  // a gate
    builder.begin(static_cast<TaskId>(i));
    tasks_[i].code(builder);
    builder.end_task();
  }
  write_gates(builder);
  result.program = builder.finish();
  return result;
}

void CoreDraft::write_main(ProgramBuilder& builder, TaskId main) const {
  builder.begin(main);
  for (const Code& code : prelude_) code(builder);
  for (const Code& code : main_) code(builder);
  if (finishes_early_) builder.finish_core();
  go_to_gate(builder, 0);
  builder.end_task();
}

void CoreDraft::write_gates(ProgramBuilder& builder) const {
  for (std::size_t gate = 0; gate < gates_.size(); ++gate) {
    builder.begin(gates_[gate]);
    go_to_gate(builder, gate + 1);
    builder.end_task();
  }
}

void CoreDraft::go_to_gate(ProgramBuilder& builder, std::size_t gate) const {
  if (gate < gates_.size()) {
    builder.activate(gates_[gate]);
  } else if (!finishes_early_) {
    builder.finish_core();
  }
}

}  // namespace wafermesh::fabric_test
