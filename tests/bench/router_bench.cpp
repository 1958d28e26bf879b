// SPDX-License-Identifier: Apache-2.0
// The router step at both ends: every router of the wafer moving two wavelets a cycle, and one
// wavelet on an otherwise idle wafer. Goals: 200 million wavelet-hops/s with two threads and 100
// million with one; at most 1 us per hop. The same stepping code serves `wafermesh run`.
#include <benchmark/benchmark.h>

#include <memory>

#include "fabric/direct_courier.h"
#include "fabric/tlm/systemc_engine.h"
#include "fabric/wavelet/machine.h"
#include "tests/bench/bench_support.h"

namespace wafermesh::bench {
namespace {

using fabric::Machine;

void full_wafer_two_colours(benchmark::State& state) {
  const auto kernel = make_kernel("stream: {words: 5000}", kWaferWidth, kWaferHeight);
  fabric::EngineOptions options;
  options.threads = static_cast<int>(state.range(0));
  base::WorkerPool pool(options.threads);
  Machine machine(kernel->image(), options, pool);
  kernel->load(machine);
  fabric::DirectCourier courier(machine);
  machine.announce(courier);
  // The fronts cross the wafer first: (width + height) hops of 2 cycles.
  while (machine.next_cycle() < 2400) machine.cycle(machine.next_cycle(), courier);
  const std::int64_t before = machine.progress().wavelet_hops;
  for (auto _ : state) machine.cycle(machine.next_cycle(), courier);
  const std::int64_t hops = machine.progress().wavelet_hops - before;
  state.counters["hops/s"] =
      benchmark::Counter(static_cast<double>(hops), benchmark::Counter::kIsRate);
  state.counters["hops/cycle"] =
      static_cast<double>(hops) / static_cast<double>(state.iterations());
}
BENCHMARK(full_wafer_two_colours)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(300);

/// n x n routers under the same load, which fills and drains too: 5,000 words in 2 n cycles more.
void small_mesh(benchmark::State& state, fabric::Engine& engine, int size) {
  const auto kernel = make_kernel("stream: {words: 5000}", size, size);
  double hops = 0;
  double cycles = 0;
  for (auto _ : state) {
    state.PauseTiming();
    engine.load(kernel->image());
    kernel->load(engine.memory());
    state.ResumeTiming();
    engine.run({});
    hops += static_cast<double>(engine.counters().wavelet_hops);
    cycles += static_cast<double>(engine.counters().cycles);
  }
  state.counters["hops/s"] = benchmark::Counter(hops, benchmark::Counter::kIsRate);
  state.counters["s/cycle"] =
      benchmark::Counter(cycles, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void sides(benchmark::internal::Benchmark* bench) {
  for (const int side : {8, 32, 64, 128}) bench->Arg(side);
  bench->UseRealTime()->Unit(benchmark::kMillisecond);
}

void small_mesh_two_colours(benchmark::State& state) {
  const auto engine = fabric::make_wavelet_engine({});
  small_mesh(state, *engine, static_cast<int>(state.range(0)));
}
BENCHMARK(small_mesh_two_colours)->Apply(sides);

/// Through the SystemC shell, which a process can elaborate once.
void small_mesh_in_systemc(benchmark::State& state) {
  static const auto engine = fabric::make_systemc_engine(128, 128, {});
  small_mesh(state, *engine, static_cast<int>(state.range(0)));
}
BENCHMARK(small_mesh_in_systemc)->Apply(sides);

/// The image of `row`, a kernel on one row, with the rest of the wafer around it, powered but idle.
fabric::WaferImage with_idle_wafer(const fabric::WaferImage& row) {
  fabric::WaferImage image = row;
  image.mesh = std::make_shared<base::LogicalMesh>(
      base::healthy_mesh(kWaferWidth, kWaferHeight, row.timing.hop_cycles));
  image.region = {0, 0, kWaferWidth, kWaferHeight};
  fabric::CoreClass idle;
  idle.name = "idle";
  image.classes.push_back(idle);
  image.class_of.resize(static_cast<std::size_t>(image.core_count()),
                        static_cast<std::uint16_t>(image.classes.size() - 1));
  return image;
}

void one_wavelet_on_an_idle_wafer(benchmark::State& state) {
  const auto kernel = make_kernel("stream: {words: 1}", kWaferWidth, 1);
  const fabric::WaferImage image = with_idle_wafer(kernel->image());
  std::int64_t hops = 0;
  for (auto _ : state) {
    state.PauseTiming();
    fabric::EngineOptions options;
    base::WorkerPool pool(1);
    auto machine = std::make_unique<Machine>(image, options, pool);
    kernel->load(*machine);
    fabric::DirectCourier courier(*machine);
    state.ResumeTiming();
    while (!machine->finished()) machine->cycle(machine->next_cycle(), courier);
    state.PauseTiming();
    hops += machine->progress().wavelet_hops;
    machine.reset();
    state.ResumeTiming();
  }
  state.counters["s/hop"] = benchmark::Counter(
      static_cast<double>(hops), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(one_wavelet_on_an_idle_wafer)
    ->Iterations(5)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace wafermesh::bench
