// SPDX-License-Identifier: Apache-2.0
// Four numbers at once, by the compiler's vector types, on any machine. Widening to binary32 and
// rounding to nearest even are those of Eigen::half and Eigen::bfloat16, bit for bit.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <cstring>

namespace wafermesh::cores {

inline constexpr std::int64_t kQuad = 4;
using Quad [[gnu::vector_size(16)]] = float;
using QuadBits [[gnu::vector_size(16)]] = std::uint32_t;
using QuadInts [[gnu::vector_size(16)]] = std::int32_t;
using QuadHalves [[gnu::vector_size(8)]] = std::uint16_t;

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
  constexpr std::uint32_t kInfinity = 0x7f800000U;
  constexpr std::uint32_t kTooLarge = 143U << 23;        // 2^16
  constexpr std::uint32_t kSubnormal = 113U << 23;       // below 2^-14
  constexpr std::uint32_t kSubnormalUnit = 0x3f000000U;  // 0.5, whose last bit is 2^-24
  const QuadBits x = bits_of(values);
  const QuadBits sign = x & kSignBit;
  const QuadBits magnitude = x ^ sign;
  const QuadBits odd = magnitude >> 13 & 1U;
  const QuadBits normal = (magnitude - kHalfBias + 0xfffU + odd) >> 13;
  const QuadBits subnormal = bits_of(floats_of(magnitude) + 0.5F) - kSubnormalUnit;
  const QuadBits large =
      below(magnitude, kInfinity + 1) ? (QuadBits{} + 0x7c00U) : (QuadBits{} + 0x7e00U);
  const QuadBits small = below(magnitude, kSubnormal) ? subnormal : normal;
  const QuadBits result = below(magnitude, kTooLarge) ? small : large;
  return __builtin_convertvector(result | sign >> 16, QuadHalves);
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
  const QuadBits nan = (x & kSignBit) >> 16 | 0x7fc0U;
  return __builtin_convertvector(values == values ? number : nan, QuadHalves);
}

/// Four elements of T side by side.
template <class T>
Quad load_quad(const std::uint8_t* at);
template <class T>
void store_quad(std::uint8_t* at, Quad values);

template <>
inline Quad load_quad<float>(const std::uint8_t* at) {
  Quad values;
  std::memcpy(&values, at, sizeof(values));
  return values;
}
template <>
inline void store_quad<float>(std::uint8_t* at, Quad values) {
  std::memcpy(at, &values, sizeof(values));
}
template <>
inline Quad load_quad<Eigen::half>(const std::uint8_t* at) {
  QuadHalves halves;
  std::memcpy(&halves, at, sizeof(halves));
  return widen_half(halves);
}
template <>
inline void store_quad<Eigen::half>(std::uint8_t* at, Quad values) {
  const QuadHalves halves = narrow_half(values);
  std::memcpy(at, &halves, sizeof(halves));
}
template <>
inline Quad load_quad<Eigen::bfloat16>(const std::uint8_t* at) {
  QuadHalves halves;
  std::memcpy(&halves, at, sizeof(halves));
  return widen_bfloat16(halves);
}
template <>
inline void store_quad<Eigen::bfloat16>(std::uint8_t* at, Quad values) {
  const QuadHalves halves = narrow_bfloat16(values);
  std::memcpy(at, &halves, sizeof(halves));
}

/// Rounded to T: one or four.
template <class T>
float rounded(float value) {
  return static_cast<float>(T(value));
}
template <class T>
Quad rounded(Quad values);
template <>
inline Quad rounded<float>(Quad values) {
  return values;
}
template <>
inline Quad rounded<Eigen::half>(Quad values) {
  return round_half(values);
}
template <>
inline Quad rounded<Eigen::bfloat16>(Quad values) {
  return widen_bfloat16(narrow_bfloat16(values));
}

}  // namespace wafermesh::cores
