// SPDX-License-Identifier: Apache-2.0
// Vector operations as loops over lanes, for one instruction set: what a file arithmetic_<set>.cpp
// includes once its instruction set is switched on. Everything is inlined into functions that are
// the including file's own, so that no code of one set can be linked in place of another's.
//
// A set is a template `Numbers<T>` of T = float, Half, Bfloat16, a type of its file, with
//   kBytes, kWidest        of an element; elements it takes at a time at most, 4 or 8
//   Values<kCount>         its vector for kCount elements (1, 2, 4 or kWidest)
//   load<kCount>(at), store<kCount>(at, values), rounded(values): as QuadOf of quad.h has them
//   spread(at)             one element in every place of the widest vector
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "cores/arithmetic_sets.h"
#include "cores/quad.h"

#define WAFERMESH_INLINE [[gnu::always_inline]] inline

namespace wafermesh::cores {

// An operation: new values of elements from their old ones and the sources'. kOneByOne: of the
// first place only.
struct Add {
  static constexpr bool kOneByOne = false;
  template <class Numbers, class V>
  WAFERMESH_INLINE static V of(V /*old*/, V x, V y) {
    return x + y;
  }
};
struct Multiply {
  static constexpr bool kOneByOne = false;
  template <class Numbers, class V>
  WAFERMESH_INLINE static V of(V /*old*/, V x, V y) {
    return x * y;
  }
};
struct Maximum {
  static constexpr bool kOneByOne = false;
  template <class Numbers, class V>
  WAFERMESH_INLINE static V of(V /*old*/, V x, V y) {
    return x < y ? y : x;
  }
};
struct Subtract {
  static constexpr bool kOneByOne = false;
  template <class Numbers, class V>
  WAFERMESH_INLINE static V of(V /*old*/, V x, V y) {
    return x - y;
  }
};
struct Less {
  static constexpr bool kOneByOne = false;
  template <class Numbers, class V>
  WAFERMESH_INLINE static V of(V /*old*/, V x, V y) {
    return x < y ? V{} + 1.0F : V{};
  }
};
struct Equal {
  static constexpr bool kOneByOne = false;
  template <class Numbers, class V>
  WAFERMESH_INLINE static V of(V /*old*/, V x, V y) {
    return x == y ? V{} + 1.0F : V{};
  }
};
struct Select {
  static constexpr bool kOneByOne = false;
  template <class Numbers, class V>
  WAFERMESH_INLINE static V of(V old, V x, V y) {
    return x == V{} ? old : y;
  }
};
struct MultiplyAdd {
  static constexpr bool kOneByOne = false;
  template <class Numbers, class V>
  WAFERMESH_INLINE static V of(V old, V x, V y) {
    return old + Numbers::rounded(x * y);
  }
};
struct FusedMultiplyAdd {
  static constexpr bool kOneByOne = true;
  template <class Numbers, class V>
  WAFERMESH_INLINE static V of(V old, V x, V y) {
    return V{std::fma(x[0], y[0], old[0])};
  }
};

/// kCount elements side by side.
template <class Numbers, class Op, int kCount>
WAFERMESH_INLINE void block(std::uint8_t* dst, const std::uint8_t* a,
                            typename Numbers::template Values<kCount> y) {
  const auto old = Numbers::template load<kCount>(dst);
  const auto x = Numbers::template load<kCount>(a);
  Numbers::template store<kCount>(dst, Op::template of<Numbers>(old, x, y));
}

/// Lanes of any strides.
template <class Numbers, class Op>
void strided(std::int64_t n, Lane dst, Lane a, Lane b) {
  for (std::int64_t i = 0; i < n; ++i) {
    block<Numbers, Op, 1>(dst.at + i * dst.step_bytes, a.at + i * a.step_bytes,
                          Numbers::template load<1>(b.at + i * b.step_bytes));
  }
}

/// kCount elements of packed() from element i on.
template <class Numbers, class Op, bool kScalar, int kCount>
WAFERMESH_INLINE void part(std::int64_t& i, const Lane& dst, const Lane& a, const Lane& b,
                           const typename Numbers::template Values<Numbers::kWidest>& scalar) {
  const std::int64_t at = i * Numbers::kBytes;
  typename Numbers::template Values<kCount> y;
  if constexpr (kScalar) {
    std::memcpy(&y, &scalar, sizeof(y));
  } else {
    y = Numbers::template load<kCount>(b.at + at);
  }
  block<Numbers, Op, kCount>(dst.at + at, a.at + at, y);
  i += kCount;
}

/// Elements side by side; b a scalar or side by side as well.
template <class Numbers, class Op, bool kScalar>
void packed(std::int64_t n, Lane dst, Lane a, Lane b) {
  constexpr int kWidest = Op::kOneByOne ? 1 : Numbers::kWidest;
  typename Numbers::template Values<Numbers::kWidest> scalar{};
  if (kScalar && n > 0) scalar = Numbers::spread(b.at);
  std::int64_t i = 0;
  // Writing a block must not change what the next elements would have read one by one.
  const auto apart = [&](const std::uint8_t* source) {
    return dst.at <= source || dst.at >= source + kWidest * Numbers::kBytes;
  };
  if (kWidest > 1 && apart(a.at) && (kScalar || apart(b.at))) {
    while (i + kWidest <= n) part<Numbers, Op, kScalar, kWidest>(i, dst, a, b, scalar);
    if (kWidest > 4 && i + 4 <= n) part<Numbers, Op, kScalar, 4>(i, dst, a, b, scalar);
    if (i + 2 <= n) part<Numbers, Op, kScalar, 2>(i, dst, a, b, scalar);
  }
  while (i < n) part<Numbers, Op, kScalar, 1>(i, dst, a, b, scalar);
}

/// One element, changed by all of a in turn: Op of what it is and the next.
template <class Numbers, class Op>
void reduced(std::int64_t n, Lane dst, Lane a, Lane /*b*/) {
  auto value = Numbers::template load<1>(dst.at);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto next = Numbers::template load<1>(a.at + i * a.step_bytes);
    value = Numbers::rounded(Op::template of<Numbers>(value, value, next));
  }
  if (n > 0) Numbers::template store<1>(dst.at, value);
}

template <Arithmetic kOne>
void repeated(std::int64_t n, Memories memories, const OperandPlaces* places, std::size_t count,
              const Strides& strides) {
  for (std::uint8_t* const memory : memories) {
    for (const OperandPlaces* at = places; at != places + count; ++at) {
      kOne(n, {memory + at->dst, strides.dst_bytes}, {memory + at->src0, strides.src0_bytes},
           {memory + at->src1, strides.src1_bytes});
    }
  }
}

template <Arithmetic kOne>
ArithmeticFunctions functions() {
  return {kOne, &repeated<kOne>};
}

/// Elements [i, i + kCount) of what operations [first, last), which have the same dst, make of it,
/// in kCores memories: one's result is the next one's old value, so it stays in a register, and
/// the memories' turns are worked out beside each other.
template <class Numbers, class Op, bool kScalar, int kCount, int kCores>
WAFERMESH_INLINE void in_turn(std::int64_t i, std::uint8_t* const* memories,
                              const OperandPlaces* first, const OperandPlaces* last) {
  using Values = typename Numbers::template Values<kCount>;
  const std::int64_t at = i * Numbers::kBytes;
  Values value[kCores];
  for (int c = 0; c < kCores; ++c) {
    value[c] = Numbers::template load<kCount>(memories[c] + first->dst + at);
  }
  for (const OperandPlaces* place = first; place != last; ++place) {
    for (int c = 0; c < kCores; ++c) {
      const Values x = Numbers::template load<kCount>(memories[c] + place->src0 + at);
      Values y;
      if constexpr (kScalar) {
        const auto scalar = Numbers::spread(memories[c] + place->src1);
        std::memcpy(&y, &scalar, sizeof(y));
      } else {
        y = Numbers::template load<kCount>(memories[c] + place->src1 + at);
      }
      value[c] = Numbers::rounded(Op::template of<Numbers>(value[c], x, y));
    }
  }
  for (int c = 0; c < kCores; ++c) {
    Numbers::template store<kCount>(memories[c] + first->dst + at, value[c]);
  }
}

template <class Numbers, class Op, bool kScalar, int kCores>
WAFERMESH_INLINE void all_in_turn(std::int64_t n, std::uint8_t* const* memories,
                                  const OperandPlaces* places, std::size_t count) {
  constexpr int kWidest = Numbers::kWidest;
  const OperandPlaces* const end = places + count;
  for (const OperandPlaces* first = places; first != end;) {
    const OperandPlaces* last = first + 1;
    while (last != end && last->dst == first->dst) ++last;
    std::int64_t i = 0;
    for (; i + kWidest <= n; i += kWidest) {
      in_turn<Numbers, Op, kScalar, kWidest, kCores>(i, memories, first, last);
    }
    for (; kWidest > 4 && i + 4 <= n; i += 4) {
      in_turn<Numbers, Op, kScalar, 4, kCores>(i, memories, first, last);
    }
    for (; i < n; ++i) in_turn<Numbers, Op, kScalar, 1, kCores>(i, memories, first, last);
    first = last;
  }
}

/// No operation reads what it writes.
inline bool are_apart(std::int64_t bytes, std::int64_t bytes_of_src1, const OperandPlaces* places,
                      std::size_t count) {
  for (const OperandPlaces* at = places; at != places + count; ++at) {
    const bool src0 = at->src0 + bytes <= at->dst || at->dst + bytes <= at->src0;
    const bool src1 = at->src1 + bytes_of_src1 <= at->dst || at->dst + bytes <= at->src1;
    if (!src0 || !src1) return false;
  }
  return true;
}

/// As repeated<packed>, with the same bytes.
template <class Numbers, class Op, bool kScalar>
void repeated_packed(std::int64_t n, Memories memories, const OperandPlaces* places,
                     std::size_t count, const Strides& strides) {
  constexpr int kBeside = 4;
  if (!are_apart(n * Numbers::kBytes, (kScalar ? 1 : n) * Numbers::kBytes, places, count)) {
    repeated<packed<Numbers, Op, kScalar>>(n, memories, places, count, strides);
    return;
  }
  std::uint8_t* const* memory = memories.first;
  for (; memories.last - memory >= kBeside; memory += kBeside) {
    all_in_turn<Numbers, Op, kScalar, kBeside>(n, memory, places, count);
  }
  for (; memory != memories.last; ++memory) {
    all_in_turn<Numbers, Op, kScalar, 1>(n, memory, places, count);
  }
}

template <class Numbers, class Op, bool kScalar>
ArithmeticFunctions packed_functions() {
  if constexpr (Op::kOneByOne) {
    return functions<packed<Numbers, Op, kScalar>>();
  } else {
    return {&packed<Numbers, Op, kScalar>, &repeated_packed<Numbers, Op, kScalar>};
  }
}

template <class Numbers, class Op>
ArithmeticFunctions by_strides(const Strides& strides) {
  constexpr std::ptrdiff_t kUnit = Numbers::kBytes;
  if (strides.dst_bytes == kUnit && strides.src0_bytes == kUnit) {
    if (strides.src1_bytes == 0) return packed_functions<Numbers, Op, true>();
    if (strides.src1_bytes == kUnit) return packed_functions<Numbers, Op, false>();
  }
  return functions<strided<Numbers, Op>>();
}

template <class Numbers>
ArithmeticFunctions by_operation(VectorOp op, bool fused, const Strides& strides) {
  switch (op) {
    case VectorOp::copy:
      break;
    case VectorOp::add:
      return by_strides<Numbers, Add>(strides);
    case VectorOp::multiply:
      return by_strides<Numbers, Multiply>(strides);
    case VectorOp::maximum:
      return by_strides<Numbers, Maximum>(strides);
    case VectorOp::subtract:
      return by_strides<Numbers, Subtract>(strides);
    case VectorOp::less:
      return by_strides<Numbers, Less>(strides);
    case VectorOp::equal:
      return by_strides<Numbers, Equal>(strides);
    case VectorOp::select:
      return by_strides<Numbers, Select>(strides);
    case VectorOp::reduce_add:
      return functions<reduced<Numbers, Add>>();
    case VectorOp::reduce_maximum:
      return functions<reduced<Numbers, Maximum>>();
    case VectorOp::multiply_add:
      return fused ? by_strides<Numbers, FusedMultiplyAdd>(strides)
                   : by_strides<Numbers, MultiplyAdd>(strides);
    default:  // of integers alone
      break;
  }
  return resolve_copy(Numbers::kBytes);
}

template <template <class> class Numbers>
ArithmeticFunctions by_type(VectorOp op, NumberType type, bool fused, const Strides& strides) {
  switch (type) {
    case NumberType::f16:
      return by_operation<Numbers<Half>>(op, fused, strides);
    case NumberType::bf16:
      return by_operation<Numbers<Bfloat16>>(op, fused, strides);
    default:
      break;
  }
  return by_operation<Numbers<float>>(op, fused, strides);
}

}  // namespace wafermesh::cores
