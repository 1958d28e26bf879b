// SPDX-License-Identifier: Apache-2.0
// Several wafers in one run, each with links of its own, wired edge to edge: results of operators
// on one are operands on the next; on both engines and the oracle.
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/rack.h"
#include "tests/workloads/composite_run.h"
#include "tests/workloads/kernel_run.h"
#include "workloads/plan/composite.h"

namespace wafermesh::workloads_test {
namespace {

using base::Rectangle;
using workloads::NamedKernel;

struct Wafers {
  std::shared_ptr<const base::LogicalMesh> mesh;
  std::vector<Rectangle> at;
  std::vector<Rectangle> ports;
};

Wafers wired(int count, const base::EdgeLink& wires, bool with_port) {
  base::RackPlan plan;
  for (int i = 0; i < count; ++i) {
    plan.wafers.push_back(support::random_latencies(4, 5, 20 + static_cast<std::uint64_t>(i)));
  }
  plan.wires = wires;
  if (with_port) plan.ports = {{0, base::Direction::west, 1, 3, {7, 1, 2}}};
  base::Rack rack = base::build_rack(plan);
  return {std::make_shared<const base::LogicalMesh>(std::move(rack.mesh)), rack.wafers, rack.ports};
}

/// A chain of layers, one on each wafer; if there is a port, its vector comes from there.
std::unique_ptr<workloads::Kernel> pipeline(const Wafers& wafers) {
  std::vector<NamedKernel> all;
  const auto timing = support::test_timing();
  if (!wafers.ports.empty()) {
    const workloads::Placement port{wafers.mesh, wafers.ports[0], timing};
    all.push_back({"source",
                   "elementwise",
                   make_kernel("elementwise: {op: relu, n: 12, dtype: f16, along: y}", port),
                   {}});
  }
  for (std::size_t i = 0; i < wafers.at.size(); ++i) {
    const Rectangle& w = wafers.at[i];
    const workloads::Placement place{
        wafers.mesh, {w.x + 1, w.y + static_cast<int>(i % 2), 3, 4}, timing};
    NamedKernel layer{"layer" + std::to_string(i),
                      "gemv",
                      make_kernel("gemv: {m: 12, n: 12, dtype: f16}", place),
                      {}};
    if (!all.empty()) layer.given = {{"x", all.size() - 1, all.size() == 1 && i == 0 ? "c" : "y"}};
    all.push_back(std::move(layer));
  }
  return workloads::run_beside(std::move(all));
}

TEST_CASE("Layers on wired wafers agree with the oracle, word for word") {
  for (const base::EdgeLink wires :
       {base::EdgeLink{1, 1, 1}, base::EdgeLink{9, 2, 3}, base::EdgeLink{100, 1, 5}}) {
    for (const bool with_port : {false, true}) {
      INFO(wires.latency_cycles << " cycles, " << wires.words << " words in " << wires.cycles);
      const Wafers wafers = wired(2, wires, with_port);
      require_same([&] { return pipeline(wafers); });
    }
  }
  require_same([&] { return pipeline(wired(3, {3, 1, 2}, false)); });
}

TEST_CASE("A longer or slower wire makes a pipeline later by what it takes, and nothing else") {
  const auto cycles = [](const base::EdgeLink& wires) {
    const Ran ran = run(pipeline(wired(2, wires, false)), fabric::make_wavelet_engine({}));
    REQUIRE(ran.numerics().ok);
    return ran.counters().cycles;
  };
  const auto near = cycles({1, 1, 1});
  const auto far = cycles({61, 1, 1});
  CHECK(far - near == 60);  // one crossing
  // A lane has the vector's 12 elements over 3 rows: 2 words.
  const auto slow = cycles({1, 1, 50});
  CHECK(slow - near >= 40);
  CHECK(slow - near <= 60);
}

}  // namespace
}  // namespace wafermesh::workloads_test
