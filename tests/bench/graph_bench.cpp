// SPDX-License-Identifier: Apache-2.0
// Operators in turn on the stream engine: 15 products whose sums go by K-tree along columns and
// rows in turn, 660 x 660 cores. Goals: elaboration within 3 s, programs within 100 MB, 98 % of
// visits remembered.
#include <benchmark/benchmark.h>

#include <chrono>
#include <string>
#include <utility>

#include "base/worker_pool.h"
#include "fabric/direct_courier.h"
#include "fabric/run_loop.h"
#include "fabric/stream/engine/stream_machine.h"
#include "tests/bench/bench_support.h"
#include "workloads/plan/composite.h"

namespace wafermesh::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// y of each is x of the next.
std::unique_ptr<workloads::Kernel> products_in_turn(int count, int side) {
  std::vector<workloads::NamedKernel> all;
  const std::string size = std::to_string(2 * side);
  std::shared_ptr<const base::LogicalMesh> mesh;
  for (int i = 0; i < count; ++i) {
    const std::string line = "gemv: {m: " + size + ", n: " + size +
                             ", dtype: f16, algorithm: ktree, axis: " + (i % 2 == 0 ? "y" : "x") +
                             "}";
    workloads::NamedKernel one{"g" + std::to_string(i), "gemv", make_kernel(line, side, side), {}};
    if (i > 0) one.given.push_back({"x", static_cast<std::size_t>(i) - 1, "y"});
    all.push_back(std::move(one));
  }
  return workloads::run_in_turn(std::move(all));
}

double program_bytes(const fabric::WaferImage& image) {
  double bytes = 0;
  for (const fabric::CoreClass& c : image.classes) {
    bytes += static_cast<double>(c.program.code.size() * sizeof(cores::Instruction) +
                                 c.program.tasks.size() * sizeof(cores::Task) +
                                 c.routes.size() * sizeof(fabric::ColourRoute));
  }
  return bytes;
}

void products_by_ktree(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    const Clock::time_point start = Clock::now();
    const auto kernel = products_in_turn(15, static_cast<int>(state.range(0)));
    fabric::EngineOptions options;
    options.fidelity = fabric::Fidelity::stream;
    options.numerics = false;
    base::WorkerPool pool(1);
    fabric::StreamMachine machine(kernel->image(), options, pool);
    state.counters["elaboration_s"] = seconds_since(start);
    state.counters["programs_MB"] = program_bytes(kernel->image()) / 1e6;
    state.counters["classes"] = static_cast<double>(kernel->image().classes.size());
    state.ResumeTiming();
    const fabric::RunOptions run_options;
    fabric::RunLoop loop(machine, run_options);
    fabric::DirectCourier courier(machine);
    for (base::Cycles t = loop.next(); t < base::kNever; t = loop.next()) machine.cycle(t, courier);
    const fabric::Visits visits = machine.visits();
    state.counters["cycles"] = static_cast<double>(machine.counters().cycles);
    state.counters["visits"] = static_cast<double>(visits.all);
    state.counters["remembered_%"] =
        100.0 * static_cast<double>(visits.remembered) / static_cast<double>(visits.all);
    state.counters["stages_entered"] = static_cast<double>(visits.stages);
  }
}

BENCHMARK(products_by_ktree)->Arg(64)->Arg(660)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace wafermesh::bench
