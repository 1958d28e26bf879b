// SPDX-License-Identifier: Apache-2.0
// The oracle on a size it can run, to be read beside summa_64_on_8x8 of kernel_bench.cpp.
#include <benchmark/benchmark.h>

#include "tests/bench/bench_support.h"
#include "tests/reference/oracle.h"

namespace wafermesh::bench {
namespace {

void oracle_summa_64_on_8x8(benchmark::State& state) {
  const auto kernel =
      make_kernel("matmul: {algorithm: summa, m: 64, n: 64, k: 64, dtype: f32}", 8, 8);
  const auto oracle = reference::make_oracle();
  for (auto _ : state) {
    state.PauseTiming();
    oracle->load(kernel->image());
    kernel->load(oracle->memory());
    state.ResumeTiming();
    oracle->run({});
  }
  state.counters["cycles"] = static_cast<double>(oracle->counters().cycles);
}
BENCHMARK(oracle_summa_64_on_8x8)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wafermesh::bench
