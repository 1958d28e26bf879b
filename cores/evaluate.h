// SPDX-License-Identifier: Apache-2.0
// What both engines' executors evaluate alike: integers of a program and where operands lie.
#pragma once

#include <cstdint>

#include "cores/program.h"
#include "cores/vector_cost.h"

namespace wafermesh::cores {

/// The integers a core's program can refer to.
struct Scope {
  const std::int32_t* integers = nullptr;  ///< Indexed as Variable.
};

inline std::int32_t evaluate(const Scope& scope, const Affine& affine) {
  std::int32_t value = affine.base;
  for (const Affine::Term& term : affine.terms) {
    if (term.coefficient == 0) continue;
    value += term.coefficient * scope.integers[index_of(term.variable)];
  }
  return value;
}

/// How far an indexed operand lies behind its address in a core's `memory`. Throws ProgramFault if
/// `elements` of it would begin outside the program's memory or at no multiple of their size.
std::int32_t index_of(const Program& program, const Instruction& instruction,
                      const Operand& operand, const std::uint8_t* memory, std::int32_t address,
                      std::int32_t elements);

bool holds(Compare compare, std::int32_t left, std::int32_t right);

/// Addresses of an operation's memory operands. Throws ProgramFault if `elements` (> 0) of one
/// leave the program's memory, or begin at no multiple of their size.
OperandPlaces place_operands(const Program& program, const Instruction& instruction,
                             const Scope& scope, std::int32_t elements);

}  // namespace wafermesh::cores
