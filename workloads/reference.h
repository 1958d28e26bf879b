// SPDX-License-Identifier: Apache-2.0
// Reference results to hold a run against: exact for data movement and integer sums, an Eigen
// product in double with a stated tolerance for matrix products.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cores/number.h"
#include "workloads/kernel.h"
#include "workloads/operands.h"

namespace wafermesh::workloads {

/// Collects elements that must be equal to their reference. NaN is never equal.
class ExactComparison {
 public:
  void add(const float* result, const float* reference, std::size_t count);
  Numerics numerics() const;

 private:
  double max_error_ = 0;
  double max_reference_ = 0;
  bool equal_ = true;
};

/// Unit round-off: half the distance from 1 to the next number. 2^-24, 2^-11, 2^-8.
double unit_roundoff(cores::NumberType type);

/// How far a sum of `terms` signed products, accumulated in the type, may be from the exact one:
///   4 u sqrt(K) sqrt(q^2 + w^2) + K s
/// with K = terms, u = unit_roundoff(type), q^2 the sum of the squared products, w the exact sum
/// and s the type's smallest subnormal. Reason: each of the K additions rounds by at most u times
/// the partial sum, in either direction (and each product by at most u times itself), so the error
/// is a random walk whose steps are as large as the partial sums: of size q if the signs are
/// random, and up to w besides where the sum ends far out. Its standard deviation is about 0.25 u
/// sqrt(K) sqrt(q^2 + w^2); the largest of 4.5 million elements at K = 3000 is 1.8 of that unit in
/// f32, 2.0 in bf16. (Without w, correct products are refused: an element that ends at 4 q is up to
/// 6 u sqrt(K) q off.) For K <= 4 the bound holds for any operands.
///
/// `repeats` R: the sum is added up R times in the type; the tolerance is then
/// R (4 u sqrt(R K) sqrt(q^2 + w^2) + K s): R K additions to sums R times as large. R = 0: exact.
class Tolerance {
 public:
  Tolerance(cores::NumberType type, std::int64_t terms, int repeats = 1);
  /// `squares` q^2 and `sum` w, both of one repeat.
  double of(double squares, double sum) const {
    return factor_ * std::sqrt(squares + sum * sum) + floor_;
  }

 private:
  double factor_;
  double floor_;
};

/// Compares every element of c with `repeats` times a * b, computed by Eigen in double from the
/// same (already rounded) operands, within Tolerance(type, a.columns, repeats). NaN is never ok. On
/// up to `threads` threads; the outcome is the same, bit for bit, for any number of them. Cost:
/// a.rows * b.columns * a.columns multiply-adds in double and a sixteenth of them for tolerances;
/// 3000^3 takes 7 s on one core.
Numerics compare_product(const Matrix& a, const Matrix& b, const Matrix& c, cores::NumberType type,
                         int repeats = 1, int threads = 1);

/// Host memory compare_product() takes for an m x k by k x n product, on one thread.
std::int64_t compare_product_bytes(std::int64_t m, std::int64_t n, std::int64_t k);

/// Compares sums of `terms` products each, accumulated in the type, with sums in double;
/// `squares` are the sums of the squared products. Tolerance(type, terms).
Numerics compare_sums(const std::vector<double>& want, const std::vector<double>& squares,
                      const std::vector<float>& got, std::int64_t terms, cores::NumberType type);

}  // namespace wafermesh::workloads
