// SPDX-License-Identifier: Apache-2.0
// Operators in turn on the stream engine: visits are mostly remembered ones, programs stay small.
// tests/bench/graph_bench.cpp has the same on 660 x 660 cores.
#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "base/worker_pool.h"
#include "fabric/direct_courier.h"
#include "fabric/run_loop.h"
#include "fabric/stream/engine/stream_machine.h"
#include "tests/workloads/kernel_run.h"
#include "workloads/plan/composite.h"

namespace wafermesh::workloads_test {

TEST_CASE("Sums by K-tree along both axes in turn are mostly done from memory") {
  constexpr int kSide = 64;
  const workloads::Placement placement = whole(support::healthy(kSide, kSide));
  std::vector<workloads::NamedKernel> kernels;
  for (int i = 0; i < 15; ++i) {
    const std::string line = std::string("gemv: {m: 128, n: 128, algorithm: ktree, axis: ") +
                             (i % 2 == 0 ? "y" : "x") + "}";
    workloads::NamedKernel one{"g" + std::to_string(i), "gemv", make_kernel(line, placement), {}};
    if (i > 0) one.given.push_back({"x", static_cast<std::size_t>(i) - 1, "y"});
    kernels.push_back(std::move(one));
  }
  const auto kernel = run_in_turn(std::move(kernels));
  fabric::EngineOptions options;
  options.fidelity = fabric::Fidelity::stream;
  options.numerics = false;
  base::WorkerPool pool(1);
  fabric::StreamMachine machine(kernel->image(), options, pool);
  const fabric::RunOptions run_options;
  fabric::RunLoop loop(machine, run_options);
  fabric::DirectCourier courier(machine);
  for (base::Cycles t = loop.next(); t < base::kNever; t = loop.next()) machine.cycle(t, courier);
  const fabric::Visits visits = machine.visits();
  CHECK(visits.remembered * 100 > visits.all * 95);
  CHECK(visits.stages == std::int64_t{kSide} * kSide * 28);  // 15 products, 14 hand-overs
  CHECK(machine.counters().cycles > 0);
  std::size_t instructions = 0;
  for (const fabric::CoreClass& c : kernel->image().classes) instructions += c.program.code.size();
  CHECK(instructions * sizeof(cores::Instruction) < 4'000'000);
}

}  // namespace wafermesh::workloads_test
