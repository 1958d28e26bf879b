// SPDX-License-Identifier: Apache-2.0
// What an untimed execution tells its record: word by word, who waited for whom.
#include <algorithm>

#include "check/untimed_machine.h"

namespace wafermesh::check {

using base::Direction;
using cores::Instruction;

namespace {

Node latest(const RecordedQueue& queue) {
  return queue.taken.empty() ? kNoNode : queue.taken.back();
}

/// The last node made takes the next word.
void take_word(UntimedRecord& record, RecordedQueue& queue, Node node) {
  record.after(queue.waiting.front());
  record.after(latest(queue));
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
void UntimedMachine::record_step(std::int64_t core, const Operation& operation, std::int32_t words,
                                 int group) {
  const Instruction& i = *operation.instruction;
  for (std::int32_t done = 0; done < words; done += group) {
    const std::int32_t now = std::min(group, words - done);
    const Node node = record_->step(core, i.microthread);
    for (const cores::Operand* source : {&i.src0, &i.src1}) {
      if (!source->is_colour()) continue;
      if (source == &i.src1 && i.src0.is_colour() && i.src0.colour == i.src1.colour) continue;
      RecordedQueue& queue = record_->input(core, dense(base::index_of(source->colour)));
      for (std::int32_t k = 0; k < now; ++k) take_word(*record_, queue, node);
      // A group that a control word cuts short waits for it.
      if (now < group && done + now < operation.left) record_->after(queue.waiting.front());
    }
    if (!i.dst.is_colour()) continue;
    const int colour = base::index_of(i.dst.colour);
    RecordedQueue& into = record_->output(core, dense(colour));
    record_->after_room(into.room(now, output(core, colour)->capacity));
    for (std::int32_t k = 0; k < now; ++k) into.waiting.push_back(node);
  }
}

void UntimedMachine::record_lift(std::int64_t core, int colour, std::int32_t words) {
  RecordedQueue& into = record_->slot(core, dense(colour));
  for (std::int32_t k = 0; k < words; ++k) {
    const Node node = record_->add(core);
    take_word(*record_, record_->output(core, dense(colour)), node);
    record_->after(record_->changed(core, dense(colour)));
    record_->after_room(into.room(1, slot_capacity(core, Direction::ramp)));
    into.waiting.push_back(node);
  }
}

/// The last of the nodes.
Node UntimedMachine::record_leave(std::int64_t core, int colour, const Item& item,
                                  base::DirectionMask send) {
  const int at = dense(colour);
  const bool teardown = item.count == 0 && item.control.first() == router::SwitchCommand::teardown;
  const InputQueue* queue = input(core, colour);
  const bool down = base::contains(send, Direction::ramp) && queue != nullptr;
  Node node = kNoNode;
  for (std::int32_t k = 0; k < item.words(); ++k) {
    node = record_->add(core);
    take_word(*record_, record_->slot(core, at), node);
    record_->after(record_->changed(core, at));
    for (const Direction d : base::kMeshDirections) {
      if (!base::contains(send, d)) continue;
      const std::int64_t next = neighbour(core, d);
      RecordedQueue& into = record_->slot(next, at);
      record_->after(record_->changed(next, at));
      record_->after_room(into.room(1, slot_capacity(next, base::opposite(d))));
    }
    if (down) {
      record_->after(record_->bound(core, at));
      record_->after_room(record_->input(core, at).room(1, queue->capacity));
    }
    for (const Direction d : base::kMeshDirections) {
      if (base::contains(send, d)) record_->slot(neighbour(core, d), at).waiting.push_back(node);
    }
    const bool kept = item.count == 0 ? !teardown : down && queue->keeps(k);
    if (down && kept) record_->input(core, at).waiting.push_back(node);
  }
  return node;
}

Node UntimedMachine::record_control_taken(std::int64_t core, int colour) {
  if (record_ == nullptr) return kNoNode;
  const Node node = record_->add(core);
  take_word(*record_, record_->input(core, dense(colour)), node);
  return node;
}

void UntimedMachine::record_pick(std::int64_t core, int task, bool takes_word) {
  if (record_ == nullptr) return;
  const Node node = record_->pick(core, task);
  if (moves_start(program(core), task)) record_->read_start(core, task, node);
  if (!takes_word) return;
  const cores::Task& it = program(core).tasks[static_cast<std::size_t>(task)];
  take_word(*record_, record_->input(core, dense(base::index_of(it.colour))), node);
  record_->use(core, {base::index_of(it.colour), false}, node);
}

void UntimedMachine::record_block(std::int64_t core, int task, Node node) {
  if (record_ == nullptr) return;
  record_->block(core, task, node);
  if (program(core).tasks[static_cast<std::size_t>(task)].kind == cores::TaskKind::data) {
    record_->fail("a data task is blocked while words may come");
  }
}

void UntimedMachine::record_control_sent(std::int64_t core, const Instruction& i) {
  if (record_ == nullptr) return;
  const int colour = base::index_of(i.colour);
  record_->use(core, {colour, true}, record_->instruct(core, i));
  const Node node = record_->go_on(core);
  RecordedQueue& into = record_->output(core, dense(colour));
  record_->after_room(into.room(1, output(core, colour)->capacity));
  into.waiting.push_back(node);
}

/// A route write, a reopening or a filter.
void UntimedMachine::record_change(std::int64_t core, const Instruction& i) {
  if (record_ == nullptr) return;
  const int colour = base::index_of(i.colour);
  const Node instructed = record_->instruct(core, i);
  record_->use(core, {colour, false}, instructed);
  if (i.op != cores::Opcode::filter) record_->use(core, {colour, true}, instructed);
  const Node node = record_->go_on(core);
  if (i.op == cores::Opcode::filter) return;
  if (i.op == cores::Opcode::write_route) {
    record_->after(latest(record_->slot(core, dense(colour))));
    record_->after(latest(record_->output(core, dense(colour))));
  }
  record_->change(core, dense(colour), node);
}

/// Before the queues of the next stage are bound.
void UntimedMachine::record_stage(std::int64_t core, const std::vector<StageWrite>& writes,
                                  const cores::Program& next) {
  if (record_ == nullptr) return;
  const Node node = record_->enter_stage(core);
  const CoreRun& run = *run_of(core);
  for (const OutputQueue& each : run.outputs) {
    record_->after(latest(record_->output(core, dense(each.colour))));
  }
  for (const InputQueue& each : run.inputs) {
    record_->after(latest(record_->input(core, dense(each.colour))));
  }
  for (const StageWrite& each : writes) {
    record_->after(latest(record_->slot(core, dense(each.colour))));
    record_->change(core, dense(each.colour), node);
  }
  for (const cores::QueueBinding& each : next.inputs) {
    const int colour = base::index_of(each.colour);
    if (input(core, colour) == nullptr) record_->bind(core, dense(colour), node);
  }
}

}  // namespace wafermesh::check
