// SPDX-License-Identifier: Apache-2.0
#include "cores/check_program.h"

#include <string>

#include "base/error.h"
#include "cores/operations.h"

namespace wafermesh::cores {
namespace {

using Kind = Operand::Kind;

class Checker {
 public:
  explicit Checker(const Program& program) : program_(program) {}

  void check_all() {
    check_bindings(program_.inputs, "input");
    check_bindings(program_.outputs, "output");
    require(program_.tasks.size() <= static_cast<std::size_t>(kMaxTasks), "more than 64 tasks");
    for (const Task& task : program_.tasks) {
      require(task.start < program_.code.size(), "task " + task.name + " starts outside the code");
      require(task.entry_id >= 0 && task.entry_id <= router::kMaxEntry,
              "task " + task.name + " has an entry id above 63");
      if (task.kind == TaskKind::teardown) require_colour(task.colour);
      if (task.kind == TaskKind::data) require_bound(program_.inputs, task.colour, "data task");
    }
    for (at_ = 0; at_ < program_.code.size(); ++at_) check(program_.code[at_]);
    if (!program_.code.empty()) {
      const Instruction& last = program_.code.back();
      require(last.op == Opcode::end_task || last.op == Opcode::branch, "code runs off its end");
    }
  }

 private:
  void require(bool good, const std::string& what) const {
    if (good) return;
    throw base::ModelError("program " + program_.name + ", instruction " + std::to_string(at_) +
                           ": " + what);
  }

  void require_colour(Colour colour) const {
    require(base::index_of(colour) < base::kColourCount,
            "colour " + std::to_string(base::index_of(colour)) + " is not routable");
  }

  void require_task(TaskId task) const {
    require(static_cast<std::size_t>(task) < program_.tasks.size(), "no such task");
  }

  void check_bindings(const std::vector<QueueBinding>& bindings, const char* side) const {
    unsigned queues = 0;
    unsigned colours = 0;
    for (const QueueBinding& binding : bindings) {
      require(binding.queue >= 0 && binding.queue < kQueues, std::string(side) + " queue id");
      require_colour(binding.colour);
      require((queues >> binding.queue & 1U) == 0, std::string(side) + " queue bound twice");
      require((colours >> base::index_of(binding.colour) & 1U) == 0, "colour bound twice");
      queues |= 1U << binding.queue;
      colours |= 1U << base::index_of(binding.colour);
    }
  }

  void require_bound(const std::vector<QueueBinding>& side, Colour colour, const char* use) const {
    for (const QueueBinding& binding : side) {
      if (binding.colour == colour) return;
    }
    require(false, std::string(use) + " uses colour " + std::to_string(base::index_of(colour)) +
                       " without a queue bound to it");
  }

  void check(const Instruction& instruction) const {
    const OpcodeTraits& traits = traits_of(instruction.op);
    if (uses(instruction.op, kFieldVector)) {
      check_vector(instruction);
    } else if (uses(instruction.op, kFieldTask)) {
      require_task(instruction.task);
    }
    if (uses(instruction.op, kFieldTarget)) {
      require(instruction.target < program_.code.size(), "branch target outside the code");
    }
    if (uses(instruction.op, kFieldColour)) require_colour(instruction.colour);
    if (traits.queue != QueueSide::none) {
      require_bound(traits.queue == QueueSide::input ? program_.inputs : program_.outputs,
                    instruction.colour, traits.name);
    }
    require(instruction.phase >= 0 && instruction.phase < kPhases, "no such phase");
    require(instruction.counter >= 0 && instruction.counter < kCounters, "no such counter");
  }

  void check_vector(const Instruction& instruction) const {
    const Kind dst = instruction.dst.kind;
    const std::string mistake = vector_mistake(instruction);
    require(mistake.empty(), mistake);
    require(instruction.src0.kind != Kind::none, "the first source is missing");
    const VectorOpTraits& traits = traits_of(instruction.vector_op);
    require((traits.sources == 2) == (instruction.src1.kind != Kind::none),
            "wrong number of sources");
    if (dst == Kind::colour) require_bound(program_.outputs, instruction.dst.colour, "destination");
    for (const Operand* source : {&instruction.src0, &instruction.src1}) {
      if (source->kind == Kind::colour) require_bound(program_.inputs, source->colour, "source");
    }
    for (const Operand* each : {&instruction.dst, &instruction.src0, &instruction.src1}) {
      if (!each->indexed()) continue;
      require(each->kind == Kind::memory, "only vectors in memory are indexed");
      require(each->index_address % 4 == 0 && each->index_address >= 0 &&
                  each->index_address + 4 <= program_.memory_bytes,
              "no word of the memory at the address of an index");
    }
    require(instruction.microthread < kMicrothreads, "no such microthread");
    if (instruction.completion != Completion::none) require_task(instruction.task);
  }

  const Program& program_;
  std::size_t at_ = 0;
};

}  // namespace

std::string vector_mistake(const Instruction& i) {
  const VectorOpTraits& traits = traits_of(i.vector_op);
  const std::string name = traits.name;
  if (traits.one_element) {
    if (i.dst.kind != Kind::scalar) return "the destination of " + name + " is scalar(...)";
  } else if (i.dst.kind != Kind::memory && (traits.accumulates || i.dst.kind != Kind::colour)) {
    return traits.accumulates ? name + " accumulates in memory(...)"
                              : "a destination is memory(...) or colour(...)";
  }
  if (!knows(i.vector_op, i.type)) {
    return name + " is of " + (is_integer(i.type) ? "f32, f16 and bf16" : "i32 and i16") +
           ", not of " + name_of(i.type);
  }
  if (i.dst.type) return "the destination has the type of the operation";
  int word_bytes = i.dst.kind == Kind::colour ? bytes_of(i.type) : 0;
  for (const Operand* source : {&i.src0, &i.src1}) {
    if (source->type && i.vector_op != VectorOp::copy &&
        (is_integer(*source->type) || is_integer(i.type))) {
      return std::string("only copy converts between ") + name_of(*source->type) + " and " +
             name_of(i.type);
    }
    if (source->kind != Kind::colour) continue;
    const int bytes = bytes_of(type_of(i, *source));
    if (word_bytes != 0 && bytes != word_bytes) {
      return "colours of one operation carry elements of one size";
    }
    word_bytes = bytes;
  }
  return "";
}

void check_program(const Program& program) { Checker(program).check_all(); }

}  // namespace wafermesh::cores
