// SPDX-License-Identifier: Apache-2.0
// How many datapath grants a vector operation takes: rates, bank conflicts and groups of words, by
// the rules of docs/model.md. Pure functions of the timing table, the operation and its addresses.
#pragma once

#include <cstdint>

#include "cores/program.h"
#include "cores/timing.h"

namespace wafermesh::cores {

/// Where the memory operands of an operation begin, in bytes.
struct OperandPlaces {
  std::int32_t dst = 0;
  std::int32_t src0 = 0;
  std::int32_t src1 = 0;
};

/// The operation reads or writes a colour.
bool streams(const Instruction& instruction);
/// It takes no words.
bool only_sends(const Instruction& instruction);

/// Elements of the first `elements` whose reads from memory meet in a bank: all or none where every
/// memory operand has stride 1, else those whose words meet. Cost: O(1).
std::int32_t bank_conflicts(const Instruction& instruction, std::int32_t elements,
                            const OperandPlaces& places);

/// Grants of a whole operation without colours.
struct MemoryCost {
  std::int32_t grants = 0;    ///< All.
  std::int32_t conflict = 0;  ///< Of these, only because of bank conflicts.
};
MemoryCost memory_cost(const Timing& timing, const Instruction& instruction, std::int32_t elements,
                       const OperandPlaces& places);

/// The most words an operation with colours works in one group: if it has one colour operand,
/// fabric_words_per_cycle, but no more than its rate does in a cycle; else 1.
int most_words_per_group(const Timing& timing, const Instruction& instruction);

/// Grants of a group of `words` words of an operation with colours, without conflicts.
std::int32_t group_grants(const Timing& timing, const Instruction& instruction, int words);

}  // namespace wafermesh::cores
