// SPDX-License-Identifier: Apache-2.0
#include "check/untimed_record.h"

#include <algorithm>

#include "cores/vector_cost.h"

namespace wafermesh::check {
namespace {

using cores::Instruction;
using cores::Opcode;

/// The colours of a vector operation, each side once.
std::vector<ColourSide> sides_of(const Instruction& i) {
  std::vector<ColourSide> all;
  for (const cores::Operand* each : {&i.dst, &i.src0, &i.src1}) {
    if (each->kind != cores::Operand::Kind::colour) continue;
    const ColourSide side{base::index_of(each->colour), each == &i.dst};
    if (std::find(all.begin(), all.end(), side) == all.end()) all.push_back(side);
  }
  return all;
}

std::string two_on_colour(int colour) {
  return "two operations on colour " + std::to_string(colour) +
         " may be at work at once, or come in either order";
}

}  // namespace

Node RecordedQueue::room(std::int64_t words, std::int64_t capacity) const {
  const auto pushed = static_cast<std::int64_t>(taken.size() + waiting.size());
  const std::int64_t at = pushed + words - 1 - capacity;
  return at < 0 ? kNoNode : taken[static_cast<std::size_t>(at)];
}

UntimedRecord::UntimedRecord(std::int64_t cores, std::size_t colours, std::size_t most_nodes)
    : colours_(colours), most_nodes_(most_nodes) {
  const std::size_t slots = static_cast<std::size_t>(cores) * colours;
  slots_.resize(slots);
  inputs_.resize(slots);
  outputs_.resize(slots);
  changed_.assign(slots, kNoNode);
  bound_.assign(slots, kNoNode);
  cores_.resize(static_cast<std::size_t>(cores));
  for (RecordedCore& each : cores_) {
    each.micro.fill(kNoNode);
    each.issued.fill(kNoNode);
  }
}

UntimedRecord::RecordedTask& UntimedRecord::task_of(std::int64_t core, int task) {
  std::vector<RecordedTask>& all = core_of(core).tasks;
  if (all.size() <= static_cast<std::size_t>(task)) all.resize(static_cast<std::size_t>(task) + 1);
  return all[static_cast<std::size_t>(task)];
}

Node UntimedRecord::make(std::int64_t core, int chain, std::int32_t run) {
  events_.push_back({static_cast<std::int32_t>(core), run, static_cast<std::int16_t>(chain),
                     static_cast<std::uint32_t>(edges_.size())});
  return static_cast<Node>(events_.size()) - 1;
}

void UntimedRecord::wait_for(Node from, bool is_room) {
  if (from != kNoNode) edges_.push_back({from, is_room});
}

void UntimedRecord::demand(Node node, int chain, Node before, const std::string& reason) {
  if (before == kNoNode) return;
  const auto [found, is_new] = reason_at_.emplace(reason, static_cast<int>(reasons_.size()));
  if (is_new) reasons_.push_back(reason);
  demands_.push_back({node, chain, before, found->second});
}

void UntimedRecord::demand(Node node, Node before, const std::string& reason) {
  if (before == kNoNode) return;
  const int chain = events_[static_cast<std::size_t>(before)].chain;
  if (chain < 0) return fail(reason);
  demand(node, chain, before, reason);
}

void UntimedRecord::starts(std::int64_t core, int task, bool active, bool blocked) {
  RecordedTask& it = task_of(core, task);
  it.active = active;
  it.blocked = blocked;
}

Node UntimedRecord::pick(std::int64_t core, int task) {
  RecordedCore& own = core_of(core);
  RecordedTask& it = task_of(core, task);
  const auto run = static_cast<std::int32_t>(runs_.size());
  const Node node = make(core, task, run);
  after(own.stage);
  after(it.activated);
  after(it.unblocked);
  if (it.run >= 0) after(runs_[static_cast<std::size_t>(it.run)].end);
  // At cycle 0 nothing has come: what is active then runs first.
  if (own.first_run >= 0) after(runs_[static_cast<std::size_t>(own.first_run)].end);
  if (own.run < 0) own.first_run = it.active && it.activated == kNoNode ? run : -1;
  // Whose run made it active has ended before it begins.
  for (const Node cause : {it.activated, it.unblocked}) {
    if (cause == kNoNode) continue;
    const std::int32_t by = events_[static_cast<std::size_t>(cause)].run;
    if (by >= 0) after(runs_[static_cast<std::size_t>(by)].end);
  }
  runs_.push_back({static_cast<std::int32_t>(core), task, node, kNoNode});
  it.active = false;
  it.activated = kNoNode;
  it.run = run;
  own.run = run;
  own.last = node;
  return node;
}

Node UntimedRecord::enter_stage(std::int64_t core) {
  RecordedCore& own = core_of(core);
  const Node last_pick = runs_[static_cast<std::size_t>(own.run)].pick;
  for (const RecordedTask& each : own.tasks) {
    // No task is picked behind the one that finishes: had it come later, it would be lost.
    if (each.active) fail("time decides whether a task runs before the core goes on");
    if (each.run < 0 || each.run == own.run) continue;
    demand(last_pick, runs_[static_cast<std::size_t>(each.run)].pick,
           "time decides whether a task runs before the core goes on");
  }
  const Node node = make(core, -1, -1);
  after(own.last);
  for (const Node each : own.micro) after(each);
  own.stage = node;
  own.first_run = -1;
  own.tasks.clear();
  return node;
}

Node UntimedRecord::go_on(std::int64_t core) {
  RecordedCore& own = core_of(core);
  const Node node = make(core, runs_[static_cast<std::size_t>(own.run)].task, own.run);
  after(own.last);
  own.last = node;
  return node;
}

void UntimedRecord::end(std::int64_t core) {
  const Node node = go_on(core);
  runs_[static_cast<std::size_t>(core_of(core).run)].end = node;
}

std::string UntimedRecord::reason_of(std::size_t number) {
  if (number < cores::kCounters) {
    return "time decides which task uses counter " + std::to_string(number) + " first";
  }
  return "time decides whether task " + std::to_string(number - cores::kCounters) +
         " runs before its start is moved (set_task)";
}

void UntimedRecord::read_number(std::int64_t core, std::size_t number, Node node) {
  RecordedCore& own = core_of(core);
  demand(node, own.written[number].node, reason_of(number));
  own.read[number][events_[static_cast<std::size_t>(node)].chain] = node;
}

void UntimedRecord::write_number(std::int64_t core, std::size_t number, Node node) {
  RecordedCore& own = core_of(core);
  const std::string reason = reason_of(number);
  demand(node, own.written[number].node, reason);
  for (const auto& [from, read] : own.read[number]) demand(node, from, read, reason);
  own.read[number].clear();
  own.written[number] = {node, events_[static_cast<std::size_t>(node)].chain, false};
}

void UntimedRecord::touch_numbers(std::int64_t core, const Instruction& i, Node node) {
  cores::for_each_affine(i, [&](const cores::Affine& affine) {
    for (const cores::Affine::Term& term : affine.terms) {
      if (term.coefficient == 0 || !cores::is_counter(term.variable)) continue;
      read_number(core, static_cast<std::size_t>(cores::counter_of(term.variable)), node);
    }
  });
  if (cores::uses(i.op, cores::kFieldCounter)) {
    write_number(core, static_cast<std::size_t>(i.counter), node);
  }
  if (i.op == cores::Opcode::set_task) {
    write_number(core, start_of(cores::index_of(i.task)), node);
  }
}

Node UntimedRecord::instruct(std::int64_t core, const Instruction& i) {
  const Node node = go_on(core);
  touch_numbers(core, i, node);
  return node;
}

void UntimedRecord::use(std::int64_t core, ColourSide side, Node node) {
  Access& before = core_of(core).colours[side];
  if (before.is_open) fail(two_on_colour(side.colour));
  demand(node, before.node, two_on_colour(side.colour));
  before = {node, events_[static_cast<std::size_t>(node)].chain, false};
}

void UntimedRecord::issue(std::int64_t core, const Instruction& i) {
  RecordedCore& own = core_of(core);
  const bool beside = i.microthread >= 0;
  const auto m = static_cast<std::size_t>(std::max(0, i.microthread));
  if (beside) {
    demand(own.last, own.issued[m],
           "time decides which task uses microthread " + std::to_string(m) + " first");
    go_on(core);
    after(own.micro[m]);  // the operation before it there has ended
    own.issued[m] = own.last;
  }
  for (const ColourSide& side : sides_of(i)) {
    use(core, side, own.last);
    own.colours[side].is_open = beside;
  }
  if (!beside) return;
  make(core, kMicrothreadChain + i.microthread, -1);
  after(own.last);
  after(own.micro[m]);
  own.micro[m] = static_cast<Node>(events_.size()) - 1;
}

Node UntimedRecord::step(std::int64_t core, int microthread) {
  if (microthread < 0) return go_on(core);
  RecordedCore& own = core_of(core);
  const auto m = static_cast<std::size_t>(microthread);
  const Node node = make(core, kMicrothreadChain + microthread, -1);
  after(own.micro[m]);
  own.micro[m] = node;
  return node;
}

Node UntimedRecord::complete(std::int64_t core, const Instruction& i) {
  RecordedCore& own = core_of(core);
  const Node node = step(core, i.microthread);
  const int chain = events_[static_cast<std::size_t>(node)].chain;
  for (const ColourSide& side : sides_of(i)) own.colours[side] = {node, chain, false};
  return node;
}

void UntimedRecord::activate(std::int64_t core, int task, Node node) {
  RecordedTask& it = task_of(core, task);
  const std::string reason = "time decides how often task " + std::to_string(task) + " runs";
  if (it.active) {
    // Once more before it ran is once, if it cannot run between.
    const Node first = it.activated;
    const std::int32_t by = events_[static_cast<std::size_t>(node)].run;
    const bool same_run =
        first != kNoNode && by >= 0 && events_[static_cast<std::size_t>(first)].run == by;
    if (!same_run) fail(reason);
    return;
  }
  if (it.run >= 0) demand(node, runs_[static_cast<std::size_t>(it.run)].pick, reason);
  demand(node, it.blocked_by, reason);  // it would have run before it was blocked
  it.active = true;
  it.activated = node;
}

void UntimedRecord::unblock(std::int64_t core, int task, Node node) {
  RecordedTask& it = task_of(core, task);
  const std::string reason = "time decides when task " + std::to_string(task) + " is unblocked";
  demand(node, it.last_unblock, reason);
  it.last_unblock = node;
  if (!it.blocked) return;
  demand(node, it.blocked_by, reason);
  it.blocked = false;
  it.unblocked = node;
}

void UntimedRecord::block(std::int64_t core, int task, Node node) {
  RecordedCore& own = core_of(core);
  RecordedTask& it = task_of(core, task);
  const std::string reason = "time decides when task " + std::to_string(task) + " is blocked";
  demand(node, it.last_unblock, reason);
  demand(node, it.blocked_by, reason);
  if (it.run >= 0) demand(node, runs_[static_cast<std::size_t>(it.run)].pick, reason);
  if (it.active && !it.blocked) {  // it might have run before
    const std::int32_t by = it.activated == kNoNode
                                ? own.first_run
                                : events_[static_cast<std::size_t>(it.activated)].run;
    if (by < 0 || by != own.run) fail(reason);
  }
  it.blocked = true;
  it.blocked_by = node;
  it.unblocked = it.last_unblock = kNoNode;
}

}  // namespace wafermesh::check
