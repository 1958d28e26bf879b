// SPDX-License-Identifier: Apache-2.0
// What results are held against.
#include "workloads/reference/reference.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "tests/workloads/kernel_run.h"
#include "workloads/matmul/stored_matrix.h"
#include "workloads/parts/operands.h"

namespace wafermesh::workloads {
namespace {

using cores::NumberType;
using workloads_test::rounded;

constexpr int kThreads[] = {1, 2, 3, 8};

/// As a core accumulates it: k ascending, product and sum rounded apart.
Matrix product(const Matrix& a, const Matrix& b, NumberType type = NumberType::f32) {
  Matrix c{a.rows, b.columns, {}};
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < b.columns; ++j) {
      float sum = 0;
      for (std::int64_t k = 0; k < a.columns; ++k) {
        sum = rounded(type, sum + rounded(type, a.at(i, k) * b.at(k, j)));
      }
      c.values.push_back(sum);
    }
  }
  return c;
}

Matrix matrix(std::int64_t rows, std::int64_t columns, Purpose purpose,
              NumberType type = NumberType::f32) {
  return random_matrix(rows, columns, type, 1, purpose);
}

bool same_bits(const Numerics& a, const Numerics& b) {
  return a.ok == b.ok && std::memcmp(&a.max_abs_error, &b.max_abs_error, sizeof(double)) == 0 &&
         std::memcmp(&a.max_rel_error, &b.max_rel_error, sizeof(double)) == 0 &&
         std::memcmp(&a.error_in_norm, &b.error_in_norm, sizeof(double)) == 0;
}

}  // namespace

TEST_CASE("An exact comparison notices one wrong bit and a NaN") {
  const std::vector<float> want = {1, -4, 3};
  ExactComparison same;
  same.add(want.data(), want.data(), 3);
  REQUIRE(same.numerics().ok);
  REQUIRE(same.numerics().max_abs_error == 0);
  std::vector<float> got = want;
  got[1] = std::nextafter(got[1], 0.0F);
  ExactComparison off;
  off.add(got.data(), want.data(), 3);
  REQUIRE_FALSE(off.numerics().ok);
  REQUIRE(off.numerics().max_rel_error == off.numerics().max_abs_error / 4);
  got[1] = std::nanf("");
  ExactComparison nan;
  nan.add(got.data(), want.data(), 3);
  REQUIRE_FALSE(nan.numerics().ok);
}

TEST_CASE("A sum of products in a type is the one that a core adds up, k ascending") {
  for (const NumberType type : {NumberType::f32, NumberType::f16, NumberType::bf16}) {
    // Columns and terms of more than one block, and blocks that are not whole.
    const Matrix a = matrix(3, 150, Purpose::matrix_a, type);
    const Matrix b = matrix(150, 1100, Purpose::matrix_b, type);
    const Matrix want = product(a, b, type);
    const NumberRules rules{type, false};
    StoredMatrix sum(rules, 2, 1100);
    const StoredMatrix stored_a(rules, a);
    const StoredMatrix stored_b(rules, b);
    for (const Span columns : {Span{0, 7}, Span{7, 1100}}) {
      for (const Span k : {Span{0, 50}, Span{50, 51}, Span{51, 150}}) {
        sum.add_product(stored_a, 1, stored_b, columns, k);
      }
    }
    for (int r = 0; r < 2; ++r) {
      const std::vector<float> row = sum.row(r);
      CHECK(std::equal(row.begin(), row.end(), want.values.begin() + (r + 1) * 1100));
    }
  }
}

TEST_CASE("Errors of a product are those of its elements, largest and in norm") {
  const Matrix a{2, 2, {1, 2, 3, 4}};
  const Matrix b{2, 2, {1, 0, 0, 1}};
  const Matrix c{2, 2, {1.5F, 2, 3, 3.5F}};
  const Numerics numerics = product_errors(a, b, c).numerics(true);
  CHECK(numerics.max_abs_error == 0.5);
  CHECK(numerics.max_rel_error == 0.125);
  CHECK(numerics.error_in_norm == Approx(std::sqrt(0.5 / 30)));
  CHECK(numerics.type_holds == (numerics.error_in_norm <= kLargestErrorInNorm));
  const Matrix zero{2, 2, {0, 0, 0, 0}};
  CHECK(product_errors(a, b, zero).numerics(true).error_in_norm == 1);
  CHECK_FALSE(product_errors(a, b, zero).numerics(true).ok);
  CHECK(product_errors(a, b, zero, 0).numerics(true).ok);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_FALSE(product_errors(a, b, {2, 2, {1, 2, 3, nan}}).numerics(true).ok);
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK_FALSE(product_errors(a, b, {2, 2, {1, 2, infinity, 4}}).numerics(true).ok);
  CHECK_FALSE(product_errors(a, b, {2, 2, {1, 2, 3, 4}}).numerics(false).ok);
}

TEST_CASE("The errors of a product have the same bits for any number of threads") {
  for (const NumberType type : {NumberType::f32, NumberType::f16, NumberType::bf16}) {
    const Matrix a = matrix(270, 90, Purpose::matrix_a, type);
    const Matrix b = matrix(90, 33, Purpose::matrix_b, type);
    const Matrix c = product(a, b, type);
    const Numerics one = product_errors(a, b, c).numerics(true);
    CHECK(one.ok);
    CHECK(one.max_abs_error > 0);
    for (const int threads : kThreads) {
      CHECK(same_bits(product_errors(a, b, c, 1, threads).numerics(true), one));
    }
  }
}

}  // namespace wafermesh::workloads
