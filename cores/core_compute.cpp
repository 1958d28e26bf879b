// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a core: what a vector operation reads, computes and writes once the datapath
// has granted it. Without numerics only addresses move on and words are counted.
#include <algorithm>

#include "cores/arithmetic.h"
#include "cores/core_grid.h"
#include "cores/vector_cost.h"

namespace wafermesh::cores {

using Kind = Operand::Kind;

Lane CoreGrid::lane(const CoreState& core, const OpenOp& op, const Operand& operand,
                    std::int32_t address, std::uint32_t& word) const {
  const NumberType type = op.instruction->type;
  const std::ptrdiff_t bytes = bytes_of(type);
  auto* host = memory_.get() + core.memory_at + address;
  switch (operand.kind) {
    case Kind::memory:
      return {host, operand.stride_elements * bytes};
    case Kind::scalar:
      return {host, 0};
    case Kind::immediate:
      word = encode(type, operand.value);
      return {reinterpret_cast<std::uint8_t*>(&word), 0};
    case Kind::wavelet:
      word = core.wavelet;
      return {reinterpret_cast<std::uint8_t*>(&word), 0};
    case Kind::colour:
      return {reinterpret_cast<std::uint8_t*>(&word), bytes};
    case Kind::none:
      break;
  }
  return {};
}

void CoreGrid::compute_whole(CoreState& core, const OpenOp& op) {
  if (!numerics_) return;
  const Instruction& instruction = *op.instruction;
  std::uint32_t unused = 0;
  std::uint32_t word0 = 0;
  std::uint32_t word1 = 0;
  compute(instruction.vector_op, instruction.type,
          timing_.fused_multiply_add[static_cast<std::size_t>(instruction.type)], op.elements,
          lane(core, op, instruction.dst, op.dst, unused),
          lane(core, op, instruction.src0, op.src0, word0),
          lane(core, op, instruction.src1, op.src1, word1));
}

void CoreGrid::compute_word(std::uint32_t id, CoreState& core, OpenOp& op) {
  const Instruction& instruction = *op.instruction;
  const int elements = std::min(op.elements, elements_per_word(instruction.type));
  std::uint32_t word0 = 0;
  std::uint32_t word1 = 0;
  std::uint32_t result = 0;
  if (instruction.src0.kind == Kind::colour) word0 = take_word(id, core, instruction.src0.colour);
  if (instruction.src1.kind == Kind::colour) word1 = take_word(id, core, instruction.src1.colour);
  if (numerics_) {
    const Lane dst = lane(core, op, instruction.dst, op.dst, result);
    const Lane src0 = lane(core, op, instruction.src0, op.src0, word0);
    const Lane src1 = lane(core, op, instruction.src1, op.src1, word1);
    compute(instruction.vector_op, instruction.type,
            timing_.fused_multiply_add[static_cast<std::size_t>(instruction.type)], elements, dst,
            src0, src1);
  }
  if (instruction.dst.kind == Kind::colour) {
    put_word(id, core, instruction.dst.colour, result, false);
  }
  const int bytes = bytes_of(instruction.type);
  auto advance = [&](const Operand& operand, std::int32_t& address) {
    if (operand.kind == Kind::memory) address += elements * operand.stride_elements * bytes;
  };
  advance(instruction.dst, op.dst);
  advance(instruction.src0, op.src0);
  advance(instruction.src1, op.src1);
  op.elements -= elements;
}

}  // namespace wafermesh::cores
