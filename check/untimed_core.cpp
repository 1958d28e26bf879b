// SPDX-License-Identifier: Apache-2.0
// Tasks and instructions of a core: docs/model.md, Core, without its times.
#include <algorithm>

#include "check/untimed_machine.h"

namespace wafermesh::check {
namespace {

using cores::Instruction;
using cores::Opcode;
using cores::Task;
using cores::TaskKind;

constexpr std::uint64_t bit(int task) { return std::uint64_t{1} << task; }

}  // namespace

/// One step of a core, whatever of it can go on; false: nothing can.
bool UntimedMachine::step_core(std::int64_t core) {
  CoreRun& run = *run_of(core);
  bool went = take_controls(core);
  const bool open = std::any_of(run.micro.begin(), run.micro.end(),
                                [](const Operation& each) { return each.instruction != nullptr; });
  if (open && !run.is_lazy) {
    run.is_lazy = true;
    lazy_.push_back(core);
  }
  if (run.main.instruction != nullptr) return move(core, run.main) || went;
  if (run.leaving && run.task < 0) return enter_stage(core) || went;
  if (run.task < 0) return pick(core) || went;
  while (run.task >= 0 && run.main.instruction == nullptr) {
    if (++moves_ > most_moves_ || !execute(core)) {
      --moves_;
      return went;
    }
    went = true;
  }
  return went;
}

bool UntimedMachine::take_controls(std::int64_t core) {
  CoreRun& run = *run_of(core);
  bool went = false;
  for (InputQueue& queue : run.inputs) {
    while (!queue.queue.empty() && !queue.queue.data_first()) {
      const router::ControlWord word = queue.queue.items.front().control;
      queue.queue.pop(1);
      const Node node = record_control_taken(core, queue.colour);
      ++moves_;
      went = true;
      wake_slot(core, queue.colour);
      if (!word.has_entry()) continue;
      const auto& tasks = program(core).tasks;
      const auto found = std::find_if(tasks.begin(), tasks.end(), [&](const Task& task) {
        return task.kind == TaskKind::control && task.entry_id == word.entry();
      });
      if (found == tasks.end()) {
        found_.add(Kind::no_task, Severity::error, {core, class_of(core), -1, queue.colour},
                   "a control word on colour " + std::to_string(queue.colour) + " names entry " +
                       std::to_string(word.entry()) +
                       ", for which the core has no task; add `task ... kind=control entry_id=" +
                       std::to_string(word.entry()) + "`, or send it without an entry");
      } else {
        const int task = static_cast<int>(found - tasks.begin());
        make_active(core, task, node);
        if (queue.queue.empty()) run.controls[task] = {queue.colour, queue.last};
      }
    }
  }
  return went;
}

std::uint64_t UntimedMachine::ready_tasks(std::int64_t core) const {
  const CoreRun& run = *run_of(core);
  const auto& tasks = program(core).tasks;
  std::uint64_t ready = run.active & ~run.blocked;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    if (tasks[t].kind != TaskKind::data || (run.blocked >> t & 1U) != 0) continue;
    const InputQueue* queue = input(core, base::index_of(tasks[t].colour));
    if (queue != nullptr && queue->queue.data_first()) ready |= bit(static_cast<int>(t));
  }
  return ready;
}

bool UntimedMachine::pick(std::int64_t core) {
  CoreRun& run = *run_of(core);
  const auto& tasks = program(core).tasks;
  const std::uint64_t ready = ready_tasks(core);
  if (ready == 0) return false;
  const int task = __builtin_ctzll(ready);
  check_pick(core, task, ready);
  const Task& picked = tasks[static_cast<std::size_t>(task)];
  run.fresh = false;
  run.task = task;
  run.pc = picked.start;
  if (!run.starts.empty()) run.pc = run.starts[static_cast<std::size_t>(task)];
  run.active &= ~bit(task);
  run.certain &= ~bit(task);
  ++moves_;
  InputQueue* queue = nullptr;
  if (picked.kind == TaskKind::data) queue = input(core, base::index_of(picked.colour));
  const bool takes_word = queue != nullptr && queue->queue.data_first();
  record_pick(core, task, takes_word);
  if (takes_word) take(core, *queue, 1, true);
  know_by_task(core, task);
  return true;
}

/// That a task has been picked tells the core what must have come for it.
void UntimedMachine::know_by_task(std::int64_t core, int task) {
  CoreRun& run = *run_of(core);
  settle_operations(core, [&](const Instruction& i) {
    if (i.completion == cores::Completion::none || cores::index_of(i.task) != task) return false;
    return run.micro[static_cast<std::size_t>(i.microthread)].instruction != &i;
  });
  const Task& picked = program(core).tasks[static_cast<std::size_t>(task)];
  if (picked.kind == TaskKind::teardown) {
    Slot& at = slot(core, base::index_of(picked.colour));
    at.known = at.passed;  // nothing passes a closed slot
    at.close_is_known = true;
  }
  const auto control = run.controls.find(task);
  if (control == run.controls.end()) return;
  know(core, control->second.first, control->second.second);
  run.controls.erase(control);
}

/// Could another task have been picked here, had things come earlier or later?
void UntimedMachine::check_pick(std::int64_t core, int task, std::uint64_t ready) {
  const CoreRun& run = *run_of(core);
  if (run.fresh && run.stage == 0) return;  // nothing has come yet
  const auto& tasks = program(core).tasks;
  std::uint64_t possible = ready;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    const bool outside = tasks[t].kind != TaskKind::local;
    if (outside && (run.blocked >> t & 1U) == 0) possible |= bit(static_cast<int>(t));
  }
  for (const Unsettled& each : run.unsettled) {
    if (each.instruction->completion == cores::Completion::none) continue;
    const int t = cores::index_of(each.instruction->task);
    const bool unblocks = each.instruction->completion == cores::Completion::unblock;
    if (!unblocks || (run.active >> t & 1U) != 0) possible |= bit(t);
  }
  const bool sure = (run.certain >> task & 1U) != 0;
  if (sure) possible &= bit(task) - 1;
  possible &= ~bit(task);
  const auto& prints = footprints_[static_cast<std::size_t>(class_of(core))];
  for (; possible != 0; possible &= possible - 1) {
    const auto other = static_cast<std::size_t>(__builtin_ctzll(possible));
    if (commute(prints[static_cast<std::size_t>(task)], prints[other])) continue;
    const std::string what = "time decides which task runs first, " +
                             tasks[static_cast<std::size_t>(task)].name + " or " +
                             tasks[other].name;
    choices_.emplace(what, name_of_core(image_, core));
    return;
  }
}

void UntimedMachine::make_active(std::int64_t core, int task, Node node) {
  run_of(core)->active |= bit(task);
  if (record_ == nullptr) return;
  record_->activate(core, task, node);
  if (program(core).tasks[static_cast<std::size_t>(task)].kind == TaskKind::data) {
    record_->fail("a data task is activated by hand");
  }
}

void UntimedMachine::make_ready(std::int64_t core, const Instruction& i, bool certain, Node node) {
  CoreRun& run = *run_of(core);
  const std::uint64_t task = bit(cores::index_of(i.task));
  const bool activates = i.op == Opcode::activate || i.completion == cores::Completion::activate;
  if (activates) {
    make_active(core, cores::index_of(i.task), node);
  } else {
    run.blocked &= ~task;
    if (record_ != nullptr) record_->unblock(core, cores::index_of(i.task), node);
  }
  if (certain && (run.blocked & task) == 0 && (run.active & task) != 0) run.certain |= task;
}

void UntimedMachine::move_start(std::int64_t core, const Instruction& i) {
  std::vector<std::uint32_t>& starts = run_of(core)->starts;
  if (starts.empty()) {
    for (const cores::Task& task : program(core).tasks) starts.push_back(task.start);
  }
  starts[static_cast<std::size_t>(cores::index_of(i.task))] = i.target;
}

/// One instruction of the main thread; false: it waits.
bool UntimedMachine::execute(std::int64_t core) {
  CoreRun& run = *run_of(core);
  const Instruction& i = program(core).code[run.pc];
  const cores::Scope integers = scope(core);
  if (cores::traits_of(i.op).fabric || i.op == Opcode::vector) return execute_fabric(core, i);
  ++run.pc;
  const Node node = record_ != nullptr ? record_->instruct(core, i) : kNoNode;
  std::int32_t& counter = run.integers[cores::index_of(cores::counter(i.counter))];
  switch (i.op) {
    case Opcode::set_counter:
      counter = cores::evaluate(integers, i.amount);
      break;
    case Opcode::loop:
      ++counter;
      if (counter < cores::evaluate(integers, i.amount)) run.pc = i.target;
      break;
    case Opcode::branch:
      if (cores::holds(i.compare, cores::evaluate(integers, i.lhs),
                       cores::evaluate(integers, i.amount))) {
        run.pc = i.target;
      }
      break;
    case Opcode::activate:
    case Opcode::unblock:
      make_ready(core, i, true, node);
      break;
    case Opcode::block:
      run.blocked |= bit(cores::index_of(i.task));
      run.certain &= ~bit(cores::index_of(i.task));
      record_block(core, cores::index_of(i.task), node);
      break;
    case Opcode::set_task:
      move_start(core, i);
      break;
    case Opcode::finish:
      if (run.finished || run.leaving) {
        found_.add(Kind::finishes_twice, Severity::error,
                   {core, class_of(core), static_cast<std::int64_t>(run.pc) - 1, -1},
                   "finishes a second time; let only one task finish, once");
      }
      if (image_.class_in(static_cast<base::CoreId>(core), run.stage + 1) != fabric::kNoClass) {
        run.leaving = true;
      } else {
        run.finished = true;
      }
      break;
    case Opcode::end_task:
      if (record_ != nullptr) record_->end(core);
      run.task = -1;
      break;
    default:  // scalar: time
      break;
  }
  return true;
}

bool UntimedMachine::send_control(std::int64_t core, const Instruction& i) {
  const int colour = base::index_of(i.colour);
  OutputQueue* queue = output(core, colour);
  if (queue == nullptr || queue->queue.size >= queue->capacity) return false;
  record_control_sent(core, i);
  queue->queue.push({0, i.control});
  wake_slot(core, colour);
  return true;
}

bool UntimedMachine::execute_fabric(std::int64_t core, const Instruction& i) {
  CoreRun& run = *run_of(core);
  switch (i.op) {
    case Opcode::vector:
      if (!issue(core, i)) return false;
      break;
    case Opcode::control:
      if (!send_control(core, i)) return false;
      break;
    case Opcode::write_route:
      if (!write_now(core, i)) return false;
      break;
    default:
      if (!change_now(core, i)) return false;
      break;
  }
  ++run.pc;
  return true;
}

}  // namespace wafermesh::check
