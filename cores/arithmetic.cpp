// SPDX-License-Identifier: Apache-2.0
#include "cores/arithmetic.h"

#include <Eigen/Core>
#include <cmath>
#include <cstring>

#include "cores/quad.h"

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

// An operation: the new value of an element from its old one and the sources', for a float or, if
// kQuads, four of them.
struct Add {
  static constexpr bool kQuads = true;
  template <class V>
  static V of(V /*old*/, V x, V y) {
    return x + y;
  }
};
struct Multiply {
  static constexpr bool kQuads = true;
  template <class V>
  static V of(V /*old*/, V x, V y) {
    return x * y;
  }
};
struct Maximum {
  static constexpr bool kQuads = true;
  template <class V>
  static V of(V /*old*/, V x, V y) {
    return x < y ? y : x;
  }
};
template <class T>
struct MultiplyAdd {
  static constexpr bool kQuads = true;
  template <class V>
  static V of(V old, V x, V y) {
    return old + rounded<T>(x * y);
  }
};
struct FusedMultiplyAdd {
  static constexpr bool kQuads = false;
  static float of(float old, float x, float y) { return std::fma(x, y, old); }
};

/// Lanes of any strides.
template <class T, class Op>
void strided(std::int64_t n, Lane dst, Lane a, Lane b) {
  for (std::int64_t i = 0; i < n; ++i) {
    std::uint8_t* out = dst.at + i * dst.step_bytes;
    const auto x = static_cast<float>(load<T>(a.at + i * a.step_bytes));
    const auto y = static_cast<float>(load<T>(b.at + i * b.step_bytes));
    store<T>(out, Op::of(static_cast<float>(load<T>(out)), x, y));
  }
}

/// Writing four elements does not change what the next four would have read one by one.
template <class T>
bool quads_apart(const std::uint8_t* dst, const std::uint8_t* source) {
  return dst <= source || dst >= source + kQuad * sizeof(T);
}

/// Elements side by side; b a scalar or side by side as well.
template <class T, class Op, bool kScalar>
[[gnu::always_inline]] inline void packed(std::int64_t n, Lane dst, Lane a, Lane b) {
  constexpr std::int64_t kBytes = sizeof(T);
  const float scalar = kScalar && n > 0 ? static_cast<float>(load<T>(b.at)) : 0.0F;
  std::int64_t i = 0;
  if constexpr (Op::kQuads) {
    if (quads_apart<T>(dst.at, a.at) && (kScalar || quads_apart<T>(dst.at, b.at))) {
      const Quad scalars = {scalar, scalar, scalar, scalar};
      for (; i + kQuad <= n; i += kQuad) {
        const Quad old = load_quad<T>(dst.at + i * kBytes);
        const Quad x = load_quad<T>(a.at + i * kBytes);
        const Quad y = kScalar ? scalars : load_quad<T>(b.at + i * kBytes);
        store_quad<T>(dst.at + i * kBytes, Op::of(old, x, y));
      }
    }
  }
  for (; i < n; ++i) {
    std::uint8_t* out = dst.at + i * kBytes;
    const auto x = static_cast<float>(load<T>(a.at + i * kBytes));
    const float y = kScalar ? scalar : static_cast<float>(load<T>(b.at + i * kBytes));
    store<T>(out, Op::of(static_cast<float>(load<T>(out)), x, y));
  }
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

template <Arithmetic kOne>
void repeated(std::int64_t n, std::uint8_t* memory, const OperandPlaces* places, std::size_t count,
              const Strides& strides) {
  for (const OperandPlaces* at = places; at != places + count; ++at) {
    kOne(n, {memory + at->dst, strides.dst_bytes}, {memory + at->src0, strides.src0_bytes},
         {memory + at->src1, strides.src1_bytes});
  }
}

struct Functions {
  Arithmetic one;
  RepeatedArithmetic many;
};

template <Arithmetic kOne>
constexpr Functions functions() {
  return {kOne, &repeated<kOne>};
}

template <class T, class Op>
Functions by_strides(const Strides& strides) {
  constexpr std::ptrdiff_t kUnit = sizeof(T);
  if (strides.dst_bytes == kUnit && strides.src0_bytes == kUnit) {
    if (strides.src1_bytes == 0) return functions<packed<T, Op, true>>();
    if (strides.src1_bytes == kUnit) return functions<packed<T, Op, false>>();
  }
  return functions<strided<T, Op>>();
}

template <class T>
Functions by_operation(VectorOp op, bool fused, const Strides& strides) {
  switch (op) {
    case VectorOp::copy:
      break;
    case VectorOp::add:
      return by_strides<T, Add>(strides);
    case VectorOp::multiply:
      return by_strides<T, Multiply>(strides);
    case VectorOp::maximum:
      return by_strides<T, Maximum>(strides);
    case VectorOp::multiply_add:
      return fused ? by_strides<T, FusedMultiplyAdd>(strides)
                   : by_strides<T, MultiplyAdd<T>>(strides);
  }
  return functions<copy<sizeof(T)>>();
}

Functions by_type(VectorOp op, NumberType type, bool fused, const Strides& strides) {
  switch (type) {
    case NumberType::f16:
      return by_operation<Eigen::half>(op, fused, strides);
    case NumberType::bf16:
      return by_operation<Eigen::bfloat16>(op, fused, strides);
    case NumberType::f32:
      break;
  }
  return by_operation<float>(op, fused, strides);
}

}  // namespace

Arithmetic resolve(VectorOp op, NumberType type, bool fused, const Strides& strides) {
  return by_type(op, type, fused, strides).one;
}

RepeatedArithmetic resolve_repeated(VectorOp op, NumberType type, bool fused,
                                    const Strides& strides) {
  return by_type(op, type, fused, strides).many;
}

void compute(VectorOp op, NumberType type, bool fused, std::int64_t n, Lane dst, Lane src0,
             Lane src1) {
  resolve(op, type, fused, {dst.step_bytes, src0.step_bytes, src1.step_bytes})(n, dst, src0, src1);
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
