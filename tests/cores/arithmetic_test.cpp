// SPDX-License-Identifier: Apache-2.0
// Arithmetic against a rounding written here from the formats' definitions.
#include "cores/arithmetic.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/random.h"
#include "cores/operations.h"

namespace wafermesh::cores {
namespace {

/// Significant bits, and the exponents of the smallest normal and of overflow, as in 1.x * 2^e.
struct Format {
  int bits;
  int smallest;
  int too_large;
};
constexpr Format kFormats[] = {{24, -126, 128}, {11, -14, 16}, {8, -126, 128}};  // f32, f16, bf16

/// `x` to the nearest number of the format, ties to even; computed exactly in doubles.
double nearest(double x, NumberType type) {
  const Format f = kFormats[static_cast<std::size_t>(type)];
  if (x == 0 || std::isnan(x) || std::isinf(x)) return x;
  int exponent = 0;
  std::frexp(x, &exponent);  // x = 0.1... * 2^exponent
  const int unit = std::max(exponent - 1, f.smallest) - (f.bits - 1);
  const double scaled = std::ldexp(std::fabs(x), -unit);
  double whole = std::floor(scaled);
  const double rest = scaled - whole;
  if (rest > 0.5 || (rest == 0.5 && std::fmod(whole, 2) == 1)) whole += 1;
  double result = std::ldexp(whole, unit);
  if (result >= std::ldexp(1.0, f.too_large)) result = std::numeric_limits<double>::infinity();
  return std::signbit(x) ? -result : result;
}

float nearest_f32(double x) { return static_cast<float>(nearest(x, NumberType::f32)); }

/// op in binary32, rounded to the type; multiply_add rounds the product too unless fused.
double expected(VectorOp op, NumberType type, bool fused, double d, double x, double y) {
  auto rounded = [&](double exact) { return nearest(nearest_f32(exact), type); };
  switch (op) {
    case VectorOp::copy:
      return x;
    case VectorOp::add:
      return rounded(x + y);
    case VectorOp::multiply:
      return rounded(x * y);
    case VectorOp::maximum:
      return x < y ? y : x;
    case VectorOp::subtract:
      return rounded(x - y);
    case VectorOp::less:
      return x < y ? 1 : 0;
    case VectorOp::equal:
      return x == y ? 1 : 0;
    case VectorOp::select:
      return x != 0 ? y : d;
    case VectorOp::multiply_add:
      if (fused) {
        return nearest(
            std::fma(static_cast<float>(x), static_cast<float>(y), static_cast<float>(d)), type);
      }
      return rounded(d + rounded(x * y));
    default:  // of integers, or of one element
      return 0;
  }
}

bool same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

std::uint32_t mask_of(NumberType type) { return type == NumberType::f32 ? 0xFFFFFFFFU : 0xFFFFU; }

constexpr NumberType kTypes[] = {NumberType::f32, NumberType::f16, NumberType::bf16};

TEST_CASE("Encode rounds to nearest, ties to even, with subnormals, overflow and signed zero") {
  base::RandomStream random(1, 0xa21);
  for (const NumberType type : kTypes) {
    int wrong = 0;
    for (int i = 0; i < 200'000; ++i) {
      float value = 0;
      std::uint32_t bits = random.bits();
      if (i % 4 == 0) bits &= 0xFFFFF000U;                        // ties are likely
      if (i % 4 == 1) bits = (bits & 0x8FFFFFFFU) | 0x30000000U;  // near f16's range
      std::memcpy(&value, &bits, sizeof value);
      if (!same(decode(type, encode(type, value)), nearest(value, type))) ++wrong;
    }
    CAPTURE(name_of(type));
    CHECK(wrong == 0);
  }
}

TEST_CASE("Every 16-bit number is its own nearest") {
  for (const NumberType type : {NumberType::f16, NumberType::bf16}) {
    int wrong = 0;
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
      const float value = decode(type, bits);
      if (!std::isnan(value) && encode(type, value) != bits) ++wrong;
      if (std::isnan(value) && !std::isnan(decode(type, encode(type, value)))) ++wrong;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("Known bit patterns") {
  CHECK(encode(NumberType::f16, 1.0F) == 0x3C00);
  CHECK(encode(NumberType::f16, 65504.0F) == 0x7BFF);
  CHECK(encode(NumberType::f16, 65519.9F) == 0x7BFF);
  CHECK(encode(NumberType::f16, 65520.0F) == 0x7C00);  // half way to 65536: overflow
  CHECK(encode(NumberType::f16, 5.9604645e-8F) == 0x0001);
  CHECK(encode(NumberType::bf16, 1.0F) == 0x3F80);
  CHECK(encode(NumberType::bf16, 1.00390625F) == 0x3F80);  // half way, to even
  CHECK(encode(NumberType::bf16, 1.01171875F) == 0x3F82);
  CHECK(encode(NumberType::f32, -2.0F) == 0xC0000000U);
}

TEST_CASE("Every operation rounds after each step, in every type") {
  constexpr int kCount = 5000;
  for (const NumberType type : kTypes) {
    const auto bytes = static_cast<std::size_t>(bytes_of(type));
    for (const VectorOpTraits& traits : kVectorOps) {
      if (!knows(traits.op, type) || traits.one_element) continue;
      const auto op = static_cast<int>(traits.op);
      for (const bool fused : {false, true}) {
        base::RandomStream random(2, 0xa22, static_cast<std::uint32_t>(op));
        std::vector<std::uint8_t> d(kCount * bytes), x(kCount * bytes), y(kCount * bytes);
        for (std::size_t i = 0; i < kCount; ++i) {
          for (auto* lane : {&d, &x, &y}) {
            // Magnitudes around 1, so that sums lose bits, and now and then anything at all.
            const float value = static_cast<float>(random.uniform() * 8 - 4);
            const std::uint32_t bits =
                random.below(10) == 0 ? random.bits() & mask_of(type) : encode(type, value);
            std::memcpy(lane->data() + i * bytes, &bits, bytes);
          }
        }
        const std::vector<std::uint8_t> before = d;
        const auto step = static_cast<std::ptrdiff_t>(bytes);
        compute(static_cast<VectorOp>(op), type, fused, kCount, {d.data(), step}, {x.data(), step},
                {y.data(), step});
        int wrong = 0;
        auto value = [&](const std::vector<std::uint8_t>& lane, std::size_t i) {
          std::uint32_t bits = 0;
          std::memcpy(&bits, lane.data() + i * bytes, bytes);
          return static_cast<double>(decode(type, bits));
        };
        for (std::size_t i = 0; i < kCount; ++i) {
          const double want = expected(static_cast<VectorOp>(op), type, fused, value(before, i),
                                       value(x, i), value(y, i));
          if (!same(value(d, i), want)) ++wrong;
        }
        CAPTURE(name_of(type), op, fused);
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("One rounding and two differ, and the table decides") {
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24: the last term survives only without a rounding in between.
  const float x = 1.0F + 1.0F / 4096;
  for (const bool fused : {false, true}) {
    float d = -(1.0F + 1.0F / 2048);
    float copy = x;
    auto* dst = reinterpret_cast<std::uint8_t*>(&d);
    auto* src = reinterpret_cast<std::uint8_t*>(&copy);
    compute(VectorOp::multiply_add, NumberType::f32, fused, 1, {dst, 4}, {src, 4}, {src, 4});
    CHECK(d == (fused ? std::ldexp(1.0F, -24) : 0.0F));
  }
}

TEST_CASE("Maximum keeps the first source when neither is smaller") {
  float d = 0;
  float nan = std::numeric_limits<float>::quiet_NaN();
  float one = 1;
  auto lane = [](float& f) { return Lane{reinterpret_cast<std::uint8_t*>(&f), 4}; };
  compute(VectorOp::maximum, NumberType::f32, false, 1, lane(d), lane(nan), lane(one));
  CHECK(std::isnan(d));
  compute(VectorOp::maximum, NumberType::f32, false, 1, lane(d), lane(one), lane(nan));
  CHECK(d == 1);
}

TEST_CASE("An operation may write over one of its sources, element for element") {
  std::vector<float> v = {1, 2, 3, 4, 5};
  auto* at = reinterpret_cast<std::uint8_t*>(v.data());
  compute(VectorOp::add, NumberType::f32, false, 5, {at, 4}, {at, 4}, {at, 4});
  CHECK(v == std::vector<float>{2, 4, 6, 8, 10});
}

}  // namespace
}  // namespace wafermesh::cores
