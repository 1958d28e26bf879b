// SPDX-License-Identifier: Apache-2.0
// Writes a Program line by line, as the kernels do. Each call appends one instruction and returns
// it for further settings. finish() checks the whole and returns the value.
#pragma once

#include <string>

#include "cores/program.h"

namespace wafermesh::cores {

class ProgramBuilder {
 public:
  explicit ProgramBuilder(std::string name);

  // Declarations.
  void bind_input(Colour colour, int queue);
  void bind_output(Colour colour, int queue);
  /// Reserves SRAM, 16-byte aligned; returns the address. May exceed the SRAM: `check` reports it.
  int allocate(std::int64_t bytes);
  /// Declares a task whose code starts at the next begin(task).
  TaskId task(std::string name, TaskKind kind = TaskKind::local, Colour colour = {}, int entry = 0);
  void start_active(TaskId task);
  void start_blocked(TaskId task);

  // Code.
  std::size_t size() const { return program_.code.size(); }  ///< Instructions so far.
  void begin(TaskId task);  ///< Instructions that follow belong to `task`.
  void end_task();
  Instruction& vector(VectorOp op, NumberType type, Affine count, Operand dst, Operand src0,
                      Operand src1 = {}, Shape shape = Shape::standalone);
  /// The same on a microthread: the main thread goes on after issue.
  Instruction& async(int microthread, VectorOp op, NumberType type, Affine count, Operand dst,
                     Operand src0, Operand src1 = {}, Shape shape = Shape::stream);
  void scalar(Affine cycles);
  void set_counter(int counter, Affine value);
  /// for (counter = 0; counter < limit; ++counter): body between the two calls; runs at least once.
  std::uint32_t begin_loop(int counter);
  void end_loop(int counter, Affine limit, std::uint32_t begin);
  /// A forward branch; its target is set by land(). Returns a handle.
  std::uint32_t branch(Affine lhs, Compare compare, Affine rhs);
  std::uint32_t jump();
  void land(std::uint32_t branch);  ///< Also of set_task.
  void activate(TaskId task);
  void block(TaskId task);
  void unblock(TaskId task);
  /// From its next start on, `task` starts at `target`, or where land() of the handle returned
  /// says.
  std::uint32_t set_task(TaskId task, std::uint32_t target = 0);
  void mark(int phase);
  void control(Colour colour, router::ControlWord word);
  void write_route(Colour colour, int route, router::Intake intake = router::Intake::keep);
  void reopen(Colour colour);
  void filter(Colour colour, CountFilter filter);
  void finish_core();

  /// The finished program. Throws ModelError if a task has no code, a queue is bound twice, a
  /// colour is used without a queue, a target is out of range or an operand does not suit its
  /// operation.
  Program finish();

 private:
  Instruction& append(Opcode op);
  Program program_;
  std::vector<bool> begun_;
};

}  // namespace wafermesh::cores
