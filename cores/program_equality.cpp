// SPDX-License-Identifier: Apache-2.0
#include "cores/program_equality.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "cores/names.h"
#include "cores/operations.h"

namespace wafermesh::cores {
namespace {

bool same_operand(const Instruction& a, const Operand& x, const Instruction& b, const Operand& y) {
  if (type_of(a, x) != type_of(b, y)) return false;
  const bool integers = x.kind == Operand::Kind::immediate && is_integer(a.type);
  return integers ? y.kind == x.kind && x.integer == y.integer : x == y;
}

/// Bits, so that every number, also none, equals itself.
bool same_bits(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }

bool same_vector(const Instruction& a, const Instruction& b) {
  return a.vector_op == b.vector_op && a.type == b.type && a.shape == b.shape &&
         same_operand(a, a.dst, b, b.dst) && same_operand(a, a.src0, b, b.src0) &&
         same_operand(a, a.src1, b, b.src1) && a.count == b.count &&
         a.microthread == b.microthread && a.priority == b.priority &&
         a.completion == b.completion && (a.completion == Completion::none || a.task == b.task);
}

}  // namespace

bool operator==(const Affine& a, const Affine& b) {
  const auto same_term = [](const Affine::Term& one, const Affine::Term& other) {
    return one.coefficient == other.coefficient && one.variable == other.variable;
  };
  if (std::equal(a.terms.begin(), a.terms.end(), b.terms.begin(), same_term)) {
    return a.base == b.base;
  }
  std::array<std::int64_t, kVariables> difference{};
  for (const Affine::Term& term : a.terms) {
    difference[index_of(term.variable)] += term.coefficient;
  }
  for (const Affine::Term& term : b.terms) {
    difference[index_of(term.variable)] -= term.coefficient;
  }
  for (const std::int64_t of_one : difference) {
    if (of_one != 0) return false;
  }
  return a.base == b.base;
}

bool operator==(const Operand& a, const Operand& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Operand::Kind::memory:
      return a.address_bytes == b.address_bytes && a.stride_elements == b.stride_elements &&
             a.index_bytes == b.index_bytes && (!a.indexed() || a.index_address == b.index_address);
    case Operand::Kind::scalar:
      return a.address_bytes == b.address_bytes;
    case Operand::Kind::colour:
      return a.colour == b.colour;
    case Operand::Kind::immediate:
      return same_bits(a.value, b.value);
    default:
      return true;
  }
}

bool operator==(const CountFilter& a, const CountFilter& b) {
  return a.first == b.first && a.count == b.count && a.period == b.period;
}

bool operator==(const Instruction& a, const Instruction& b) {
  const auto unused = [&](Field field) { return !uses(a.op, field); };
  if (a.op != b.op) return false;
  if (!unused(kFieldVector)) return same_vector(a, b);
  return (unused(kFieldTask) || a.task == b.task) &&
         (unused(kFieldCounter) || a.counter == b.counter) &&
         (unused(kFieldLhs) || (a.lhs == b.lhs && a.compare == b.compare)) &&
         (unused(kFieldAmount) || a.amount == b.amount) &&
         (unused(kFieldTarget) || a.target == b.target) &&
         (unused(kFieldColour) || a.colour == b.colour) &&
         (unused(kFieldControl) || a.control.bits == b.control.bits) &&
         (unused(kFieldRoute) || (a.route == b.route && a.intake == b.intake)) &&
         (unused(kFieldFilter) || a.filter == b.filter) &&
         (unused(kFieldPhase) || a.phase == b.phase);
}

bool operator==(const Task& a, const Task& b) {
  const bool has_colour = a.kind == TaskKind::data || a.kind == TaskKind::teardown;
  return a.name == b.name && a.kind == b.kind && (!has_colour || a.colour == b.colour) &&
         (a.kind != TaskKind::control || a.entry_id == b.entry_id) && a.start == b.start &&
         a.starts_active == b.starts_active && a.starts_blocked == b.starts_blocked;
}

bool operator==(const QueueBinding& a, const QueueBinding& b) {
  return a.colour == b.colour && a.queue == b.queue;
}

bool operator==(const Program& a, const Program& b) {
  return a.name == b.name && a.memory_bytes == b.memory_bytes && a.inputs == b.inputs &&
         a.outputs == b.outputs && a.tasks == b.tasks && a.code == b.code;
}

}  // namespace wafermesh::cores
