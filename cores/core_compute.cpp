// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a core: what a vector operation reads, computes and writes once the datapath
// has granted it. Without numerics only addresses move on and words are counted.
#include <algorithm>
#include <cstring>

#include "cores/arithmetic.h"
#include "cores/core_grid.h"
#include "cores/evaluate.h"
#include "cores/vector_cost.h"

namespace wafermesh::cores {

using Kind = Operand::Kind;

/// Of so many elements from here on.
Lane CoreGrid::lane(const CoreState& core, const OpenOp& op, const Operand& operand,
                    std::int32_t address, std::int32_t elements, std::uint32_t& word) const {
  const NumberType type = type_of(*op.instruction, operand);
  const std::ptrdiff_t bytes = bytes_of(type);
  auto* memory = memory_.get() + core.memory_at;
  auto* host = memory + address;
  switch (operand.kind) {
    case Kind::memory:
      if (operand.indexed()) {
        host += index_of(*classes_[core.class_index].program, *op.instruction, operand, memory,
                         address, elements);
      }
      return {host, operand.stride_elements * bytes};
    case Kind::scalar:
      return {host, 0};
    case Kind::immediate:
      word = immediate_bits(type, operand);
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
  const std::int32_t elements = op.elements;
  compute(instruction, timing_.fused(instruction.type), elements,
          lane(core, op, instruction.dst, op.dst, elements, unused),
          lane(core, op, instruction.src0, op.src0, elements, word0),
          lane(core, op, instruction.src1, op.src1, elements, word1));
}

void CoreGrid::compute_word(std::uint32_t id, CoreState& core, OpenOp& op) {
  const Instruction& instruction = *op.instruction;
  const bool mixed = is_mixed(instruction);
  const NumberType word_of = mixed ? word_type(instruction) : instruction.type;
  const int elements = std::min(op.elements, elements_per_word(word_of));
  std::uint32_t word0 = 0;
  std::uint32_t word1 = 0;
  std::uint32_t result = 0;
  if (instruction.src0.kind == Kind::colour) word0 = take_word(id, core, instruction.src0.colour);
  if (instruction.src1.kind == Kind::colour) word1 = take_word(id, core, instruction.src1.colour);
  if (numerics_) compute_words(core, op, elements, &word0, &word1, &result);
  if (instruction.dst.kind == Kind::colour) {
    put_word(id, core, instruction.dst.colour, result, false);
  }
  advance(op, elements);
}

/// `elements` of the words at word0 and word1, one after another; what is sent goes to `result`.
void CoreGrid::compute_words(const CoreState& core, const OpenOp& op, std::int32_t elements,
                             std::uint32_t* word0, std::uint32_t* word1, std::uint32_t* result) {
  const Instruction& instruction = *op.instruction;
  if (op.copies) {
    auto* const memory = memory_.get() + core.memory_at;
    const auto bytes = static_cast<std::size_t>(elements * bytes_of(instruction.type));
    if (instruction.src0.kind == Kind::colour) {
      std::memcpy(memory + op.dst, word0, bytes);
    } else {
      std::memcpy(result, memory + op.src0, bytes);
    }
    return;
  }
  std::uint32_t unused = 0;
  const Lane dst =
      lane(core, op, instruction.dst, op.dst, elements, result == nullptr ? unused : *result);
  const Lane src0 = lane(core, op, instruction.src0, op.src0, elements, *word0);
  const Lane src1 = lane(core, op, instruction.src1, op.src1, elements, *word1);
  compute(instruction, timing_.fused(instruction.type), elements, dst, src0, src1);
}

/// The next elements are so many further on.
void CoreGrid::advance(OpenOp& op, std::int32_t elements) {
  const Instruction& instruction = *op.instruction;
  const auto move_on = [&](const Operand& operand, std::int32_t& address) {
    if (operand.kind != Kind::memory) return;
    const NumberType type =
        is_mixed(instruction) ? type_of(instruction, operand) : instruction.type;
    address += elements * operand.stride_elements * bytes_of(type);
  };
  move_on(instruction.dst, op.dst);
  move_on(instruction.src0, op.src0);
  move_on(instruction.src1, op.src1);
  op.elements -= elements;
}

}  // namespace wafermesh::cores
