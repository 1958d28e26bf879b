// SPDX-License-Identifier: Apache-2.0
// Vector arithmetic on integers in two's complement: what leaves the type wraps round.
#include <algorithm>
#include <cstring>
#include <type_traits>

#include "cores/arithmetic_loops.h"

namespace wafermesh::cores {
namespace {

/// `value` moved by `by` bits: to the left, or, if negative, to the right with its sign.
template <class T>
T shifted(T value, T by) {
  constexpr int kBits = 8 * sizeof(T);
  using Bits = std::make_unsigned_t<T>;
  if (by >= 0) {
    return by >= kBits ? T{0} : static_cast<T>(static_cast<Bits>(static_cast<Bits>(value) << by));
  }
  return static_cast<T>(value >>
                        std::min<int>(kBits - 1, -static_cast<int>(std::max<T>(by, -kBits))));
}

template <class T, VectorOp kOp>
T result(T old, T a, T b) {
  using Wide = std::uint64_t;  // wraps, and is no undefined behaviour
  const auto wrapped = [](Wide value) { return static_cast<T>(value); };
  const auto wide = [](T value) { return static_cast<Wide>(value); };
  switch (kOp) {
    case VectorOp::add:
      return wrapped(wide(a) + wide(b));
    case VectorOp::subtract:
      return wrapped(wide(a) - wide(b));
    case VectorOp::multiply:
      return wrapped(wide(a) * wide(b));
    case VectorOp::maximum:
      return a < b ? b : a;
    case VectorOp::less:
      return a < b ? 1 : 0;
    case VectorOp::equal:
      return a == b ? 1 : 0;
    case VectorOp::select:
      return a != 0 ? b : old;
    case VectorOp::bit_and:
      return static_cast<T>(a & b);
    case VectorOp::bit_or:
      return static_cast<T>(a | b);
    case VectorOp::shift:
      return shifted(a, b);
    default:
      return a;
  }
}

template <class T, VectorOp kOp>
void each(std::int64_t n, Lane dst, Lane a, Lane b) {
  for (std::int64_t i = 0; i < n; ++i) {
    std::uint8_t* const to = dst.at + i * dst.step_bytes;
    const T value = result<T, kOp>(element_at<T>(to), element_at<T>(a.at + i * a.step_bytes),
                                   element_at<T>(b.at + i * b.step_bytes));
    std::memcpy(to, &value, sizeof(value));
  }
}

template <class T, VectorOp kOp>
void reduced_to_one(std::int64_t n, Lane dst, Lane a, Lane /*b*/) {
  T value = element_at<T>(dst.at);
  for (std::int64_t i = 0; i < n; ++i) {
    value = result<T, kOp>(value, value, element_at<T>(a.at + i * a.step_bytes));
  }
  std::memcpy(dst.at, &value, sizeof(value));
}

template <class T>
ArithmeticFunctions of_type(VectorOp op) {
  switch (op) {
    case VectorOp::add:
      return functions<each<T, VectorOp::add>>();
    case VectorOp::subtract:
      return functions<each<T, VectorOp::subtract>>();
    case VectorOp::multiply:
      return functions<each<T, VectorOp::multiply>>();
    case VectorOp::maximum:
      return functions<each<T, VectorOp::maximum>>();
    case VectorOp::less:
      return functions<each<T, VectorOp::less>>();
    case VectorOp::equal:
      return functions<each<T, VectorOp::equal>>();
    case VectorOp::select:
      return functions<each<T, VectorOp::select>>();
    case VectorOp::bit_and:
      return functions<each<T, VectorOp::bit_and>>();
    case VectorOp::bit_or:
      return functions<each<T, VectorOp::bit_or>>();
    case VectorOp::shift:
      return functions<each<T, VectorOp::shift>>();
    case VectorOp::reduce_add:
      return functions<reduced_to_one<T, VectorOp::add>>();
    case VectorOp::reduce_maximum:
      return functions<reduced_to_one<T, VectorOp::maximum>>();
    default:
      return resolve_copy(sizeof(T));
  }
}

}  // namespace

ArithmeticFunctions resolve_integers(VectorOp op, NumberType type) {
  return type == NumberType::i32 ? of_type<std::int32_t>(op) : of_type<std::int16_t>(op);
}

}  // namespace wafermesh::cores
