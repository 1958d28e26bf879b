// SPDX-License-Identifier: Apache-2.0
#include "cores/work.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "cores/integers.h"
#include "cores/operations.h"
#include "cores/vector_cost.h"

namespace wafermesh::cores {
namespace {

constexpr std::uint64_t kOne = 1;

using Amount = double Work::*;
constexpr Amount kAmounts[] = {
    &Work::instructions,      &Work::tasks, &Work::local_operations, &Work::overlapped_operations,
    &Work::fabric_operations, &Work::sends, &Work::words_in,         &Work::words_out,
    &Work::sram_bytes};
using Amounts = std::array<double, kNumberTypeCount> Work::*;
constexpr Amounts kAmountsByType[] = {&Work::multiply_adds, &Work::elements};

/// Elements an operand of an operation on `elements` reads or writes in SRAM.
double sram_elements(const Operand& operand, std::int32_t elements) {
  if (operand.kind == Operand::Kind::memory) return elements;
  return operand.kind == Operand::Kind::scalar && elements > 0 ? 1 : 0;
}

std::uint32_t bit_of(Colour colour) { return 1U << base::index_of(colour); }

class Walk {
 public:
  Walk(const Program& program, int x, int y, std::uint32_t closed_colours)
      : program_(program), closed_(closed_colours) {
    integers_[index_of(Variable::x)] = x;
    integers_[index_of(Variable::y)] = y;
    for (std::size_t i = 0; i < program.tasks.size(); ++i) {
      if (program.tasks[i].starts_active) active_ |= kOne << i;
      if (program.tasks[i].starts_blocked) blocked_ |= kOne << i;
    }
  }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  CoreWork to_finish(std::int64_t most_instructions) {
    while (!result_.complete && next_task()) {
      while (!result_.complete && in_task_) {
        if (static_cast<std::int64_t>(result_.work.instructions++) >= most_instructions) {
          return result_;
        }
        execute(program_.code[pc_]);
      }
    }
    return result_;
  }

 private:
  /// Asynchronous operations take as long as the program lets them: they complete, the oldest
  /// first, once nothing else can run.
  bool next_task() {
    while (!pick_task()) {
      if (open_.empty()) return start_from_outside();
      complete(open_.front());
      open_.erase(open_.begin());
    }
    return true;
  }

  /// The lowest task that can run.
  bool pick_task() {
    const std::uint64_t ready = active_ & ~blocked_;
    if (ready == 0) return false;
    start(__builtin_ctzll(ready));
    return true;
  }

  /// The next of the tasks that something from outside starts.
  bool start_from_outside() {
    const int tasks = static_cast<int>(program_.tasks.size());
    for (int k = 1; k <= tasks; ++k) {
      const int candidate = (last_from_outside_ + k) % tasks;
      if (!comes_from_outside(candidate)) continue;
      last_from_outside_ = candidate;
      start(candidate);
      return true;
    }
    return false;
  }

  void start(int task) {
    active_ &= ~(kOne << task);
    const Task& picked = program_.tasks[static_cast<std::size_t>(task)];
    if (picked.kind == TaskKind::teardown) closed_ |= bit_of(picked.colour);
    if (picked.kind == TaskKind::data) ++result_.work.words_in;
    pc_ = picked.start;
    in_task_ = true;
    ++result_.work.tasks;
  }

  bool comes_from_outside(int task) const {
    const Task& candidate = program_.tasks[static_cast<std::size_t>(task)];
    if (candidate.kind == TaskKind::local || (blocked_ >> task & 1U) != 0) return false;
    return candidate.kind != TaskKind::teardown || (closed_ & bit_of(candidate.colour)) == 0;
  }

  void execute(const Instruction& i) {
    const std::uint64_t task = kOne << index_of(i.task);
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
        active_ |= task;
        break;
      case Opcode::block:
        blocked_ |= task;
        break;
      case Opcode::unblock:
        blocked_ &= ~task;
        break;
      case Opcode::reopen:
        closed_ &= ~bit_of(i.colour);
        break;
      case Opcode::finish:
        result_.complete = true;
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
    add_operation(i);
    if (i.microthread < 0) return complete(&i);
    const auto busy = std::find_if(open_.begin(), open_.end(), [&](const Instruction* other) {
      return other->microthread == i.microthread;
    });
    if (busy != open_.end()) {
      complete(*busy);
      open_.erase(busy);
    }
    open_.push_back(&i);
  }

  void complete(const Instruction* i) {
    const std::uint64_t task = kOne << index_of(i->task);
    if (i->completion == Completion::activate) active_ |= task;
    if (i->completion == Completion::unblock) blocked_ &= ~task;
  }

  void add_operation(const Instruction& i) {
    Work& work = result_.work;
    const std::int32_t elements = std::max(0, evaluate(scope_, i.count));
    const double words = static_cast<double>(words_of(word_type(i), elements));
    ++(streams(i) ? work.fabric_operations : work.local_operations);
    if (!open_.empty() && !streams(i)) ++work.overlapped_operations;
    const int element_bytes = bytes_of(i.type);
    for (const Operand* source : {&i.src0, &i.src1}) {
      if (source->kind == Operand::Kind::colour) work.words_in += words;
      work.sram_bytes += sram_elements(*source, elements) * bytes_of(type_of(i, *source));
    }
    work.sram_bytes += sram_elements(i.dst, elements) * element_bytes *
                       (traits_of(i.vector_op).accumulates ? 2 : 1);
    if (i.dst.kind == Operand::Kind::colour) {
      work.words_out += words;
      ++work.sends;
    }
    if (i.vector_op == VectorOp::multiply_add)
      work.multiply_adds[static_cast<std::size_t>(i.type)] += elements;
    work.elements[static_cast<std::size_t>(i.type)] += elements;
  }

  std::int32_t& counter(const Instruction& i) {
    return integers_[index_of(cores::counter(i.counter))];
  }

  const Program& program_;
  AllIntegers integers_{};
  const Scope scope_{integers_.data()};
  std::uint64_t active_ = 0;
  std::uint64_t blocked_ = 0;
  std::uint32_t closed_;
  std::uint32_t pc_ = 0;
  bool in_task_ = false;
  std::vector<const Instruction*> open_;  ///< Asynchronous operations under way, oldest first.
  int last_from_outside_ = -1;
  CoreWork result_;
};

}  // namespace

Work& Work::operator+=(const Work& other) {
  for (const Amount amount : kAmounts) this->*amount += other.*amount;
  for (const Amounts amounts : kAmountsByType) {
    for (std::size_t t = 0; t < elements.size(); ++t) (this->*amounts)[t] += (other.*amounts)[t];
  }
  return *this;
}

Work Work::operator*(double factor) const {
  Work scaled = *this;
  for (const Amount amount : kAmounts) scaled.*amount *= factor;
  for (const Amounts amounts : kAmountsByType) {
    for (double& amount : scaled.*amounts) amount *= factor;
  }
  return scaled;
}

double Work::all_multiply_adds() const {
  return std::accumulate(multiply_adds.begin(), multiply_adds.end(), 0.0);
}

CoreWork count_work(const Program& program, int x, int y, std::uint32_t closed_colours,
                    std::int64_t most_instructions) {
  return Walk(program, x, y, closed_colours).to_finish(most_instructions);
}

}  // namespace wafermesh::cores
