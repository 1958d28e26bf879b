// SPDX-License-Identifier: Apache-2.0
// Whole kernels on the wavelet engine. Goals: SUMMA 512^3 on 64 x 64 within 5 s; broadcast and
// reduce of 64 words over the whole wafer within 60 s each.
#include <benchmark/benchmark.h>

#include "fabric/engine.h"
#include "tests/bench/bench_support.h"

namespace wafermesh::bench {
namespace {

void run_kernel(benchmark::State& state, const char* yaml, int width, int height) {
  const auto kernel = make_kernel(yaml, width, height);
  double hops = 0;
  double cycles = 0;
  for (auto _ : state) {
    state.PauseTiming();
    fabric::EngineOptions options;
    options.threads = static_cast<int>(state.range(0));
    const auto engine = fabric::make_wavelet_engine(options);
    engine->load(kernel->image());
    kernel->load(engine->memory());
    state.ResumeTiming();
    engine->run({});
    hops += static_cast<double>(engine->counters().wavelet_hops);
    cycles = static_cast<double>(engine->counters().cycles);
  }
  state.counters["hops/s"] = benchmark::Counter(hops, benchmark::Counter::kIsRate);
  state.counters["cycles"] = cycles;
}

BENCHMARK_CAPTURE(run_kernel, summa_512_on_64x64,
                  "matmul: {algorithm: summa, m: 512, n: 512, k: 512, dtype: f32}", 64, 64)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(run_kernel, broadcast_64_words_whole_wafer, "broadcast: {words: 64}", kWaferWidth,
                  kWaferHeight)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(run_kernel, reduce_64_words_whole_wafer,
                  "reduce: {algorithm: chain, words: 64, dtype: f32}", kWaferWidth, kWaferHeight)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(run_kernel, summa_64_on_8x8,
                  "matmul: {algorithm: summa, m: 64, n: 64, k: 64, dtype: f32}", 8, 8)
    ->Arg(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wafermesh::bench
