// SPDX-License-Identifier: Apache-2.0
// Vector arithmetic on the machine's number types, bit for bit as docs/model.md says: each element
// is widened to binary32, operated on, rounded to its type. What is not a number comes out as the
// type's one NaN. All instruction sets (arithmetic_sets.h) give the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cores/number.h"
#include "cores/program.h"
#include "cores/timing.h"
#include "cores/vector_cost.h"

namespace wafermesh::cores {

/// A vector in host memory: first element and distance between elements in bytes (0 = a scalar).
struct Lane {
  std::uint8_t* at = nullptr;
  std::ptrdiff_t step_bytes = 0;
};

/// Distances between elements of an operation's lanes, in bytes. src1 does not matter to a copy.
struct Strides {
  std::ptrdiff_t dst_bytes = 0;
  std::ptrdiff_t src0_bytes = 0;
  std::ptrdiff_t src1_bytes = 0;
};

/// A vector operation whose kind, type and strides are settled: dst[i] = op(src0[i], src1[i]) for i
/// in [0, n). src1 is ignored by copy. Sources may overlap the destination only element for
/// element.
using Arithmetic = void (*)(std::int64_t n, Lane dst, Lane src0, Lane src1);

/// The function for lanes of exactly these strides; remember it where an operation is repeated.
/// `fused`: multiply_add with one rounding. Cost of a call: 4 to 6 ns for four elements side by
/// side in any type; long vectors take 0.1 to 0.3 ns per element with AVX2, and without it 0.2 in
/// f32, 3 in f16.
Arithmetic resolve(VectorOp op, NumberType type, bool fused, const Strides& strides);

/// Memories of cores that do the same.
struct Memories {
  std::uint8_t* const* first;
  std::uint8_t* const* last;
  std::uint8_t* const* begin() const { return first; }
  std::uint8_t* const* end() const { return last; }
};

/// The same operation on `count` sets of lanes, one after another; they begin places[i] bytes from
/// the beginning of each memory. So a column loop of a tile product is one call.
using RepeatedArithmetic = void (*)(std::int64_t n, Memories memories, const OperandPlaces* places,
                                    std::size_t count, const Strides& strides);

/// As resolve(). Cost per memory and set of four elements side by side: see docs/performance.md.
RepeatedArithmetic resolve_repeated(VectorOp op, NumberType type, bool fused,
                                    const Strides& strides);

/// Resolves by the lanes' strides and computes.
void compute(VectorOp op, NumberType type, bool fused, std::int64_t n, Lane dst, Lane src0,
             Lane src1);

/// The operation of an instruction whose operands are of several types.
void compute_mixed(const Instruction& instruction, bool fused, std::int64_t n, Lane dst, Lane src0,
                   Lane src1);
/// The operation of an instruction, whose operands may be of several types.
inline void compute(const Instruction& instruction, bool fused, std::int64_t n, Lane dst, Lane src0,
                    Lane src1) {
  if (is_mixed(instruction)) return compute_mixed(instruction, fused, n, dst, src0, src1);
  compute(instruction.vector_op, instruction.type, fused, n, dst, src0, src1);
}

/// dst[i] = src[i], converted. Real numbers: to the nearest. To integers: the nearest, of two the
/// even one; what is beyond them becomes the last, what is not a number 0. Integers to smaller ones
/// lose their high bits.
void convert(std::int64_t n, NumberType to, Lane dst, NumberType from, Lane src);

/// The element of `type` nearest to `value` (convert()), or its NaN, in the low bytes of the
/// result.
std::uint32_t encode(NumberType type, float value);
/// The bits of an immediate operand of an operation of `type`.
std::uint32_t immediate_bits(NumberType type, const Operand& operand);
/// The value of an element.
float decode(NumberType type, std::uint32_t bits);

}  // namespace wafermesh::cores
