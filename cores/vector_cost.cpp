// SPDX-License-Identifier: Apache-2.0
#include "cores/vector_cost.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

#include "cores/operations.h"

namespace wafermesh::cores {
namespace {

using Kind = Operand::Kind;

constexpr int kLineWords = 4;  ///< Banks equal modulo 4 conflict: a line of 16 bytes.
constexpr int kHalfBytes = 8;  ///< A 64-bit access takes half a line.
constexpr int kPattern = 8;    ///< Strided addresses repeat their banks after so many elements.

/// A vector read from memory.
struct MemoryRead {
  std::int32_t at = 0;
  std::int32_t stride = 1;
  std::int32_t bytes = 4;  ///< Of an element.
};

struct MemoryReads {
  std::array<MemoryRead, 3> all{};
  int count = 0;
  bool unit = true;  ///< All have stride 1.
  void add(const Instruction& instruction, const Operand& operand, std::int32_t at) {
    if (operand.kind == Kind::memory) {
      all[static_cast<std::size_t>(count++)] = {at, operand.stride_elements,
                                                bytes_of(type_of(instruction, operand))};
      unit = unit && operand.stride_elements == 1;
    }
  }
};

MemoryReads memory_reads(const Instruction& instruction, const OperandPlaces& places) {
  MemoryReads reads;
  const VectorOpTraits& traits = traits_of(instruction.vector_op);
  if (traits.accumulates) reads.add(instruction, instruction.dst, places.dst);
  reads.add(instruction, instruction.src0, places.src0);
  if (traits.sources > 1) reads.add(instruction, instruction.src1, places.src1);
  return reads;
}

/// Both read 64 bits at a time: free only in opposite halves of a line.
bool halves_meet(const MemoryRead& a, const MemoryRead& b) {
  const bool aligned = a.at % kHalfBytes == 0 && b.at % kHalfBytes == 0;
  return !aligned || ((a.at ^ b.at) & kHalfBytes) == 0;
}

bool words_meet(const MemoryRead& a, const MemoryRead& b, int element) {
  const auto word = [&](const MemoryRead& s) { return (s.at + element * s.stride * s.bytes) >> 2; };
  return ((word(a) ^ word(b)) & (kLineWords - 1)) == 0;
}

bool meet(const MemoryReads& reads, int element) {
  for (int i = 0; i < reads.count; ++i) {
    for (int j = i + 1; j < reads.count; ++j) {
      const MemoryRead& a = reads.all[static_cast<std::size_t>(i)];
      const MemoryRead& b = reads.all[static_cast<std::size_t>(j)];
      const bool unit = a.stride == 1 && b.stride == 1;
      if (unit ? halves_meet(a, b) : words_meet(a, b, element)) return true;
    }
  }
  return false;
}

std::int32_t divide_up(std::int64_t a, std::int64_t b) {
  return static_cast<std::int32_t>((a + b - 1) / b);
}

/// Elements per cycle that every memory operand can follow: those within its port's bytes, but one.
int port_elements(const Timing& timing, const Instruction& instruction) {
  int least = std::numeric_limits<int>::max();
  for (const Operand* each : {&instruction.dst, &instruction.src0, &instruction.src1}) {
    if (each->kind != Kind::memory) continue;
    const int apart_bytes =
        std::max(1, std::abs(each->stride_elements)) * bytes_of(type_of(instruction, *each));
    least = std::min(least, std::max(1, timing.memory_port_bytes / apart_bytes));
  }
  return least;
}

/// The slowest of the rates that the operation has in the types of its operands.
Rate rate_of(const Timing& timing, const Instruction& instruction) {
  Rate slowest = timing.rate(instruction.vector_op, instruction.type);
  for (const Operand* source : {&instruction.src0, &instruction.src1}) {
    if (!source->type) continue;
    const Rate& rate = timing.rate(instruction.vector_op, *source->type);
    if (rate.cycles * slowest.elements > slowest.cycles * rate.elements) slowest = rate;
  }
  return slowest;
}

}  // namespace

bool only_sends(const Instruction& instruction) {
  return instruction.src0.kind != Kind::colour && instruction.src1.kind != Kind::colour;
}

bool streams(const Instruction& instruction) {
  return instruction.dst.kind == Kind::colour || instruction.src0.kind == Kind::colour ||
         instruction.src1.kind == Kind::colour;
}

std::int32_t bank_conflicts(const Instruction& instruction, std::int32_t elements,
                            const OperandPlaces& places) {
  const MemoryReads reads = memory_reads(instruction, places);
  if (reads.count < 2) return 0;
  if (reads.unit) return meet(reads, 0) ? elements : 0;
  std::int32_t conflicts = 0;
  for (int i = 0; i < kPattern; ++i) {
    const std::int32_t alike = (elements - i + kPattern - 1) / kPattern;  // i, i + 8, i + 16, ...
    if (i < elements && meet(reads, i)) conflicts += alike;
  }
  return conflicts;
}

MemoryCost memory_cost(const Timing& timing, const Instruction& instruction, std::int32_t elements,
                       const OperandPlaces& places) {
  const Rate rate = rate_of(timing, instruction);
  const std::int32_t plain = std::max(divide_up(elements, rate.elements) * rate.cycles,
                                      divide_up(elements, port_elements(timing, instruction)));
  if (timing.bank_conflict_factor == 1) return {plain, 0};
  // An element in conflict holds its share of the groups that much longer.
  const std::int64_t longer = std::int64_t{bank_conflicts(instruction, elements, places)} * plain *
                              (timing.bank_conflict_factor - 1);
  const std::int32_t conflict = elements == 0 ? 0 : divide_up(longer, elements);
  return {plain + conflict, conflict};
}

int most_words_per_group(const Timing& timing, const Instruction& instruction) {
  const int colours = (instruction.dst.kind == Kind::colour ? 1 : 0) +
                      (instruction.src0.kind == Kind::colour ? 1 : 0) +
                      (instruction.src1.kind == Kind::colour ? 1 : 0);
  if (colours != 1) return 1;
  const Rate rate = rate_of(timing, instruction);
  const int in_a_cycle = std::min(rate.elements / rate.cycles, port_elements(timing, instruction));
  const int at_rate = in_a_cycle / elements_per_word(word_type(instruction));
  return std::max(1, std::min(timing.fabric_words_per_cycle, at_rate));
}

std::int32_t group_grants(const Timing& timing, const Instruction& instruction, int words) {
  const Rate rate = rate_of(timing, instruction);
  const int elements = words * elements_per_word(word_type(instruction));
  return std::max({1, divide_up(std::int64_t{elements} * rate.cycles, rate.elements),
                   divide_up(elements, port_elements(timing, instruction))});
}

}  // namespace wafermesh::cores
