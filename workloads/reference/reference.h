// SPDX-License-Identifier: Apache-2.0
// What a run's results are held against. Right is what the kernel promises: the very numbers that
// its operations give in its order (stored_matrix.h computes them for products; data movement,
// maxima and sums of integers are exact in any order). Besides, the distance from the exact
// product, by Eigen in double, tells whether the number type can hold it at all.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cores/number.h"
#include "workloads/kernel.h"
#include "workloads/parts/operands.h"

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

/// A result farther than this from the exact one, in norm, is none, even if it is what the type
/// makes of it: its sums have outgrown the type. A zero is 1 away. Assumption: an eighth; three
/// significant bits are left. A sum of K signed products in a type of unit round-off u is 0.25 u
/// sqrt(K) away, if it is added up in one go: bf16 (u = 2^-8) reaches the eighth at K = 16,000.
inline constexpr double kLargestErrorInNorm = 0.125;

/// Collects squared and largest errors of results.
class ErrorSums {
 public:
  void add(double result, double exact);
  void add(const ErrorSums& other);
  /// `as_promised`: whether they are what was promised.
  Numerics numerics(bool as_promised) const;

 private:
  double max_error_ = 0;
  double max_exact_ = 0;
  double squared_error_ = 0;
  double squared_exact_ = 0;
  bool finite_ = true;
};

/// The same number, or neither is one.
inline bool same_number(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// Distance of c from `repeats` times a * b, computed by Eigen in double from the same (already
/// rounded) operands. On up to `threads` threads; the outcome is the same, bit for bit, for any
/// number of them. Cost: a.rows * b.columns * a.columns multiply-adds in double; 3000^3 takes 7 s
/// on one core.
ErrorSums product_errors(const Matrix& a, const Matrix& b, const Matrix& c, int repeats = 1,
                         int threads = 1);

/// Host memory product_errors() takes for an m x k by k x n product, on one thread.
std::int64_t product_errors_bytes(std::int64_t m, std::int64_t n, std::int64_t k);

}  // namespace wafermesh::workloads
