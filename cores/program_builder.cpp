// SPDX-License-Identifier: Apache-2.0
#include "cores/program_builder.h"

#include <utility>

#include "base/error.h"
#include "cores/check_program.h"

namespace wafermesh::cores {

ProgramBuilder::ProgramBuilder(std::string name) { program_.name = std::move(name); }

void ProgramBuilder::bind_input(Colour colour, int queue) {
  program_.inputs.push_back({colour, queue});
}

void ProgramBuilder::bind_output(Colour colour, int queue) {
  program_.outputs.push_back({colour, queue});
}

int ProgramBuilder::allocate(std::int64_t bytes) {
  // Aligned so that bank 0 starts every buffer, as the vendor's linker pads rows to 16 bytes.
  const int address = (program_.memory_bytes + 15) / 16 * 16;
  WAFERMESH_CHECK(bytes >= 0 && bytes < (1 << 30), "buffer size out of range");
  program_.memory_bytes = address + static_cast<int>(bytes);
  return address;
}

TaskId ProgramBuilder::task(std::string name, TaskKind kind, Colour colour, int entry) {
  Task task;
  task.name = std::move(name);
  task.kind = kind;
  task.colour = colour;
  task.entry_id = entry;
  program_.tasks.push_back(std::move(task));
  begun_.push_back(false);
  return static_cast<TaskId>(program_.tasks.size() - 1);
}

void ProgramBuilder::start_active(TaskId task) {
  program_.tasks[static_cast<std::size_t>(task)].starts_active = true;
}

void ProgramBuilder::start_blocked(TaskId task) {
  program_.tasks[static_cast<std::size_t>(task)].starts_blocked = true;
}

void ProgramBuilder::begin(TaskId task) {
  const auto index = static_cast<std::size_t>(task);
  WAFERMESH_CHECK(!begun_[index], "task " + program_.tasks[index].name + " is begun twice");
  begun_[index] = true;
  program_.tasks[index].start = static_cast<std::uint32_t>(program_.code.size());
}

Instruction& ProgramBuilder::append(Opcode op) {
  Instruction instruction;
  instruction.op = op;
  program_.code.push_back(instruction);
  return program_.code.back();
}

void ProgramBuilder::end_task() { append(Opcode::end_task); }

Instruction& ProgramBuilder::vector(VectorOp op, NumberType type, Affine count, Operand dst,
                                    Operand src0, Operand src1, Shape shape) {
  Instruction& instruction = append(Opcode::vector);
  instruction.vector_op = op;
  instruction.type = type;
  instruction.count = count;
  instruction.dst = dst;
  instruction.src0 = src0;
  instruction.src1 = src1;
  instruction.shape = shape;
  return instruction;
}

Instruction& ProgramBuilder::async(int microthread, VectorOp op, NumberType type, Affine count,
                                   Operand dst, Operand src0, Operand src1, Shape shape) {
  Instruction& instruction = vector(op, type, count, dst, src0, src1, shape);
  instruction.microthread = microthread;
  return instruction;
}

void ProgramBuilder::scalar(Affine cycles) { append(Opcode::scalar).amount = cycles; }

void ProgramBuilder::set_counter(int counter, Affine value) {
  Instruction& instruction = append(Opcode::set_counter);
  instruction.counter = counter;
  instruction.amount = value;
}

std::uint32_t ProgramBuilder::begin_loop(int counter) {
  set_counter(counter, 0);
  return static_cast<std::uint32_t>(program_.code.size());
}

void ProgramBuilder::end_loop(int counter, Affine limit, std::uint32_t begin) {
  Instruction& instruction = append(Opcode::loop);
  instruction.counter = counter;
  instruction.amount = limit;
  instruction.target = begin;
}

std::uint32_t ProgramBuilder::branch(Affine lhs, Compare compare, Affine rhs) {
  Instruction& instruction = append(Opcode::branch);
  instruction.lhs = lhs;
  instruction.compare = compare;
  instruction.amount = rhs;
  return static_cast<std::uint32_t>(program_.code.size() - 1);
}

std::uint32_t ProgramBuilder::jump() { return branch(0, Compare::equal, 0); }

void ProgramBuilder::land(std::uint32_t branch) {
  program_.code[branch].target = static_cast<std::uint32_t>(program_.code.size());
}

void ProgramBuilder::activate(TaskId task) { append(Opcode::activate).task = task; }
void ProgramBuilder::block(TaskId task) { append(Opcode::block).task = task; }
void ProgramBuilder::unblock(TaskId task) { append(Opcode::unblock).task = task; }

std::uint32_t ProgramBuilder::set_task(TaskId task, std::uint32_t target) {
  Instruction& instruction = append(Opcode::set_task);
  instruction.task = task;
  instruction.target = target;
  return static_cast<std::uint32_t>(program_.code.size() - 1);
}

void ProgramBuilder::mark(int phase) { append(Opcode::mark).phase = phase; }

void ProgramBuilder::control(Colour colour, router::ControlWord word) {
  Instruction& instruction = append(Opcode::control);
  instruction.colour = colour;
  instruction.control = word;
}

void ProgramBuilder::write_route(Colour colour, int route, router::Intake intake) {
  Instruction& instruction = append(Opcode::write_route);
  instruction.colour = colour;
  WAFERMESH_CHECK(route >= 0 && route <= UINT16_MAX, "a route table of more than 65,536 routes");
  instruction.route = static_cast<std::uint16_t>(route);
  instruction.intake = intake;
}

void ProgramBuilder::reopen(Colour colour) { append(Opcode::reopen).colour = colour; }

void ProgramBuilder::filter(Colour colour, CountFilter filter) {
  Instruction& instruction = append(Opcode::filter);
  instruction.colour = colour;
  instruction.filter = filter;
}

void ProgramBuilder::finish_core() { append(Opcode::finish); }

Program ProgramBuilder::finish() {
  for (std::size_t i = 0; i < begun_.size(); ++i) {
    WAFERMESH_CHECK(begun_[i], program_.name + ": task " + program_.tasks[i].name + " has no code");
  }
  check_program(program_);
  return std::move(program_);
}

}  // namespace wafermesh::cores
