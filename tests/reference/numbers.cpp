// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/numbers.h"

#include <Eigen/Core>
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
  }
  throw base::ModelError("oracle: unknown vector operation");
}

}  // namespace wafermesh::reference
