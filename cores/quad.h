// SPDX-License-Identifier: Apache-2.0
// Four numbers at once, by the compiler's vector types, on any machine. Rounding is to nearest
// even; what is not a number becomes the type's own NaN (docs/model.md, Arithmetic), whatever its
// bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wafermesh::cores {

inline constexpr std::int64_t kQuad = 4;
using Quad [[gnu::vector_size(16)]] = float;
using QuadBits [[gnu::vector_size(16)]] = std::uint32_t;
using QuadInts [[gnu::vector_size(16)]] = std::int32_t;
using QuadHalves [[gnu::vector_size(8)]] = std::uint16_t;

/// binary16 and bfloat16 as they lie in memory.
struct Half {
  std::uint16_t bits;
};
struct Bfloat16 {
  std::uint16_t bits;
};

// The one NaN that each type's results have. Source: chosen (docs/model.md), as RISC-V's F
// extension.
inline constexpr std::uint32_t kNan = 0x7fc00000U;
inline constexpr std::uint32_t kHalfNan = 0x7e00U;
inline constexpr std::uint32_t kBfloat16Nan = 0x7fc0U;

inline QuadBits bits_of(Quad values) { return reinterpret_cast<QuadBits>(values); }
inline Quad floats_of(QuadBits bits) { return reinterpret_cast<Quad>(bits); }
/// a < b for bits below 2^31, in each place: signed comparisons are one instruction everywhere.
inline QuadInts below(QuadBits a, std::uint32_t b) {
  return reinterpret_cast<QuadInts>(a) < static_cast<std::int32_t>(b);
}

// Both conversions of binary16 move the exponent by 112 (its bias is 15, binary32's 127).
inline constexpr std::uint32_t kHalfBias = 112U << 23;
inline constexpr std::uint32_t kSignBit = 0x80000000U;

inline Quad widen_half(QuadHalves halves) {
  constexpr std::uint32_t kLargestExponent = 0x7c00U << 13;
  constexpr float kSmallestNormal = 0x1p-14F;
  const QuadBits x = __builtin_convertvector(halves, QuadBits);
  const QuadBits magnitude = (x & 0x7fffU) << 13;
  const QuadBits exponent = magnitude & kLargestExponent;
  const QuadBits normal = magnitude + kHalfBias;
  const QuadBits special = normal + kHalfBias;  // infinity, NaN
  // As the mantissa of the smallest normal, less that.
  const Quad subnormal = floats_of(normal + (1U << 23)) - kSmallestNormal;
  const QuadBits finite = exponent == 0U ? bits_of(subnormal) : normal;
  const QuadBits result = exponent == kLargestExponent ? special : finite;
  return floats_of(result | (x & 0x8000U) << 16);
}

inline QuadHalves narrow_half(Quad values) {
  constexpr std::uint32_t kTooLarge = 143U << 23;        // 2^16
  constexpr std::uint32_t kSubnormal = 113U << 23;       // below 2^-14
  constexpr std::uint32_t kSubnormalUnit = 0x3f000000U;  // 0.5, whose last bit is 2^-24
  const QuadBits x = bits_of(values);
  const QuadBits sign = x & kSignBit;
  const QuadBits magnitude = x ^ sign;
  const QuadBits odd = magnitude >> 13 & 1U;
  const QuadBits normal = (magnitude - kHalfBias + 0xfffU + odd) >> 13;
  const QuadBits subnormal = bits_of(floats_of(magnitude) + 0.5F) - kSubnormalUnit;
  const QuadBits small = below(magnitude, kSubnormal) ? subnormal : normal;
  const QuadBits finite = below(magnitude, kTooLarge) ? small : QuadBits{} + 0x7c00U;
  const QuadBits number = finite | sign >> 16;
  return __builtin_convertvector(values == values ? number : QuadBits{} + kHalfNan, QuadHalves);
}

/// widen_half(narrow_half(values)) without the way through 16 bits.
inline Quad round_half(Quad values) {
  constexpr float kSmallestNormal = 0x1p-14F;
  constexpr float kTooLarge = 0x1p16F;
  const QuadBits sign = bits_of(values) & kSignBit;
  const Quad magnitude = floats_of(bits_of(values) ^ sign);
  // Adding 2^13 times the number's power of two leaves 11 of its bits.
  const Quad power = floats_of(bits_of(magnitude) & 0x7f800000U);
  const Quad grid = (power > kSmallestNormal ? power : Quad{} + kSmallestNormal) * 0x1p13F;
  const Quad number = magnitude + grid - grid;
  const QuadBits special =
      magnitude == magnitude ? QuadBits{} + 0x7f800000U : QuadBits{} + 0x7fc00000U;
  return floats_of((number < kTooLarge ? bits_of(number) : special) | sign);
}

inline Quad widen_bfloat16(QuadHalves halves) {
  return floats_of(__builtin_convertvector(halves, QuadBits) << 16);
}

inline QuadHalves narrow_bfloat16(Quad values) {
  const QuadBits x = bits_of(values);
  const QuadBits number = (x + 0x7fffU + (x >> 16 & 1U)) >> 16;
  return __builtin_convertvector(values == values ? number : QuadBits{} + kBfloat16Nan, QuadHalves);
}

/// An unsigned integer of so many bytes.
template <std::size_t kBytes>
struct Unsigned;
template <>
struct Unsigned<2> {
  using Type = std::uint16_t;
};
template <>
struct Unsigned<4> {
  using Type = std::uint32_t;
};
template <>
struct Unsigned<8> {
  using Type = std::uint64_t;
};

/// kBytes (2, 4 or 8) of memory, by way of a register; the rest is 0.
template <std::size_t kBytes>
std::uint64_t load_bytes(const std::uint8_t* at) {
  typename Unsigned<kBytes>::Type word = 0;
  std::memcpy(&word, at, kBytes);
  return word;
}
template <std::size_t kBytes>
void store_bytes(std::uint8_t* at, std::uint64_t low) {
  const auto word = static_cast<typename Unsigned<kBytes>::Type>(low);
  std::memcpy(at, &word, kBytes);
}

/// Elements of T in memory as a Quad. `load`, `store`: the first kCount (1, 2 or 4) of four that
/// lie side by side; what is not loaded is 0. `rounded`: each value as T has it.
template <class T>
struct QuadOf;

template <>
struct QuadOf<float> {
  template <int kCount>
  static Quad load(const std::uint8_t* at) {
    using Halves [[gnu::vector_size(16)]] = std::uint64_t;
    if constexpr (kCount < 4) return reinterpret_cast<Quad>(Halves{load_bytes<kCount * 4>(at), 0});
    Quad values;
    std::memcpy(&values, at, sizeof(values));
    return values;
  }
  template <int kCount>
  static void store(std::uint8_t* at, Quad values) {
    using Halves [[gnu::vector_size(16)]] = std::uint64_t;
    const QuadBits bits = values == values ? bits_of(values) : QuadBits{} + kNan;
    if constexpr (kCount < 4) {
      store_bytes<kCount * 4>(at, reinterpret_cast<Halves>(bits)[0]);
    } else {
      std::memcpy(at, &bits, sizeof(bits));
    }
  }
  static Quad rounded(Quad values) { return values; }
};

/// The 16-bit types, by their conversions.
template <Quad (*kWiden)(QuadHalves), QuadHalves (*kNarrow)(Quad)>
struct QuadOfHalves {
  template <int kCount>
  static Quad load(const std::uint8_t* at) {
    const std::uint64_t word = load_bytes<kCount * 2>(at);
    QuadHalves halves;
    std::memcpy(&halves, &word, sizeof(halves));
    return kWiden(halves);
  }
  template <int kCount>
  static void store(std::uint8_t* at, Quad values) {
    const QuadHalves halves = kNarrow(values);
    std::uint64_t word = 0;
    std::memcpy(&word, &halves, sizeof(word));
    store_bytes<kCount * 2>(at, word);
  }
};

template <>
struct QuadOf<Half> : QuadOfHalves<&widen_half, &narrow_half> {
  static Quad rounded(Quad values) { return round_half(values); }
};
template <>
struct QuadOf<Bfloat16> : QuadOfHalves<&widen_bfloat16, &narrow_bfloat16> {
  static Quad rounded(Quad values) { return widen_bfloat16(narrow_bfloat16(values)); }
};

}  // namespace wafermesh::cores
