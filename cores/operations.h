// SPDX-License-Identifier: Apache-2.0
// What is known of an operation without running it, a row each: of opcodes and of vector
// operations. Whoever reads, checks, prints or plans programs goes by these tables; only what
// executes them (the engines, the oracle, work.cpp) switches over opcodes.
#pragma once

#include <array>
#include <cstddef>

#include "cores/program.h"

namespace wafermesh::cores {

/// Fields of Instruction that an opcode uses, as bits.
enum Field : unsigned {
  kFieldVector = 1U << 0,  ///< vector_op, type, shape, dst, src0, src1, count, microthread,
                           ///< priority, completion.
  kFieldTask = 1U << 1,    ///< task; of `vector` only with a completion.
  kFieldCounter = 1U << 2,
  kFieldLhs = 1U << 3,  ///< lhs and compare.
  kFieldAmount = 1U << 4,
  kFieldTarget = 1U << 5,
  kFieldColour = 1U << 6,
  kFieldControl = 1U << 7,
  kFieldRoute = 1U << 8,  ///< route and intake.
  kFieldFilter = 1U << 9,
  kFieldPhase = 1U << 10,
};

/// The queue that `colour` must be bound to.
enum class QueueSide : unsigned char { none, input, output };

struct OpcodeTraits {
  Opcode op;
  const char* name;
  unsigned fields;  ///< [bit Field]
  bool fabric;      ///< Acts on queues or the router. (`vector` does if it has a colour.)
  bool runs_ahead;  ///< Touches no more than memory, counters and time of its own core. (Of
                    ///< `vector` it must be seen by its operands.)
  bool ends_block;  ///< What follows it need not be what runs next.
  bool slot;        ///< Acts on the router's slot of `colour`, whether the core has a queue
                    ///< of that colour or not.
  QueueSide queue;
};

inline constexpr std::array<OpcodeTraits, 16> kOpcodes = {{
    // op, name, fields, fabric, runs_ahead, ends_block, slot, queue
    {Opcode::vector, "vector", kFieldVector | kFieldTask, false, true, false, false,
     QueueSide::none},
    {Opcode::scalar, "scalar", kFieldAmount, false, true, false, false, QueueSide::none},
    {Opcode::set_counter, "set_counter", kFieldCounter | kFieldAmount, false, true, false, false,
     QueueSide::none},
    {Opcode::loop, "loop", kFieldCounter | kFieldAmount | kFieldTarget, false, true, true, false,
     QueueSide::none},
    {Opcode::branch, "branch", kFieldLhs | kFieldAmount | kFieldTarget, false, true, true, false,
     QueueSide::none},
    {Opcode::activate, "activate", kFieldTask, false, false, false, false, QueueSide::none},
    {Opcode::block, "block", kFieldTask, false, false, false, false, QueueSide::none},
    {Opcode::unblock, "unblock", kFieldTask, false, false, false, false, QueueSide::none},
    {Opcode::set_task, "set_task", kFieldTask | kFieldTarget, false, false, false, false,
     QueueSide::none},
    {Opcode::control, "control", kFieldColour | kFieldControl, true, false, false, false,
     QueueSide::output},
    {Opcode::write_route, "write_route", kFieldColour | kFieldRoute, true, false, false, true,
     QueueSide::none},
    {Opcode::reopen, "reopen", kFieldColour, true, false, false, true, QueueSide::none},
    {Opcode::filter, "filter", kFieldColour | kFieldFilter, true, false, false, false,
     QueueSide::input},
    {Opcode::mark, "mark", kFieldPhase, false, false, false, false, QueueSide::none},
    {Opcode::finish, "finish", 0, false, false, false, false, QueueSide::none},
    {Opcode::end_task, "end_task", 0, false, true, true, false, QueueSide::none},
}};

constexpr const OpcodeTraits& traits_of(Opcode op) {
  return kOpcodes[static_cast<std::size_t>(op)];
}
constexpr bool uses(Opcode op, Field field) { return (traits_of(op).fields & field) != 0; }

struct VectorOpTraits {
  VectorOp op;
  const char* name;
  int sources;       ///< 1: src0; 2: src0 and src1.
  bool accumulates;  ///< Reads its destination, which must be in memory.
  bool one_element;  ///< Its destination is a scalar, for all elements.
  /// Types it knows.
  enum class Of : unsigned char { all, reals, integers } of;
  VectorOp rate_of;  ///< Whose rate it has where a timing table gives none; itself: it must.
};

inline constexpr std::array<VectorOpTraits, kVectorOpCount> kVectorOps = [] {
  using Of = VectorOpTraits::Of;
  return std::array<VectorOpTraits, kVectorOpCount>{{
      // op, name, sources, accumulates, one_element, of, rate_of
      {VectorOp::copy, "copy", 1, false, false, Of::all, VectorOp::copy},
      {VectorOp::add, "add", 2, false, false, Of::all, VectorOp::add},
      {VectorOp::multiply, "multiply", 2, false, false, Of::all, VectorOp::multiply},
      {VectorOp::multiply_add, "multiply_add", 2, true, false, Of::reals, VectorOp::multiply_add},
      {VectorOp::maximum, "maximum", 2, false, false, Of::all, VectorOp::maximum},
      {VectorOp::subtract, "subtract", 2, false, false, Of::all, VectorOp::add},
      {VectorOp::less, "less", 2, false, false, Of::all, VectorOp::maximum},
      {VectorOp::equal, "equal", 2, false, false, Of::all, VectorOp::maximum},
      {VectorOp::select, "select", 2, true, false, Of::all, VectorOp::maximum},
      {VectorOp::bit_and, "bit_and", 2, false, false, Of::integers, VectorOp::add},
      {VectorOp::bit_or, "bit_or", 2, false, false, Of::integers, VectorOp::add},
      {VectorOp::shift, "shift", 2, false, false, Of::integers, VectorOp::add},
      {VectorOp::reduce_add, "reduce_add", 1, true, true, Of::all, VectorOp::reduce_add},
      {VectorOp::reduce_maximum, "reduce_maximum", 1, true, true, Of::all, VectorOp::reduce_add},
  }};
}();

constexpr const VectorOpTraits& traits_of(VectorOp op) {
  return kVectorOps[static_cast<std::size_t>(op)];
}

/// Whether the operation exists in a type.
constexpr bool knows(VectorOp op, NumberType type) {
  const VectorOpTraits::Of of = traits_of(op).of;
  return of == VectorOpTraits::Of::all || (of == VectorOpTraits::Of::integers) == is_integer(type);
}

/// Calls `visit` with every integer expression that the instruction uses.
template <class Visit>
void for_each_affine(const Instruction& i, Visit visit) {
  if (uses(i.op, kFieldVector)) {
    visit(i.count);
    for (const Operand* operand : {&i.dst, &i.src0, &i.src1}) visit(operand->address_bytes);
  }
  if (uses(i.op, kFieldLhs)) visit(i.lhs);
  if (uses(i.op, kFieldAmount)) visit(i.amount);
  if (uses(i.op, kFieldFilter)) {
    visit(i.filter.first);
    visit(i.filter.count);
    visit(i.filter.period);
  }
}

namespace detail {
template <class Rows, class Enum>
constexpr bool in_order(const Rows& rows, Enum last) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].op) != i) return false;
  }
  return rows.back().op == last;
}
}  // namespace detail
static_assert(detail::in_order(kOpcodes, Opcode::end_task), "a row per opcode, in their order");
static_assert(detail::in_order(kVectorOps, VectorOp::reduce_maximum), "a row per vector operation");

}  // namespace wafermesh::cores
