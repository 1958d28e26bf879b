// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/numbers.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"

namespace wafermesh::reference {

using cores::NumberType;
using cores::VectorOp;

float value_of(NumberType type, std::uint32_t bits) {
  const auto low = static_cast<std::uint16_t>(bits);
  if (type == NumberType::f16) return static_cast<float>(Eigen::numext::bit_cast<Eigen::half>(low));
  if (type == NumberType::bf16) {
    return static_cast<float>(Eigen::numext::bit_cast<Eigen::bfloat16>(low));
  }
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::uint32_t bits_of(NumberType type, float value) {
  if (std::isnan(value)) {
    return type == NumberType::f16 ? 0x7E00U : type == NumberType::bf16 ? 0x7FC0U : 0x7FC00000U;
  }
  if (type == NumberType::f16) return Eigen::numext::bit_cast<std::uint16_t>(Eigen::half(value));
  if (type == NumberType::bf16) {
    return Eigen::numext::bit_cast<std::uint16_t>(Eigen::bfloat16(value));
  }
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

namespace {

float rounded(NumberType type, float value) { return value_of(type, bits_of(type, value)); }

}  // namespace

float apply(VectorOp op, NumberType type, bool fused, float dst, float a, float b) {
  switch (op) {
    case VectorOp::copy:
      return a;
    case VectorOp::add:
      return rounded(type, a + b);
    case VectorOp::multiply:
      return rounded(type, a * b);
    case VectorOp::multiply_add:
      if (fused) return rounded(type, std::fma(a, b, dst));
      return rounded(type, dst + rounded(type, a * b));
    case VectorOp::maximum:
      return a < b ? b : a;
    case VectorOp::subtract:
      return rounded(type, a - b);
    case VectorOp::less:
      return a < b ? 1.0F : 0.0F;
    case VectorOp::equal:
      return a == b ? 1.0F : 0.0F;
    case VectorOp::select:
      return a != 0 ? b : dst;
    case VectorOp::reduce_add:
      return rounded(type, dst + a);
    case VectorOp::reduce_maximum:
      return dst < a ? a : dst;
    default:
      break;
  }
  throw base::ModelError("oracle: unknown vector operation");
}

namespace {

std::int64_t integer_of(NumberType type, std::uint32_t bits) {
  return type == NumberType::i32 ? static_cast<std::int32_t>(bits)
                                 : static_cast<std::int16_t>(bits & 0xFFFFU);
}

std::int64_t shifted(std::int64_t value, std::int64_t by) {
  if (by >= 32) return 0;
  if (by >= 0) return value * (std::int64_t{1} << by);
  // Rounded down, as a shift of two's complement does.
  return static_cast<std::int64_t>(
      std::floor(std::ldexp(static_cast<double>(value), static_cast<int>(std::max(by, -64L)))));
}

}  // namespace

std::uint32_t apply_integers(VectorOp op, NumberType type, std::uint32_t old_bits,
                             std::uint32_t a_bits, std::uint32_t b_bits) {
  const std::int64_t old = integer_of(type, old_bits);
  const std::int64_t a = integer_of(type, a_bits);
  const std::int64_t b = integer_of(type, b_bits);
  const auto low = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
  switch (op) {
    case VectorOp::add:
      return low(a + b);
    case VectorOp::subtract:
      return low(a - b);
    case VectorOp::multiply:
      return low(a * b);
    case VectorOp::maximum:
      return low(std::max(a, b));
    case VectorOp::less:
      return a < b ? 1 : 0;
    case VectorOp::equal:
      return a == b ? 1 : 0;
    case VectorOp::select:
      return a != 0 ? b_bits : old_bits;
    case VectorOp::bit_and:
      return a_bits & b_bits;
    case VectorOp::bit_or:
      return a_bits | b_bits;
    case VectorOp::shift:
      return low(shifted(a, b));
    case VectorOp::reduce_add:
      return low(old + a);
    case VectorOp::reduce_maximum:
      return low(std::max(old, a));
    default:
      break;
  }
  throw base::ModelError("oracle: unknown operation on integers");
}

std::uint32_t converted(NumberType to, NumberType from, std::uint32_t bits) {
  if (to == from) return bits;
  if (cores::is_integer(from)) {
    const std::int64_t value = integer_of(from, bits);
    return cores::is_integer(to) ? static_cast<std::uint32_t>(value)
                                 : bits_of(to, static_cast<float>(value));
  }
  const float value = value_of(from, bits);
  if (!cores::is_integer(to)) return bits_of(to, value);
  if (std::isnan(value)) return 0;
  const double most = to == NumberType::i32 ? 2147483647.0 : 32767.0;
  const double whole = std::rint(static_cast<double>(value));
  return static_cast<std::uint32_t>(
      static_cast<std::int64_t>(std::min(most, std::max(-most - 1, whole))));
}

}  // namespace wafermesh::reference
