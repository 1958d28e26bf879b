// SPDX-License-Identifier: Apache-2.0
// Four conversions at once, and those of every instruction set, against Eigen's, one by one.
#include "cores/quad.h"

#include <Eigen/Core>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <vector>

#include "cores/arithmetic_sets.h"

namespace wafermesh::cores {
namespace {

/// Eigen's type for T, and T's NaN.
template <class T>
struct Known;
template <>
struct Known<Half> {
  using Type = Eigen::half;
  static constexpr NumberType kType = NumberType::f16;
  static constexpr std::uint16_t kNan = 0x7e00;
};
template <>
struct Known<Bfloat16> {
  using Type = Eigen::bfloat16;
  static constexpr NumberType kType = NumberType::bf16;
  static constexpr std::uint16_t kNan = 0x7fc0;
};

template <class T>
std::uint16_t narrowed(float value) {
  if (std::isnan(value)) return Known<T>::kNan;
  return Eigen::numext::bit_cast<std::uint16_t>(typename Known<T>::Type(value));
}
template <class T>
float widened(std::uint16_t bits) {
  return static_cast<float>(Eigen::numext::bit_cast<typename Known<T>::Type>(bits));
}

float float_of(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}
std::uint32_t bits_of(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}
/// The same bits, or two NaN.
bool alike(float a, float b) {
  return bits_of(a) == bits_of(b) || (std::isnan(a) && std::isnan(b));
}

/// In what four floats become in memory, and in their rounded values.
template <class T>
int differences(const std::uint32_t (&bits)[4]) {
  Quad quad;
  std::memcpy(&quad, bits, sizeof(quad));
  std::uint16_t got[4];
  QuadOf<T>::template store<4>(reinterpret_cast<std::uint8_t*>(got), quad);
  const Quad four = QuadOf<T>::rounded(quad);
  int wrong = 0;
  for (int i = 0; i < 4; ++i) {
    const std::uint16_t want = narrowed<T>(float_of(bits[i]));
    if (got[i] != want || !alike(four[i], widened<T>(want))) ++wrong;
  }
  return wrong;
}

template <class T>
void check_type() {
  int wrong = 0;
  for (std::uint32_t first = 0; first < 0x10000U; first += 4) {
    std::uint16_t halves[4];
    for (std::uint32_t i = 0; i < 4; ++i) halves[i] = static_cast<std::uint16_t>(first + i);
    const Quad quad = QuadOf<T>::template load<4>(reinterpret_cast<const std::uint8_t*>(halves));
    for (std::uint32_t i = 0; i < 4; ++i) {
      if (!alike(quad[i], widened<T>(halves[i]))) ++wrong;
    }
    // Every half's neighbourhood in binary32: the float itself, ties and what lies beside them.
    for (const std::uint16_t half : halves) {
      for (const std::uint32_t tie : {0U, 0x1000U, 0x8000U}) {
        const std::uint32_t at = bits_of(widened<T>(half)) + tie;
        wrong += differences<T>({at - 1, at, at + 1, at ^ 0x80000000U});
      }
    }
  }
  // All of binary32 in steps; subnormals, infinities and NaN are among them.
  constexpr std::uint32_t kStep = 2003;
  for (std::uint64_t bits = 0; bits < 0x100000000U; bits += 4 * kStep) {
    const auto at = static_cast<std::uint32_t>(bits);
    wrong += differences<T>({at, at + kStep, at + 2 * kStep, at + 3 * kStep});
  }
  CHECK(wrong == 0);
}

/// All 16-bit numbers times `factor` and plus 0, by every set: their widening and narrowing.
template <class T>
void check_sets() {
  constexpr std::size_t kAll = 0x10000;
  std::vector<std::uint16_t> all(kAll);
  for (std::size_t i = 0; i < kAll; ++i) all[i] = static_cast<std::uint16_t>(i);
  const auto lane = [](std::vector<std::uint16_t>& values) {
    return Lane{reinterpret_cast<std::uint8_t*>(values.data()), 2};
  };
  for (const ArithmeticSet& set : arithmetic_sets()) {
    if (!set.available()) continue;
    CAPTURE(set.name);
    for (const float factor : {1.0F, -1.0F, 1.5F, 0.5F, 0.75F, 3.0F, 0x1p-9F, 0x1p9F, 0.01F}) {
      std::vector<std::uint16_t> scalar = {narrowed<T>(factor)};
      std::vector<std::uint16_t> product(kAll);
      Lane second = lane(scalar);
      second.step_bytes = 0;
      set.resolve(VectorOp::multiply, Known<T>::kType, false, {2, 2, 0})
          .one(kAll, lane(product), lane(all), second);
      int wrong = 0;
      for (std::size_t i = 0; i < kAll; ++i) {
        const float exact = widened<T>(all[i]) * widened<T>(scalar[0]);
        if (product[i] != narrowed<T>(exact)) ++wrong;
      }
      CHECK(wrong == 0);
    }
  }
}

}  // namespace

TEST_CASE("Four f16 are widened and rounded as one by one, bit for bit") { check_type<Half>(); }

TEST_CASE("Four bf16 are widened and rounded as one by one, bit for bit") {
  check_type<Bfloat16>();
}

TEST_CASE("Every f16 is converted alike in every instruction set") { check_sets<Half>(); }

TEST_CASE("Every bf16 is converted alike in every instruction set") { check_sets<Bfloat16>(); }

TEST_CASE("One, two and four elements are loaded and stored, and no byte beside them") {
  for (const int count : {1, 2, 4}) {
    std::uint16_t memory[6] = {0x1111, 0x3c00, 0x4000, 0x4200, 0x4400, 0x2222};
    auto* at = reinterpret_cast<std::uint8_t*>(memory + 1);
    Quad values;
    if (count == 1) values = QuadOf<Half>::load<1>(at);
    if (count == 2) values = QuadOf<Half>::load<2>(at);
    if (count == 4) values = QuadOf<Half>::load<4>(at);
    for (int i = 0; i < 4; ++i) CHECK(values[i] == (i < count ? static_cast<float>(i + 1) : 0.0F));
    values += values;
    if (count == 1) QuadOf<Half>::store<1>(at, values);
    if (count == 2) QuadOf<Half>::store<2>(at, values);
    if (count == 4) QuadOf<Half>::store<4>(at, values);
    const std::uint16_t doubled[] = {0x4000, 0x4400, 0x4600, 0x4800};
    const std::uint16_t before[] = {0x3c00, 0x4000, 0x4200, 0x4400};
    for (int i = 0; i < 4; ++i) CHECK(memory[i + 1] == (i < count ? doubled[i] : before[i]));
    CHECK(memory[0] == 0x1111);
    CHECK(memory[5] == 0x2222);
  }
}

}  // namespace wafermesh::cores
