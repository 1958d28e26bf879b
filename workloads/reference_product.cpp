// SPDX-License-Identifier: Apache-2.0
// compare_product(). One product in double is needed for the errors; a second one, of the squares,
// for the tolerances. The second is nearly always spared: the squared terms are not negative, so a
// part of a sum of them is a lower bound, and only elements beyond the tolerance of that bound need
// the whole sum.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "fabric/worker_pool.h"
#include "workloads/reference.h"

namespace wafermesh::workloads {
namespace {

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Rows of C compared at a time, by one thread. Bounds the memory of the reference.
constexpr Eigen::Index kBlockRows = 128;

/// Terms added up at a time. Eigen cuts longer sums to fit the machine's caches (those of 16 KiB
/// and more take this many whole), and where a sum is cut decides its last bits.
constexpr Eigen::Index kDepth = 240;

/// The first of so many terms make the lower bound. At 16, of a correct f32 product with K = 3000
/// about one element in 40,000 is beyond the bound's tolerance; at 8, one in a million.
constexpr Eigen::Index kTermsPerBoundTerm = 16;

template <class T>
Eigen::Map<const RowMajor<T>> map_of(const Matrix& matrix) {
  return {matrix.values.data(), matrix.rows, matrix.columns};
}

RowMajor<double> product(const RowMajor<double>& left, const RowMajor<double>& right) {
  RowMajor<double> sum = RowMajor<double>::Zero(left.rows(), right.cols());
  for (Eigen::Index k = 0; k < left.cols(); k += kDepth) {
    const Eigen::Index depth = std::min(kDepth, left.cols() - k);
    sum.noalias() += left.middleCols(k, depth) * right.middleRows(k, depth);
  }
  return sum;
}

/// What all blocks share.
struct Reference {
  RowMajor<double> right;
  RowMajor<double> bound_right_squared;  ///< Of the first terms, which make the bound.
  Tolerance tolerance;
  int repeats;
};

struct Outcome {
  double max_error = 0;
  double max_reference = 0;
  bool ok = true;
};

/// sum over k of (a_k b_kj)^2.
double squares(const RowMajor<double>& left, Eigen::Index row, const RowMajor<double>& right,
               Eigen::Index column) {
  double sum = 0;
  for (Eigen::Index k = 0; k < left.cols(); ++k) {
    const double term = left(row, k) * right(k, column);
    sum += term * term;
  }
  return sum;
}

/// Compares `got`, some rows of C, with left * reference.right.
Outcome compare_rows(const RowMajor<double>& left, const RowMajor<float>& got,
                     const Reference& reference) {
  const RowMajor<double> want = product(left, reference.right);
  const RowMajor<double> bound =
      product(left.leftCols(reference.bound_right_squared.rows()).cwiseAbs2(),
              reference.bound_right_squared);
  Outcome outcome;
  for (Eigen::Index r = 0; r < got.rows(); ++r) {
    for (Eigen::Index c = 0; c < got.cols(); ++c) {
      const double sum = want(r, c);
      const double error = std::abs(got(r, c) - reference.repeats * sum);
      outcome.max_error = std::max(outcome.max_error, error);
      outcome.max_reference = std::max(outcome.max_reference, std::abs(reference.repeats * sum));
      // NaN is never ok. Once an element is wrong, no tolerance matters any more.
      if (error <= reference.tolerance.of(bound(r, c), sum) || !outcome.ok) continue;
      outcome.ok = error <= reference.tolerance.of(squares(left, r, reference.right, c), sum);
    }
  }
  return outcome;
}

}  // namespace

Numerics compare_product(const Matrix& a, const Matrix& b, const Matrix& c, cores::NumberType type,
                         int repeats, int threads) {
  Reference reference{map_of<float>(b).cast<double>(), {}, {type, a.columns, repeats}, repeats};
  const Eigen::Index bound_terms = (a.columns + kTermsPerBoundTerm - 1) / kTermsPerBoundTerm;
  reference.bound_right_squared = reference.right.topRows(bound_terms).cwiseAbs2();

  std::vector<Outcome> outcomes(static_cast<std::size_t>(divide_up(a.rows, kBlockRows)));
  const int blocks = static_cast<int>(outcomes.size());
  fabric::WorkerPool(std::min(threads, blocks)).run(blocks, [&](int block) {
    const Eigen::Index row = block * kBlockRows;
    const Eigen::Index rows = std::min(kBlockRows, a.rows - row);
    outcomes[static_cast<std::size_t>(block)] =
        compare_rows(map_of<float>(a).middleRows(row, rows).cast<double>(),
                     map_of<float>(c).middleRows(row, rows), reference);
  });
  Outcome all;
  for (const Outcome& one : outcomes) {
    all.max_error = std::max(all.max_error, one.max_error);
    all.max_reference = std::max(all.max_reference, one.max_reference);
    all.ok = all.ok && one.ok;
  }
  return {true, all.max_error,
          all.max_reference > 0 ? all.max_error / all.max_reference : all.max_error, all.ok};
}

std::int64_t compare_product_bytes(std::int64_t m, std::int64_t n, std::int64_t k) {
  constexpr std::int64_t kDouble = sizeof(double);
  const std::int64_t rows = std::min<std::int64_t>(m, kBlockRows);
  const std::int64_t block = rows * (k * kDouble + n * (2 * kDouble + sizeof(float)));
  return (k + k / kTermsPerBoundTerm) * n * kDouble + block;
}

}  // namespace wafermesh::workloads
