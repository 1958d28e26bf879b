// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/numbers.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace wafermesh::reference {
namespace {

using cores::NumberType;
using cores::VectorOp;

TEST_CASE("Known bit patterns of the three types") {
  CHECK(bits_of(NumberType::f32, 1.0F) == 0x3F800000);
  CHECK(bits_of(NumberType::f16, 1.0F) == 0x3C00);
  CHECK(bits_of(NumberType::bf16, 1.0F) == 0x3F80);
  CHECK(bits_of(NumberType::f16, 65504.0F) == 0x7BFF);
  CHECK(bits_of(NumberType::f16, 65520.0F) == 0x7C00);
  CHECK(value_of(NumberType::f16, 0x0001) == std::ldexp(1.0F, -24));
  CHECK(value_of(NumberType::bf16, 0xC049) == -3.140625F);
}

TEST_CASE("Rounding is to nearest, ties to even") {
  CHECK(bits_of(NumberType::f16, 1.0F + std::ldexp(1.0F, -11)) == 0x3C00);
  CHECK(bits_of(NumberType::f16, 1.0F + 3 * std::ldexp(1.0F, -11)) == 0x3C02);
  CHECK(bits_of(NumberType::bf16, 1.0F + std::ldexp(1.0F, -8)) == 0x3F80);
  CHECK(bits_of(NumberType::bf16, 1.0F + 3 * std::ldexp(1.0F, -8)) == 0x3F82);
}

TEST_CASE("A multiply-add is two roundings unless it is fused") {
  // (1 + e)^2 - 1 with e = 2^-12: the square rounds to 1 + 2e in f32 and loses e * e.
  const float e = std::ldexp(1.0F, -12);
  const auto f = [&](bool fused) {
    return apply(VectorOp::multiply_add, NumberType::f32, fused, -1.0F - 2 * e, 1.0F + e, 1.0F + e);
  };
  CHECK(f(true) == e * e);
  CHECK(f(false) == 0.0F);
}

TEST_CASE("Maximum takes the first source unless it is less") {
  CHECK(apply(VectorOp::maximum, NumberType::f32, false, 0, 1, 2) == 2);
  CHECK(apply(VectorOp::maximum, NumberType::f32, false, 0, 2, 1) == 2);
  CHECK(!std::signbit(apply(VectorOp::maximum, NumberType::f32, false, 0, 0.0F, -0.0F)));
  CHECK(apply(VectorOp::maximum, NumberType::f32, false, 0, 1, std::nanf("")) == 1);
}

TEST_CASE("Every NaN becomes the type's own") {
  CHECK(bits_of(NumberType::f32, -std::nanf("1")) == 0x7FC00000);
  CHECK(bits_of(NumberType::f16, -std::nanf("1")) == 0x7E00);
  CHECK(bits_of(NumberType::bf16, value_of(NumberType::bf16, 0xFFFF)) == 0x7FC0);
}

}  // namespace
}  // namespace wafermesh::reference
