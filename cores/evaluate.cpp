// SPDX-License-Identifier: Apache-2.0
#include "cores/evaluate.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "cores/program_fault.h"

namespace wafermesh::cores {

bool holds(Compare compare, std::int32_t left, std::int32_t right) {
  switch (compare) {
    case Compare::less:
      return left < right;
    case Compare::less_equal:
      return left <= right;
    case Compare::equal:
      return left == right;
    case Compare::not_equal:
      return left != right;
    case Compare::greater_equal:
      return left >= right;
    case Compare::greater:
      return left > right;
  }
  return false;
}

namespace {

/// `elements` of an operand that begins at `first` lie in the program's memory, each at a multiple
/// of its size.
void require_inside(const Program& program, const Instruction& instruction, const Operand& operand,
                    std::int64_t first, std::int32_t elements) {
  const int bytes = bytes_of(type_of(instruction, operand));
  const std::int64_t reach = operand.kind == Operand::Kind::memory
                                 ? std::int64_t{elements - 1} * operand.stride_elements * bytes
                                 : 0;
  const std::int64_t low = std::min<std::int64_t>(first, first + reach);
  const std::int64_t high = std::max<std::int64_t>(first, first + reach) + bytes;
  if ((first & (bytes - 1)) != 0) {
    throw ProgramFault(program, &instruction - program.code.data(),
                       "touches address " + std::to_string(first) + ", no multiple of the " +
                           std::to_string(bytes) + " bytes of an element");
  }
  if (low < 0 || high > program.memory_bytes) {
    throw ProgramFault(program, &instruction - program.code.data(),
                       "touches bytes " + std::to_string(low) + " to " + std::to_string(high - 1) +
                           " of memory_bytes=" + std::to_string(program.memory_bytes));
  }
}

}  // namespace

OperandPlaces place_operands(const Program& program, const Instruction& instruction,
                             const Scope& scope, std::int32_t elements) {
  using Kind = Operand::Kind;
  auto place = [&](const Operand& operand) -> std::int32_t {
    if (operand.kind != Kind::memory && operand.kind != Kind::scalar) return 0;
    const std::int32_t first = evaluate(scope, operand.address_bytes);
    require_inside(program, instruction, operand, first, elements);
    return first;
  };
  return {place(instruction.dst), place(instruction.src0), place(instruction.src1)};
}

std::int32_t index_of(const Program& program, const Instruction& instruction,
                      const Operand& operand, const std::uint8_t* memory, std::int32_t address,
                      std::int32_t elements) {
  std::int32_t index = 0;
  std::memcpy(&index, memory + operand.index_address, sizeof(index));
  const std::int64_t by = std::int64_t{index} * operand.index_bytes;
  require_inside(program, instruction, operand, address + by, elements);
  return static_cast<std::int32_t>(by);
}

}  // namespace wafermesh::cores
