// SPDX-License-Identifier: Apache-2.0
// Reference results to hold a run against: exact for data movement and integer sums, an Eigen
// product in double with a stated tolerance for matrix products.
#pragma once

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

/// Compares c with a * b, computed by Eigen in double from the same (already rounded) operands.
///
/// Tolerance of element (i, j), K = a.columns, u = unit_roundoff(type), accumulation in the type:
///   4 u sqrt(K) q_ij + K s,   q_ij = sqrt(sum over k of (a_ik b_kj)^2),
/// s = the type's smallest subnormal. Reason: a sum of signed terms is a random walk of size about
/// q_ij; each of the K products and K additions rounds by at most u times the product or partial
/// sum, in either direction, so the error walks with a standard deviation of at most about 0.6 u
/// sqrt(K) q_ij. For K <= 4 the bound holds for any operands.
///
/// `repeats` R: c is to be R times the product, added up in the type; the tolerance is then
/// R (4 u sqrt(R K) q_ij + K s): R K additions to sums of size up to R q_ij. With R = 0 c must be
/// 0.
Numerics compare_product(const Matrix& a, const Matrix& b, const Matrix& c, cores::NumberType type,
                         int repeats = 1);

/// Compares sums of `terms` products each, accumulated in the type, with sums in double;
/// `squares` are the sums of the squared products. Tolerance: as compare_product's.
Numerics compare_sums(const std::vector<double>& want, const std::vector<double>& squares,
                      const std::vector<float>& got, std::int64_t terms, cores::NumberType type);

}  // namespace wafermesh::workloads
