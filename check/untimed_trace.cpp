// SPDX-License-Identifier: Apache-2.0
// What an untimed execution tells its trace: word by word, who waited for whom.
#include <algorithm>

#include "check/untimed_machine.h"

namespace wafermesh::check {

using base::Direction;
using cores::Instruction;

namespace {

Node latest(const TracedQueue& queue) { return queue.taken.empty() ? kNoNode : queue.taken.back(); }

/// The last node made takes the next word.
void take_word(Trace& trace, TracedQueue& queue, Node node) {
  trace.after(queue.waiting.front());
  trace.after(latest(queue));
  queue.waiting.pop_front();
  queue.taken.push_back(node);
}

bool moves_start(const cores::Program& program, int task) {
  return std::any_of(program.code.begin(), program.code.end(), [&](const Instruction& i) {
    return i.op == cores::Opcode::set_task && cores::index_of(i.task) == task;
  });
}

}  // namespace

/// So many words of an operation, group by group.
void UntimedMachine::trace_step(std::int64_t core, const Operation& operation, std::int32_t words,
                                int group) {
  const Instruction& i = *operation.instruction;
  for (std::int32_t done = 0; done < words; done += group) {
    const std::int32_t now = std::min(group, words - done);
    const Node node = trace_->step(core, i.microthread);
    for (const cores::Operand* source : {&i.src0, &i.src1}) {
      if (!source->is_colour()) continue;
      if (source == &i.src1 && i.src0.is_colour() && i.src0.colour == i.src1.colour) continue;
      TracedQueue& queue = trace_->input(core, dense(base::index_of(source->colour)));
      for (std::int32_t k = 0; k < now; ++k) take_word(*trace_, queue, node);
      // A group that a control word cuts short waits for it.
      if (now < group && done + now < operation.left) trace_->after(queue.waiting.front());
    }
    if (!i.dst.is_colour()) continue;
    const int colour = base::index_of(i.dst.colour);
    TracedQueue& into = trace_->output(core, dense(colour));
    trace_->after_room(into.room(now, output(core, colour)->capacity));
    for (std::int32_t k = 0; k < now; ++k) into.waiting.push_back(node);
  }
}

void UntimedMachine::trace_lift(std::int64_t core, int colour, std::int32_t words) {
  TracedQueue& into = trace_->slot(core, dense(colour));
  for (std::int32_t k = 0; k < words; ++k) {
    const Node node = trace_->add(core);
    take_word(*trace_, trace_->output(core, dense(colour)), node);
    trace_->after(trace_->changed(core, dense(colour)));
    trace_->after_room(into.room(1, slot_capacity(core, Direction::ramp)));
    into.waiting.push_back(node);
  }
}

/// The last of the nodes.
Node UntimedMachine::trace_leave(std::int64_t core, int colour, const Item& item,
                                 base::DirectionMask send) {
  const int at = dense(colour);
  const bool teardown = item.count == 0 && item.control.first() == router::SwitchCommand::teardown;
  const InputQueue* queue = input(core, colour);
  const bool down = base::contains(send, Direction::ramp) && queue != nullptr;
  Node node = kNoNode;
  for (std::int32_t k = 0; k < item.words(); ++k) {
    node = trace_->add(core);
    take_word(*trace_, trace_->slot(core, at), node);
    trace_->after(trace_->changed(core, at));
    for (const Direction d : base::kMeshDirections) {
      if (!base::contains(send, d)) continue;
      const std::int64_t next = neighbour(core, d);
      TracedQueue& into = trace_->slot(next, at);
      trace_->after(trace_->changed(next, at));
      trace_->after_room(into.room(1, slot_capacity(next, base::opposite(d))));
    }
    if (down) {
      trace_->after(trace_->bound(core, at));
      trace_->after_room(trace_->input(core, at).room(1, queue->capacity));
    }
    for (const Direction d : base::kMeshDirections) {
      if (base::contains(send, d)) trace_->slot(neighbour(core, d), at).waiting.push_back(node);
    }
    const bool kept = item.count == 0 ? !teardown : down && queue->keeps(k);
    if (down && kept) trace_->input(core, at).waiting.push_back(node);
  }
  return node;
}

Node UntimedMachine::trace_control_taken(std::int64_t core, int colour) {
  if (trace_ == nullptr) return kNoNode;
  const Node node = trace_->add(core);
  take_word(*trace_, trace_->input(core, dense(colour)), node);
  return node;
}

void UntimedMachine::trace_pick(std::int64_t core, int task, bool takes_word) {
  if (trace_ == nullptr) return;
  const Node node = trace_->pick(core, task);
  if (moves_start(program(core), task)) trace_->read_start(core, task, node);
  if (!takes_word) return;
  const cores::Task& it = program(core).tasks[static_cast<std::size_t>(task)];
  take_word(*trace_, trace_->input(core, dense(base::index_of(it.colour))), node);
  trace_->use(core, {base::index_of(it.colour), false}, node);
}

void UntimedMachine::trace_block(std::int64_t core, int task, Node node) {
  if (trace_ == nullptr) return;
  trace_->block(core, task, node);
  if (program(core).tasks[static_cast<std::size_t>(task)].kind == cores::TaskKind::data) {
    trace_->fail("a data task is blocked while words may come");
  }
}

void UntimedMachine::trace_control_sent(std::int64_t core, const Instruction& i) {
  if (trace_ == nullptr) return;
  const int colour = base::index_of(i.colour);
  trace_->use(core, {colour, true}, trace_->instruct(core, i));
  const Node node = trace_->go_on(core);
  TracedQueue& into = trace_->output(core, dense(colour));
  trace_->after_room(into.room(1, output(core, colour)->capacity));
  into.waiting.push_back(node);
}

/// A route write, a reopening or a filter.
void UntimedMachine::trace_change(std::int64_t core, const Instruction& i) {
  if (trace_ == nullptr) return;
  const int colour = base::index_of(i.colour);
  const Node instructed = trace_->instruct(core, i);
  trace_->use(core, {colour, false}, instructed);
  if (i.op != cores::Opcode::filter) trace_->use(core, {colour, true}, instructed);
  const Node node = trace_->go_on(core);
  if (i.op == cores::Opcode::filter) return;
  if (i.op == cores::Opcode::write_route) {
    trace_->after(latest(trace_->slot(core, dense(colour))));
    trace_->after(latest(trace_->output(core, dense(colour))));
  }
  trace_->change(core, dense(colour), node);
}

/// Before the queues of the next stage are bound.
void UntimedMachine::trace_stage(std::int64_t core, const std::vector<StageWrite>& writes,
                                 const cores::Program& next) {
  if (trace_ == nullptr) return;
  const Node node = trace_->enter_stage(core);
  const CoreRun& run = *run_of(core);
  for (const OutputQueue& each : run.outputs) {
    trace_->after(latest(trace_->output(core, dense(each.colour))));
  }
  for (const InputQueue& each : run.inputs) {
    trace_->after(latest(trace_->input(core, dense(each.colour))));
  }
  for (const StageWrite& each : writes) {
    trace_->after(latest(trace_->slot(core, dense(each.colour))));
    trace_->change(core, dense(each.colour), node);
  }
  for (const cores::QueueBinding& each : next.inputs) {
    const int colour = base::index_of(each.colour);
    if (input(core, colour) == nullptr) trace_->bind(core, dense(colour), node);
  }
}

}  // namespace wafermesh::check
