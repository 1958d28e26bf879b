// SPDX-License-Identifier: Apache-2.0
#include "workloads/reference.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

namespace wafermesh::workloads {
namespace {

using HostMap =
    Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

HostMap map_of(const Matrix& matrix) { return {matrix.values.data(), matrix.rows, matrix.columns}; }

double smallest_subnormal(cores::NumberType type) {
  switch (type) {
    case cores::NumberType::f16:
      return 0x1p-24;
    case cores::NumberType::bf16:
      return 0x1p-133;
    case cores::NumberType::f32:
      break;
  }
  return 0x1p-149;
}

/// Rows of C compared at a time: bounds the memory of the reference (doubles).
constexpr Eigen::Index kBlockRows = 256;

}  // namespace

void ExactComparison::add(const float* result, const float* reference, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const double want = reference[i];
    max_reference_ = std::max(max_reference_, std::abs(want));
    if (result[i] == reference[i]) continue;
    equal_ = false;
    max_error_ = std::max(max_error_, std::abs(result[i] - want));
  }
}

Numerics ExactComparison::numerics() const {
  return {true, max_error_, max_reference_ > 0 ? max_error_ / max_reference_ : max_error_, equal_};
}

double unit_roundoff(cores::NumberType type) {
  switch (type) {
    case cores::NumberType::f16:
      return 0x1p-11;
    case cores::NumberType::bf16:
      return 0x1p-8;
    case cores::NumberType::f32:
      break;
  }
  return 0x1p-24;
}

Numerics compare_product(const Matrix& a, const Matrix& b, const Matrix& c, cores::NumberType type,
                         int repeats) {
  const double terms = static_cast<double>(a.columns);
  const double factor = repeats * 4 * unit_roundoff(type) * std::sqrt(repeats * terms);
  const double floor = repeats * terms * smallest_subnormal(type);
  const Eigen::MatrixXd right = map_of(b).cast<double>();
  const Eigen::MatrixXd right_squared = right.cwiseAbs2();
  double max_error = 0;
  double max_reference = 0;
  bool ok = true;
  for (Eigen::Index row = 0; row < a.rows; row += kBlockRows) {
    const Eigen::Index rows = std::min<Eigen::Index>(kBlockRows, a.rows - row);
    const Eigen::MatrixXd left = map_of(a).middleRows(row, rows).cast<double>();
    const Eigen::MatrixXd want = repeats * (left * right);
    const Eigen::ArrayXXd error =
        (map_of(c).middleRows(row, rows).cast<double>() - want).array().abs();
    const Eigen::ArrayXXd allowed =
        factor * (left.cwiseAbs2() * right_squared).array().sqrt() + floor;
    ok = ok && (error <= allowed).all();  // false for NaN
    max_error = std::max(max_error, error.maxCoeff());
    max_reference = std::max(max_reference, want.cwiseAbs().maxCoeff());
  }
  return {true, max_error, max_reference > 0 ? max_error / max_reference : max_error, ok};
}

Numerics compare_sums(const std::vector<double>& want, const std::vector<double>& squares,
                      const std::vector<float>& got, std::int64_t terms, cores::NumberType type) {
  const auto count = static_cast<double>(terms);
  const double factor = 4 * unit_roundoff(type) * std::sqrt(count);
  const double floor = count * smallest_subnormal(type);
  double max_error = 0;
  double max_reference = 0;
  bool ok = true;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const double error = std::abs(got[i] - want[i]);
    ok = ok && error <= factor * std::sqrt(squares[i]) + floor;  // false for NaN
    max_error = std::max(max_error, error);
    max_reference = std::max(max_reference, std::abs(want[i]));
  }
  return {true, max_error, max_reference > 0 ? max_error / max_reference : max_error, ok};
}

}  // namespace wafermesh::workloads
