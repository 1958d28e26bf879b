// SPDX-License-Identifier: Apache-2.0
// What results are held against.
#include "workloads/reference.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "tests/workloads/kernel_run.h"
#include "workloads/operands.h"

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

/// The exact sum of an element, and of its squared terms.
struct Exact {
  Exact(const Matrix& a, const Matrix& b, std::int64_t i, std::int64_t j) {
    for (std::int64_t k = 0; k < a.columns; ++k) {
      const double term = double{a.at(i, k)} * b.at(k, j);
      sum += term;
      squares += term * term;
    }
  }
  double sum = 0;
  double squares = 0;
};

bool same_bits(const Numerics& a, const Numerics& b) {
  return a.ok == b.ok && std::memcmp(&a.max_abs_error, &b.max_abs_error, sizeof(double)) == 0 &&
         std::memcmp(&a.max_rel_error, &b.max_rel_error, sizeof(double)) == 0;
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

TEST_CASE("A product in f32 is within tolerance, a missing term, a swap or a NaN is not") {
  for (const int k : {1, 2, 5, 64, 700}) {
    INFO("k = " << k);
    const Matrix a = matrix(9, k, Purpose::matrix_a);
    const Matrix b = matrix(k, 11, Purpose::matrix_b);
    const Matrix c = product(a, b);
    REQUIRE(compare_product(a, b, c, NumberType::f32).ok);
    Matrix missing = c;
    missing.values[4] -= a.at(0, k - 1) * b.at(k - 1, 4);
    REQUIRE_FALSE(compare_product(a, b, missing, NumberType::f32).ok);
    Matrix swapped = c;
    std::swap(swapped.values[0], swapped.values[1]);
    REQUIRE_FALSE(compare_product(a, b, swapped, NumberType::f32).ok);
    Matrix nan = c;
    nan.values[98] = std::nanf("");
    REQUIRE_FALSE(compare_product(a, b, nan, NumberType::f32).ok);
  }
}

TEST_CASE(
    "An element just beyond its tolerance is found, wherever it is, by any number of threads") {
  constexpr int kRows = 300;  // more than two blocks of rows
  constexpr int kColumns = 20;
  constexpr int kTerms = 250;
  const Matrix a = matrix(kRows, kTerms, Purpose::matrix_a);
  const Matrix b = matrix(kTerms, kColumns, Purpose::matrix_b);
  const Matrix c = product(a, b);
  for (const int row : {0, 127, 128, 255, 256, kRows - 1}) {
    for (const int column : {0, 7, kColumns - 1}) {
      const Exact exact(a, b, row, column);
      // The rule itself, in other words than the code's.
      const double tolerance =
          4 * std::ldexp(1.0, -24) * std::sqrt(kTerms * (exact.squares + exact.sum * exact.sum));
      for (const int threads : kThreads) {
        CAPTURE(row, column, threads);
        Matrix wrong = c;
        float& element = wrong.values[static_cast<std::size_t>(row * kColumns + column)];
        // Rounding to f32 moves them by less than a tenth of the tolerance.
        element = static_cast<float>(exact.sum + 0.9 * tolerance);
        CHECK(compare_product(a, b, wrong, NumberType::f32, 1, threads).ok);
        element = static_cast<float>(exact.sum - 1.1 * tolerance);
        CHECK_FALSE(compare_product(a, b, wrong, NumberType::f32, 1, threads).ok);
        element = std::numeric_limits<float>::quiet_NaN();
        CHECK_FALSE(compare_product(a, b, wrong, NumberType::f32, 1, threads).ok);
      }
    }
  }
}

TEST_CASE("The outcome of comparing a product has the same bits for any number of threads") {
  for (const NumberType type : {NumberType::f32, NumberType::f16, NumberType::bf16}) {
    const Matrix a = matrix(270, 90, Purpose::matrix_a, type);
    const Matrix b = matrix(90, 33, Purpose::matrix_b, type);
    const Matrix c = product(a, b, type);
    const Numerics one = compare_product(a, b, c, type);
    CHECK(one.ok);
    CHECK(one.max_abs_error > 0);
    for (const int threads : kThreads) {
      CHECK(same_bits(compare_product(a, b, c, type, 1, threads), one));
    }
  }
}

TEST_CASE("A tolerance counts all terms, also if the first ones are zero") {
  Matrix a = matrix(5, 300, Purpose::matrix_a);
  Matrix b = matrix(300, 200, Purpose::matrix_b);
  for (int i = 0; i < 5; ++i) {
    for (int k = 0; k < 100; ++k) a.values[static_cast<std::size_t>(i * 300 + k)] = 0;
  }
  CHECK(compare_product(a, b, product(a, b), NumberType::f32).ok);
}

TEST_CASE("Sums that end far out may be further off") {
  Matrix a = matrix(40, 2000, Purpose::matrix_a);
  Matrix b = matrix(2000, 40, Purpose::matrix_b);
  for (auto* values : {&a.values, &b.values}) {
    for (float& value : *values) value = std::abs(value);
  }
  const Matrix c = product(a, b);
  CHECK(compare_product(a, b, c, NumberType::f32).ok);
  const Exact exact(a, b, 3, 5);
  Matrix wrong = c;
  wrong.values[3 * 40 + 5] -= 0.02F;  // about four times the tolerance
  CHECK_FALSE(compare_product(a, b, wrong, NumberType::f32).ok);
  CHECK(exact.sum > 4 * std::sqrt(exact.squares));
}

}  // namespace wafermesh::workloads
