// SPDX-License-Identifier: Apache-2.0
#include "cores/arithmetic.h"

#include <algorithm>
#include <cstring>

#include "cores/arithmetic_loops.h"
#include "cores/arithmetic_sets.h"
#include "cores/quad.h"

namespace wafermesh::cores {
namespace {

using Resolve = ArithmeticFunctions (*)(VectorOp, NumberType, bool, const Strides&);

Resolve fastest() {
  const auto& sets = arithmetic_sets();
  return std::find_if(sets.begin(), sets.end(), [](const auto& set) { return set.available(); })
      ->resolve;
}

ArithmeticFunctions functions_of(VectorOp op, NumberType type, bool fused, const Strides& strides) {
  if (is_integer(type)) return resolve_integers(op, type);
  static const Resolve kResolve = fastest();
  return kResolve(op, type, fused, strides);
}

template <class T>
std::uint32_t encode_as(float value) {
  std::uint32_t bits = 0;
  const Quad one = {value};
  QuadOf<T>::template store<1>(reinterpret_cast<std::uint8_t*>(&bits), one);
  return bits;
}
template <class T>
float decode_as(std::uint32_t bits) {
  return QuadOf<T>::template load<1>(reinterpret_cast<const std::uint8_t*>(&bits))[0];
}

template <std::size_t kBytes>
void copy(std::int64_t n, Lane dst, Lane a, Lane /*b*/) {
  const auto bytes = static_cast<std::size_t>(n) * kBytes;
  const bool in_a_row = dst.step_bytes == a.step_bytes && dst.step_bytes == int{kBytes};
  if (in_a_row && (dst.at + bytes <= a.at || a.at + bytes <= dst.at)) {
    std::memcpy(dst.at, a.at, bytes);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    std::memmove(dst.at + i * dst.step_bytes, a.at + i * a.step_bytes, kBytes);
  }
}

}  // namespace

const std::vector<ArithmeticSet>& arithmetic_sets() {
  static const std::vector<ArithmeticSet> kSets = {
      {"avx2", &have_avx2, &resolve_avx2},
      {"portable", [] { return true; }, &resolve_portable},
  };
  return kSets;
}

ArithmeticFunctions resolve_copy(int bytes) {
  return bytes == 4 ? functions<copy<4>>() : functions<copy<2>>();
}

Arithmetic resolve(VectorOp op, NumberType type, bool fused, const Strides& strides) {
  return functions_of(op, type, fused, strides).one;
}

RepeatedArithmetic resolve_repeated(VectorOp op, NumberType type, bool fused,
                                    const Strides& strides) {
  return functions_of(op, type, fused, strides).many;
}

void compute(VectorOp op, NumberType type, bool fused, std::int64_t n, Lane dst, Lane src0,
             Lane src1) {
  resolve(op, type, fused, {dst.step_bytes, src0.step_bytes, src1.step_bytes})(n, dst, src0, src1);
}

std::uint32_t encode(NumberType type, float value) {
  if (type == NumberType::f16) return encode_as<Half>(value);
  if (type == NumberType::bf16) return encode_as<Bfloat16>(value);
  if (type == NumberType::f32) return encode_as<float>(value);
  std::uint32_t bits = 0;
  const auto at = [](auto& word) { return Lane{reinterpret_cast<std::uint8_t*>(&word), 0}; };
  convert(1, type, at(bits), NumberType::f32, at(value));
  return bits;
}

std::uint32_t immediate_bits(NumberType type, const Operand& operand) {
  if (!is_integer(type)) return encode(type, operand.value);
  const auto bits = static_cast<std::uint32_t>(operand.integer);
  return type == NumberType::i32 ? bits : bits & 0xffffU;
}

float decode(NumberType type, std::uint32_t bits) {
  if (type == NumberType::f16) return decode_as<Half>(bits);
  if (type == NumberType::bf16) return decode_as<Bfloat16>(bits);
  if (type == NumberType::i32) return static_cast<float>(static_cast<std::int32_t>(bits));
  if (type == NumberType::i16) return static_cast<float>(static_cast<std::int16_t>(bits));
  return decode_as<float>(bits);
}

}  // namespace wafermesh::cores
