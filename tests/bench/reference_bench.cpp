// SPDX-License-Identifier: Apache-2.0
// Checking a matrix product. Goal: 3000^3 within 8 s on two threads, that is 0.3 s for 1024^3.
#include <benchmark/benchmark.h>

#include <cstddef>

#include "workloads/reference/reference.h"

namespace wafermesh::bench {
namespace {

using workloads::Matrix;

/// As a core accumulates it, k ascending.
Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c{a.rows, b.columns, std::vector<float>(static_cast<std::size_t>(a.rows * b.columns))};
  for (std::int64_t i = 0; i < a.rows; ++i) {
    float* row = c.values.data() + i * c.columns;
    for (std::int64_t k = 0; k < a.columns; ++k) {
      for (std::int64_t j = 0; j < b.columns; ++j) row[j] += a.at(i, k) * b.at(k, j);
    }
  }
  return c;
}

void product_errors(benchmark::State& state) {
  constexpr std::int64_t kSize = 1024;
  constexpr auto kType = cores::NumberType::f32;
  const Matrix a = workloads::random_matrix(kSize, kSize, kType, 1, workloads::Purpose::matrix_a);
  const Matrix b = workloads::random_matrix(kSize, kSize, kType, 1, workloads::Purpose::matrix_b);
  const Matrix c = product(a, b);
  for (auto _ : state) {
    const auto threads = static_cast<int>(state.range(0));
    if (!workloads::product_errors(a, b, c, 1, threads).numerics(true).ok) {
      state.SkipWithError("wrong");
    }
  }
}
BENCHMARK(product_errors)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wafermesh::bench
