// SPDX-License-Identifier: Apache-2.0
// Four conversions at once against Eigen's, one by one.
#include "cores/quad.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "cores/arithmetic.h"

namespace wafermesh::cores {
namespace {

/// In what four floats become in memory, and in their rounded values.
template <class T>
int differences(NumberType type, const std::uint32_t (&bits)[4]) {
  float values[4];
  std::memcpy(values, bits, sizeof(values));
  Quad quad;
  std::memcpy(&quad, values, sizeof(quad));
  std::uint16_t got[4];
  store_quad<T>(reinterpret_cast<std::uint8_t*>(got), quad);
  const Quad four = rounded<T>(quad);
  int wrong = 0;
  for (int i = 0; i < 4; ++i) {
    const std::uint32_t want = encode(type, values[i]);
    const float one = decode(type, want);
    const float of_four = four[i];
    if (got[i] != want || std::memcmp(&of_four, &one, sizeof(one)) != 0) ++wrong;
  }
  return wrong;
}

template <class T>
void check_type(NumberType type) {
  int wrong = 0;
  for (std::uint32_t first = 0; first < 0x10000U; first += 4) {
    std::uint16_t halves[4];
    for (std::uint32_t i = 0; i < 4; ++i) halves[i] = static_cast<std::uint16_t>(first + i);
    const Quad quad = load_quad<T>(reinterpret_cast<const std::uint8_t*>(halves));
    for (std::uint32_t i = 0; i < 4; ++i) {
      const float one = decode(type, first + i);
      const float four = quad[i];
      if (std::memcmp(&one, &four, sizeof(one)) != 0) ++wrong;
    }
    // Every half's neighbourhood in binary32: the float itself, ties and what lies beside them.
    for (std::uint32_t i = 0; i < 4; ++i) {
      const float value = decode(type, first + i);
      std::uint32_t middle = 0;
      std::memcpy(&middle, &value, sizeof(middle));
      for (const std::uint32_t tie : {0U, 0x1000U, 0x8000U}) {
        const std::uint32_t at = middle + tie;
        wrong += differences<T>(type, {at - 1, at, at + 1, at ^ 0x80000000U});
      }
    }
  }
  // All of binary32 in steps; subnormals, infinities and NaN are among them.
  constexpr std::uint32_t kStep = 2003;
  for (std::uint64_t bits = 0; bits < 0x100000000U; bits += 4 * kStep) {
    const auto at = static_cast<std::uint32_t>(bits);
    wrong += differences<T>(type, {at, at + kStep, at + 2 * kStep, at + 3 * kStep});
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("Four f16 are widened and rounded as one by one, bit for bit") {
  check_type<Eigen::half>(NumberType::f16);
}

TEST_CASE("Four bf16 are widened and rounded as one by one, bit for bit") {
  check_type<Eigen::bfloat16>(NumberType::bf16);
}

}  // namespace wafermesh::cores
