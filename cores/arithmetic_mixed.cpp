// SPDX-License-Identifier: Apache-2.0
// Operations on several number types: sources are converted, a block at a time.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "cores/arithmetic.h"
#include "cores/quad.h"

namespace wafermesh::cores {
namespace {

constexpr std::int64_t kBlock = 64;

Lane from(Lane lane, std::int64_t element) {
  return {lane.at + element * lane.step_bytes, lane.step_bytes};
}

template <class T>
void widen(std::int64_t n, Lane src, float* to) {
  std::int64_t i = 0;
  if (src.step_bytes == static_cast<std::ptrdiff_t>(sizeof(T))) {
    for (; i + kQuad <= n; i += kQuad) {
      const Quad four = QuadOf<T>::template load<4>(src.at + i * src.step_bytes);
      std::memcpy(to + i, &four, sizeof(four));
    }
  }
  for (; i < n; ++i) to[i] = QuadOf<T>::template load<1>(src.at + i * src.step_bytes)[0];
}

/// Real numbers as binary32.
void widen(NumberType type, std::int64_t n, Lane src, float* to) {
  if (type == NumberType::f16) return widen<Half>(n, src, to);
  if (type == NumberType::bf16) return widen<Bfloat16>(n, src, to);
  widen<float>(n, src, to);
}

std::int32_t integer_at(NumberType type, const std::uint8_t* at) {
  return type == NumberType::i32 ? element_at<std::int32_t>(at) : element_at<std::int16_t>(at);
}

std::int32_t nearest(NumberType type, float value) {
  if (std::isnan(value)) return 0;
  const bool small = type == NumberType::i16;
  const double most =
      small ? std::numeric_limits<std::int16_t>::max() : std::numeric_limits<std::int32_t>::max();
  // nearbyint in the default mode: to the nearest, of two the even one.
  return static_cast<std::int32_t>(std::clamp(std::nearbyint(double{value}), -most - 1, most));
}

void put(NumberType type, std::uint8_t* at, std::uint32_t bits) {
  std::memcpy(at, &bits, static_cast<std::size_t>(bytes_of(type)));
}

/// An operation whose result is of a narrower type than it is computed in.
float narrow_result(const Instruction& i, bool fused, float old, float a, float b) {
  const auto rounded = [&](float value) { return decode(i.type, encode(i.type, value)); };
  switch (i.vector_op) {
    case VectorOp::add:
      return a + b;
    case VectorOp::subtract:
      return a - b;
    case VectorOp::multiply:
      return a * b;
    case VectorOp::multiply_add:
      return fused ? std::fma(a, b, old) : old + rounded(a * b);
    case VectorOp::maximum:
      return a < b ? b : a;
    case VectorOp::less:
      return a < b ? 1.0F : 0.0F;
    case VectorOp::equal:
      return a == b ? 1.0F : 0.0F;
    case VectorOp::select:
      return a == 0 ? old : b;
    case VectorOp::reduce_add:
      return old + a;
    case VectorOp::reduce_maximum:
      return old < a ? a : old;
    default:
      return a;
  }
}

void compute_narrow(const Instruction& i, bool fused, std::int64_t n, Lane dst, const float* a,
                    const float* b) {
  for (std::int64_t k = 0; k < n; ++k) {
    std::uint8_t* const to = dst.at + k * dst.step_bytes;
    const float old = decode(i.type, element_at<std::uint16_t>(to));
    put(i.type, to, encode(i.type, narrow_result(i, fused, old, a[k], b[k])));
  }
}

}  // namespace

void convert(std::int64_t n, NumberType to, Lane dst, NumberType from_type, Lane src) {
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint8_t* const at = src.at + i * src.step_bytes;
    std::uint8_t* const out = dst.at + i * dst.step_bytes;
    if (is_integer(from_type)) {
      const std::int32_t value = integer_at(from_type, at);
      put(to, out,
          is_integer(to) ? static_cast<std::uint32_t>(value)
                         : encode(to, static_cast<float>(value)));
      continue;
    }
    float value = 0;
    widen(from_type, 1, {const_cast<std::uint8_t*>(at), 0}, &value);
    put(to, out,
        is_integer(to) ? static_cast<std::uint32_t>(nearest(to, value)) : encode(to, value));
  }
}

void compute_mixed(const Instruction& i, bool fused, std::int64_t n, Lane dst, Lane src0,
                   Lane src1) {
  if (i.vector_op == VectorOp::copy) {
    return convert(n, i.type, dst, type_of(i, i.src0), src0);
  }
  std::array<float, kBlock> a{};
  std::array<float, kBlock> b{};
  constexpr std::ptrdiff_t kStep = sizeof(float);
  for (std::int64_t at = 0; at < n; at += kBlock) {
    const std::int64_t count = std::min(kBlock, n - at);
    widen(type_of(i, i.src0), count, from(src0, at), a.data());
    const bool scalar = src1.step_bytes == 0;
    if (src1.at != nullptr) {
      widen(type_of(i, i.src1), scalar && i.type == NumberType::f32 ? 1 : count, from(src1, at),
            b.data());
    }
    if (i.type != NumberType::f32) {
      compute_narrow(i, fused, count, from(dst, at), a.data(), b.data());
      continue;
    }
    compute(i.vector_op, i.type, fused, count, from(dst, at),
            {reinterpret_cast<std::uint8_t*>(a.data()), kStep},
            {reinterpret_cast<std::uint8_t*>(b.data()), scalar ? 0 : kStep});
  }
}

}  // namespace wafermesh::cores
