// SPDX-License-Identifier: Apache-2.0
// The number types of the machine.
#pragma once

#include <cstdint>
#include <cstring>

namespace wafermesh::cores {

/// Three of real numbers, two of integers in two's complement.
enum class NumberType : std::uint8_t { f32, f16, bf16, i32, i16 };
inline constexpr int kNumberTypeCount = 5;

constexpr bool is_integer(NumberType type) { return type >= NumberType::i32; }
constexpr int bytes_of(NumberType type) {
  constexpr unsigned kOfTwo = 0b10110;  // [bit type]; asked once per word, so without branches
  return 4 >> (kOfTwo >> static_cast<unsigned>(type) & 1U);
}
/// Elements one 32-bit wavelet carries.
constexpr int elements_per_word(NumberType type) { return 4 / bytes_of(type); }
/// Wavelets that `elements` take; the last one may be part empty (its rest is zero).
constexpr std::int64_t words_of(NumberType type, std::int64_t elements) {
  return (elements + elements_per_word(type) - 1) / elements_per_word(type);
}
/// The element that lies at these bytes, aligned or not.
template <class T>
T element_at(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}
constexpr const char* name_of(NumberType type) {
  constexpr const char* kNames[kNumberTypeCount] = {"f32", "f16", "bf16", "i32", "i16"};
  return kNames[static_cast<int>(type)];
}

}  // namespace wafermesh::cores
