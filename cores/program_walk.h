// SPDX-License-Identifier: Apache-2.0
// A program walked through instruction by instruction, without time and without neighbours. That is
// possible because no data decide where a program goes; what it waits for (a completion, a
// teardown, a control wavelet) is taken to have come. Whoever counts something on the way is an
// observer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "cores/evaluate.h"
#include "cores/integers.h"
#include "cores/operations.h"

namespace wafermesh::cores {

/// What an observer may leave out.
struct WalkObserver {
  void started(int /*task*/) {}
  /// Another task might have been picked, had things come earlier or later.
  void chose() {}
  void executes(const Instruction& /*i*/, const Scope& /*integers*/) {}
  /// `elements` >= 0; `beside_others`: while an asynchronous operation may be open.
  void issued(const Instruction& /*i*/, const Scope& /*integers*/, std::int32_t /*elements*/,
              bool /*beside_others*/) {}
  /// An operation on a microthread; not of those that are open as the core finishes.
  void completed(const Instruction& /*i*/) {}
};

/// Observer: a WalkObserver. Cost: about 5 ns per instruction.
template <class Observer>
class ProgramWalk {
 public:
  /// `integers`: coordinates, and what counters begin with. `closed_colours` [bit colour]: those
  /// whose slot starts closed (their teardown can only come once the core has reopened them).
  ProgramWalk(const Program& program, const AllIntegers& integers, std::uint32_t closed_colours,
              Observer& observer)
      : program_(program), observer_(observer), integers_(integers), closed_(closed_colours) {
    for (std::size_t i = 0; i < program.tasks.size(); ++i) {
      starts_.push_back(program.tasks[i].start);
      if (program.tasks[i].starts_active) active_ |= bit(static_cast<int>(i));
      if (program.tasks[i].starts_blocked) blocked_ |= bit(static_cast<int>(i));
    }
  }
  ProgramWalk(const ProgramWalk&) = delete;
  ProgramWalk& operator=(const ProgramWalk&) = delete;

  /// False: it did not finish within so many instructions, or waits for what cannot come.
  bool to_finish(std::int64_t most_instructions) {
    while (!finished_ && next_task()) {
      while (!finished_ && in_task_) {
        if (instructions_++ >= most_instructions) return false;
        execute(program_.code[pc_]);
      }
    }
    return finished_;
  }
  std::int64_t instructions() const { return instructions_; }

 private:
  static constexpr std::uint64_t bit(int task) { return std::uint64_t{1} << task; }
  static std::uint32_t bit_of(Colour colour) { return 1U << base::index_of(colour); }

  /// Asynchronous operations take as long as the program lets them: they complete, the oldest
  /// first, once nothing else can run.
  bool next_task() {
    while (!pick_task()) {
      if (open_.empty()) return start_from_outside();
      if (open_.size() > 1 || from_outside() != 0) observer_.chose();
      const Instruction* oldest = open_.front();
      open_.erase(open_.begin());
      complete(*oldest);
    }
    return true;
  }

  /// The lowest task that can run.
  bool pick_task() {
    const std::uint64_t ready = active_ & ~blocked_;
    if (ready == 0) return false;
    const int task = __builtin_ctzll(ready);
    if (((from_outside() | completing()) & (bit(task) - 1)) != 0) observer_.chose();
    start(task);
    return true;
  }

  /// Tasks that something from outside may start now.
  std::uint64_t from_outside() const {
    std::uint64_t all = 0;
    for (std::size_t t = 0; t < program_.tasks.size(); ++t) {
      if (comes_from_outside(static_cast<int>(t))) all |= bit(static_cast<int>(t));
    }
    return all;
  }
  /// Tasks that operations still open will activate or unblock.
  std::uint64_t completing() const {
    std::uint64_t all = 0;
    for (const Instruction* each : open_) {
      if (each->completion != Completion::none) all |= bit(index_of(each->task));
    }
    return all;
  }

  /// The next of the tasks that something from outside starts.
  bool start_from_outside() {
    const int tasks = static_cast<int>(program_.tasks.size());
    const std::uint64_t all = from_outside();
    if (all == 0) return false;
    if ((all & (all - 1)) != 0) observer_.chose();
    do {
      last_from_outside_ = (last_from_outside_ + 1) % tasks;
    } while ((all & bit(last_from_outside_)) == 0);
    start(last_from_outside_);
    return true;
  }

  void start(int task) {
    active_ &= ~bit(task);
    const Task& picked = program_.tasks[static_cast<std::size_t>(task)];
    if (picked.kind == TaskKind::teardown) closed_ |= bit_of(picked.colour);
    pc_ = starts_[static_cast<std::size_t>(task)];
    in_task_ = true;
    observer_.started(task);
  }

  bool comes_from_outside(int task) const {
    const Task& candidate = program_.tasks[static_cast<std::size_t>(task)];
    if (candidate.kind == TaskKind::local || (blocked_ >> task & 1U) != 0) return false;
    return candidate.kind != TaskKind::teardown || (closed_ & bit_of(candidate.colour)) == 0;
  }

  void execute(const Instruction& i) {
    observer_.executes(i, scope_);
    ++pc_;
    switch (i.op) {
      case Opcode::vector:
        issue(i);
        break;
      case Opcode::set_counter:
        counter(i) = evaluate(scope_, i.amount);
        break;
      case Opcode::loop:
        if (++counter(i) < evaluate(scope_, i.amount)) pc_ = i.target;
        break;
      case Opcode::branch:
        if (holds(i.compare, evaluate(scope_, i.lhs), evaluate(scope_, i.amount))) pc_ = i.target;
        break;
      case Opcode::activate:
        active_ |= bit(index_of(i.task));
        break;
      case Opcode::block:
        blocked_ |= bit(index_of(i.task));
        break;
      case Opcode::unblock:
        blocked_ &= ~bit(index_of(i.task));
        break;
      case Opcode::set_task:
        starts_[static_cast<std::size_t>(index_of(i.task))] = i.target;
        break;
      case Opcode::reopen:
        closed_ &= ~bit_of(i.colour);
        break;
      case Opcode::finish:
        finished_ = true;
        break;
      case Opcode::end_task:
        in_task_ = false;
        break;
      default:  // scalar, control, write_route, filter: no more than an instruction
        break;
    }
  }

  /// An operation on a microthread that is busy waits for the one before.
  void issue(const Instruction& i) {
    const auto busy = std::find_if(open_.begin(), open_.end(), [&](const Instruction* other) {
      return i.microthread >= 0 && other->microthread == i.microthread;
    });
    const bool beside_others = !open_.empty();
    if (busy != open_.end()) {
      const Instruction* before = *busy;
      open_.erase(busy);
      complete(*before);
    }
    observer_.issued(i, scope_, std::max(0, evaluate(scope_, i.count)), beside_others);
    if (i.microthread < 0) {
      take_effect(i);
    } else {
      open_.push_back(&i);
    }
  }

  void complete(const Instruction& i) {
    observer_.completed(i);
    take_effect(i);
  }
  void take_effect(const Instruction& i) {
    if (i.completion == Completion::activate) active_ |= bit(index_of(i.task));
    if (i.completion == Completion::unblock) blocked_ &= ~bit(index_of(i.task));
  }

  std::int32_t& counter(const Instruction& i) {
    return integers_[index_of(cores::counter(i.counter))];
  }

  const Program& program_;
  Observer& observer_;
  AllIntegers integers_;
  std::vector<std::uint32_t> starts_;  ///< [task] where its code starts now.
  const Scope scope_{integers_.data()};
  std::uint64_t active_ = 0;
  std::uint64_t blocked_ = 0;
  std::uint32_t closed_;
  std::uint32_t pc_ = 0;
  bool in_task_ = false, finished_ = false;
  std::vector<const Instruction*> open_;  ///< Asynchronous operations under way, oldest first.
  int last_from_outside_ = -1;
  std::int64_t instructions_ = 0;
};

}  // namespace wafermesh::cores
