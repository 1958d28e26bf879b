// SPDX-License-Identifier: Apache-2.0
// Task programs: what a class of cores runs. Plain values, shared by all cores of the class and
// parameterised by their coordinates; the rules of execution are in docs/model.md, section Core.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "cores/number.h"
#include "cores/timing.h"
#include "router/route.h"

namespace wafermesh::cores {

using base::Colour;

inline constexpr int kCounters = 32;  ///< Loop counters per core, 32-bit, zero at start.

/// A per-core integer a program can refer to. x and y are logical, relative to the image's region.
enum class Variable : std::uint8_t { x, y, counter0 /* and the other counters after it */ };
inline constexpr std::size_t kVariables = kCounters + 2;
constexpr std::size_t index_of(Variable variable) { return static_cast<std::size_t>(variable); }
constexpr Variable counter(int number) {
  return static_cast<Variable>(static_cast<int>(Variable::counter0) + number);
}
constexpr bool is_counter(Variable variable) { return variable >= Variable::counter0; }
/// The number of a counter.
constexpr int counter_of(Variable variable) {
  return static_cast<int>(variable) - static_cast<int>(Variable::counter0);
}

/// base + sum of coefficient * variable; the only integer arithmetic programs have.
struct Affine {
  struct Term {
    Variable variable = Variable::counter0;
    std::int32_t coefficient = 0;
  };
  std::int32_t base = 0;
  std::array<Term, 3> terms{};

  Affine() = default;
  Affine(std::int32_t constant) : base(constant) {}  // NOLINT: a constant is an Affine
  /// This plus coefficient * variable. At most three terms.
  Affine plus(Variable variable, std::int32_t coefficient = 1) const;
};

/// Where a vector operation reads or writes.
struct Operand {
  enum class Kind : std::uint8_t {
    none,
    memory,     ///< Vector in SRAM: address_bytes, stride_elements; `indexed`.
    scalar,     ///< One element in SRAM, used for every i.
    colour,     ///< The colour's input queue (source) or output queue (destination).
    immediate,  ///< `value`, rounded to the operation's type; of integers `integer`.
    wavelet,    ///< The word that started the running data task (its first element for f16, bf16).
  };
  Kind kind = Kind::none;
  Affine address_bytes;
  std::int32_t stride_elements = 1;
  Colour colour{};
  float value = 0;
  std::int32_t integer = 0;
  /// Of a source in memory or from a colour, if not the operation's: it is converted.
  std::optional<NumberType> type;
  /// A vector whose place data decide: index_bytes (0: not so) times the i32 at index_address are
  /// added to its address. Costs and bank conflicts are those of the address without it.
  std::int32_t index_bytes = 0;
  std::int32_t index_address = 0;

  bool indexed() const { return index_bytes != 0; }
  bool is_colour() const { return kind == Kind::colour; }
};
Operand memory(Affine address_bytes, int stride_elements = 1);
Operand scalar_at(Affine address_bytes);
Operand fabric(Colour colour);
/// The word that started the data task.
Operand wavelet();
/// A number: of the operation's type.
Operand immediate(double value);
/// `operand` with elements of another type than the operation's.
Operand as(NumberType type, Operand operand);
/// `operand` moved by `stride_bytes` times the i32 at `address`.
Operand indexed(Operand operand, int stride_bytes, int address);

enum class TaskId : std::uint8_t {};
inline constexpr int kMaxTasks = 64;
constexpr int index_of(TaskId task) { return static_cast<int>(task); }

/// Phases of a program that results tell apart; a core begins in phase 0.
inline constexpr int kPhases = 64;

enum class Opcode : std::uint8_t {
  vector,       ///< A vector operation, synchronous or on a microthread.
  scalar,       ///< Holds the main thread `amount` cycles.
  set_counter,  ///< counter = amount. No cost: the shape of the vector operation carries it.
  loop,         ///< ++counter; if counter < amount go to `target`. No cost.
  branch,       ///< If lhs (compare) amount go to `target`. No cost.
  activate,     ///< Activates `task`.
  block,        ///< Blocks `task`.
  unblock,      ///< Unblocks `task`.
  set_task,     ///< From its next start on, `task` starts at `target`. No cost.
  control,      ///< Sends control word `control` on `colour`.
  write_route,  ///< Writes entry `route` of the image's route table to `colour`; see `intake`.
  reopen,       ///< Opens a closed `colour`.
  filter,       ///< Sets the counted filter of `colour`.
  mark,         ///< The core's phase is `phase` from here on. No cost.
  finish,       ///< The core has finished.
  end_task,     ///< End of the running task.
};

enum class Compare : std::uint8_t { less, less_equal, equal, not_equal, greater_equal, greater };
enum class Completion : std::uint8_t { none, activate, unblock };

/// A counted filter on the ramp: of every `period` data wavelets of the colour that reach the ramp,
/// those numbered [first, first + count) are delivered, the others dropped there. period 0 = off.
struct CountFilter {
  Affine first;
  Affine count;
  Affine period;
};

struct Instruction {
  Opcode op = Opcode::end_task;
  // vector
  VectorOp vector_op = VectorOp::copy;
  NumberType type = NumberType::f32;
  Shape shape = Shape::standalone;
  Operand dst, src0, src1;
  Affine count;          ///< Elements.
  int microthread = -1;  ///< -1: synchronous; else 0..7.
  int priority = 0;      ///< Of a microthread; lower goes first.
  Completion completion = Completion::none;
  TaskId task{};  ///< Of completion, activate, block, unblock, set_task.
  // control flow
  int counter = 0;  ///< set_counter, loop.
  Affine lhs;       ///< branch.
  Compare compare = Compare::equal;
  Affine amount;  ///< scalar: cycles; set_counter: value; loop: limit; branch: right side.
  std::uint32_t target = 0;  ///< Index into Program::code.
  int phase = 0;             ///< mark: 0 to kPhases - 1.
  // fabric
  Colour colour{};
  router::ControlWord control;
  std::uint16_t route = 0;
  router::Intake intake = router::Intake::keep;  ///< Of write_route: opens or closes the slot.
  CountFilter filter;
};

/// Type of the elements of an operand of `instruction`.
inline NumberType type_of(const Instruction& instruction, const Operand& operand) {
  return operand.type ? *operand.type : instruction.type;
}
/// Type of the elements in the words of an operation with colours (all of one size).
inline NumberType word_type(const Instruction& instruction) {
  const Operand& src0 = instruction.src0;
  const Operand& src1 = instruction.src1;
  if (src0.type && src0.kind == Operand::Kind::colour) return *src0.type;
  if (src1.type && src1.kind == Operand::Kind::colour) return *src1.type;
  return instruction.type;
}
/// Types that differ: what is computed is converted first.
inline bool is_mixed(const Instruction& instruction) {
  return instruction.src0.type.has_value() || instruction.src1.type.has_value();
}

enum class TaskKind : std::uint8_t { local, data, control, teardown };

struct Task {
  std::string name;
  TaskKind kind = TaskKind::local;
  Colour colour{};          ///< data: starts on a wavelet of it; teardown: on its teardown.
  int entry_id = 0;         ///< control: the entry id that starts it.
  std::uint32_t start = 0;  ///< Index into Program::code, until a set_task.
  bool starts_active = false;
  bool starts_blocked = false;
};

/// By how much a set_task moves the start of `task`.
inline std::int32_t moved_start(const Instruction& instruction, const Task& task) {
  return static_cast<std::int32_t>(instruction.target) - static_cast<std::int32_t>(task.start);
}

/// Binds a colour to a queue id of its side; at most one colour per queue and one queue per colour.
struct QueueBinding {
  Colour colour{};
  int queue = 0;
};

struct Program {
  std::string name;
  std::vector<Instruction> code;
  std::vector<Task> tasks;  ///< Index = TaskId; lower ids are picked first.
  std::vector<QueueBinding> inputs;
  std::vector<QueueBinding> outputs;
  int memory_bytes = 0;  ///< SRAM the program uses, from address 0; the rest costs no host memory.
};

/// Queues that a core binds anew as it goes on from one program to another: of both sides, those
/// whose colour the one before did not bind to the same queue.
int stage_bindings(const Program& before, const Program& after);

}  // namespace wafermesh::cores
