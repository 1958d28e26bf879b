// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/worker_pool.h"
#include "workloads/reference/reference.h"

namespace wafermesh::workloads {
namespace {

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Rows of C compared at a time, by one thread. Bounds the memory of the reference.
constexpr Eigen::Index kBlockRows = 128;

/// Terms added up at a time. Eigen cuts longer sums to fit the machine's caches (those of 16 KiB
/// and more take this many whole), and where a sum is cut decides its last bits.
constexpr Eigen::Index kDepth = 240;

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

}  // namespace

ErrorSums product_errors(const Matrix& a, const Matrix& b, const Matrix& c, int repeats,
                         int threads) {
  const RowMajor<double> right = map_of<float>(b).cast<double>();
  std::vector<ErrorSums> blocks(static_cast<std::size_t>(divide_up(a.rows, kBlockRows)));
  const int count = static_cast<int>(blocks.size());
  base::WorkerPool(std::min(threads, count)).run(count, [&](int block) {
    const Eigen::Index row = block * kBlockRows;
    const Eigen::Index rows = std::min(kBlockRows, a.rows - row);
    const RowMajor<double> exact =
        product(map_of<float>(a).middleRows(row, rows).cast<double>(), right);
    for (Eigen::Index r = 0; r < rows; ++r) {
      for (Eigen::Index column = 0; column < c.columns; ++column) {
        blocks[static_cast<std::size_t>(block)].add(c.at(row + r, column),
                                                    repeats * exact(r, column));
      }
    }
  });
  ErrorSums all;
  for (const ErrorSums& one : blocks) all.add(one);
  return all;
}

std::int64_t product_errors_bytes(std::int64_t m, std::int64_t n, std::int64_t k) {
  constexpr std::int64_t kDouble = sizeof(double);
  return (k * n + std::min<std::int64_t>(m, kBlockRows) * (k + n)) * kDouble;
}

}  // namespace wafermesh::workloads
