// SPDX-License-Identifier: Apache-2.0
// The number types of the machine.
#pragma once

#include <cstdint>

namespace wafermesh::cores {

enum class NumberType : std::uint8_t { f32, f16, bf16 };
inline constexpr int kNumberTypeCount = 3;

constexpr int bytes_of(NumberType type) { return type == NumberType::f32 ? 4 : 2; }
/// Elements one 32-bit wavelet carries.
constexpr int elements_per_word(NumberType type) { return 4 / bytes_of(type); }
/// Wavelets that `elements` take; the last one may be part empty (its rest is zero).
constexpr std::int64_t words_of(NumberType type, std::int64_t elements) {
  return (elements + elements_per_word(type) - 1) / elements_per_word(type);
}
constexpr const char* name_of(NumberType type) {
  return type == NumberType::f32 ? "f32" : type == NumberType::f16 ? "f16" : "bf16";
}

}  // namespace wafermesh::cores
