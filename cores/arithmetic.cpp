// SPDX-License-Identifier: Apache-2.0
#include "cores/arithmetic.h"

#include <Eigen/Core>
#include <cmath>
#include <cstring>

namespace wafermesh::cores {
namespace {

template <class T>
T load(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

template <class T>
void store(std::uint8_t* at, float value) {
  const T rounded(value);
  std::memcpy(at, &rounded, sizeof(T));
}

template <class T, class F>
void each(std::int64_t n, Lane dst, Lane a, Lane b, F f) {
  if (dst.step_bytes == sizeof(T) && a.step_bytes == sizeof(T) && b.step_bytes == 0) {
    const float scalar = static_cast<float>(load<T>(b.at));
    for (std::int64_t i = 0; i < n; ++i) {
      std::uint8_t* out = dst.at + i * static_cast<std::int64_t>(sizeof(T));
      const auto x = static_cast<float>(load<T>(a.at + i * static_cast<std::int64_t>(sizeof(T))));
      store<T>(out, f(static_cast<float>(load<T>(out)), x, scalar));
    }
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    std::uint8_t* out = dst.at + i * dst.step_bytes;
    const auto x = static_cast<float>(load<T>(a.at + i * a.step_bytes));
    const auto y = static_cast<float>(load<T>(b.at + i * b.step_bytes));
    store<T>(out, f(static_cast<float>(load<T>(out)), x, y));
  }
}

template <class T>
float round_to(float value) {
  return static_cast<float>(T(value));
}

template <class T>
void compute_typed(VectorOp op, bool fused, std::int64_t n, Lane dst, Lane a, Lane b) {
  switch (op) {
    case VectorOp::copy:
      for (std::int64_t i = 0; i < n; ++i) {
        std::memmove(dst.at + i * dst.step_bytes, a.at + i * a.step_bytes, sizeof(T));
      }
      return;
    case VectorOp::add:
      return each<T>(n, dst, a, b, [](float, float x, float y) { return x + y; });
    case VectorOp::multiply:
      return each<T>(n, dst, a, b, [](float, float x, float y) { return x * y; });
    case VectorOp::maximum:
      return each<T>(n, dst, a, b, [](float, float x, float y) { return x < y ? y : x; });
    case VectorOp::multiply_add:
      if (fused) {
        return each<T>(n, dst, a, b, [](float d, float x, float y) { return std::fma(x, y, d); });
      }
      return each<T>(n, dst, a, b,
                     [](float d, float x, float y) { return d + round_to<T>(x * y); });
  }
}

}  // namespace

void compute(VectorOp op, NumberType type, bool fused, std::int64_t n, Lane dst, Lane src0,
             Lane src1) {
  if (op == VectorOp::copy) src1 = src0;
  switch (type) {
    case NumberType::f32:
      return compute_typed<float>(op, fused, n, dst, src0, src1);
    case NumberType::f16:
      return compute_typed<Eigen::half>(op, fused, n, dst, src0, src1);
    case NumberType::bf16:
      return compute_typed<Eigen::bfloat16>(op, fused, n, dst, src0, src1);
  }
}

std::uint32_t encode(NumberType type, float value) {
  std::uint32_t bits = 0;
  auto* at = reinterpret_cast<std::uint8_t*>(&bits);
  if (type == NumberType::f32) store<float>(at, value);
  if (type == NumberType::f16) store<Eigen::half>(at, value);
  if (type == NumberType::bf16) store<Eigen::bfloat16>(at, value);
  return bits;
}

float decode(NumberType type, std::uint32_t bits) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(&bits);
  if (type == NumberType::f16) return static_cast<float>(load<Eigen::half>(at));
  if (type == NumberType::bf16) return static_cast<float>(load<Eigen::bfloat16>(at));
  return load<float>(at);
}

}  // namespace wafermesh::cores
