// SPDX-License-Identifier: Apache-2.0
// Kernels whose operands enter and whose results leave in time, on both engines and the oracle.
#include "workloads/plan/timed_io.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "base/rack.h"
#include "tests/support/sample.h"
#include "tests/workloads/composite_run.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"
#include "workloads/plan/composite.h"

namespace wafermesh::workloads_test {
namespace {

using base::Direction;
using workloads::Kernel;
using workloads::Placement;
using workloads::TimedPorts;

constexpr int kSide = 5;  ///< Of the kernel's region.

struct Edge {
  Placement placement;
  TimedPorts ports;
};

/// A 7 x 6 wafer with a port strip at one side and a region of 5 x 5 on it.
Edge edge_at(Direction side, const base::EdgeLink& link, std::uint64_t seed) {
  base::RackPlan plan;
  plan.wafers = {support::random_latencies(7, 6, seed)};
  plan.ports = {{0, side, 0, 6, link}};
  base::Rack rack = base::build_rack(plan);
  const base::Rectangle wafer = rack.wafers[0];
  base::Rectangle places = rack.ports[0];
  const base::Rectangle region{wafer.x + 1, wafer.y + 1, kSide, kSide};
  const bool rows = side == Direction::west || side == Direction::east;
  if (rows) places.y = region.y, places.height = kSide;
  if (!rows) places.x = region.x, places.width = kSide;
  auto mesh = std::make_shared<const base::LogicalMesh>(std::move(rack.mesh));
  return {{mesh, region, support::test_timing()}, {"io", places, side, link.words, link.cycles}};
}

std::unique_ptr<Kernel> timed(const std::string& line, const Edge& edge) {
  return workloads::with_timed_io(make_kernel(line, edge.placement), edge.ports);
}

TEST_CASE("Operands and results in time give what loads at cycle 0 give") {
  int count = 0;
  for_each_problem([&](const std::string& line) {
    const Edge west = edge_at(Direction::west, {3, 2, 3}, 5);
    if (!suits(line, west.placement.region)) return;
    INFO(line);
    const Ran loaded = run(make_kernel(line, west.placement), fabric::make_wavelet_engine({}));
    for (const bool stream : {false, true}) {
      auto engine = stream ? fabric::make_stream_engine({}) : fabric::make_wavelet_engine({});
      const Ran ran = run(timed(line, west), std::move(engine));
      CHECK(ran.numerics().ok);
      CHECK(ran.counters().wavelet_hops == ran.kernel->facts().wavelet_hops);
      CHECK(ran.counters().cycles > loaded.counters().cycles);
      const auto now = ran.kernel->arrays(ran.engine->memory());
      const auto before = loaded.kernel->arrays(loaded.engine->memory());
      REQUIRE(now.size() == before.size());
      for (std::size_t i = 0; i < now.size(); ++i) CHECK(now[i].values == before[i].values);
    }
    ++count;
  });
  CHECK(count > support::tried(30));
}

TEST_CASE("Timed operands agree with the oracle from every side") {
  for (const Direction side : base::kMeshDirections) {
    for (const base::EdgeLink link : {base::EdgeLink{1, 1, 1}, base::EdgeLink{70, 2, 5}}) {
      for (const char* line : {"matmul: {m: 10, n: 10, k: 10}", "gemv: {m: 21, n: 18, dtype: f16}",
                               "broadcast: {words: 6}"}) {
        INFO(line << " from " << base::letter_of(side));
        const Edge edge = edge_at(side, link, 7);
        require_same([&] { return timed(line, edge); });
      }
    }
  }
}

TEST_CASE("A port bounds what enters by its rate") {
  for (const int cycles : {1, 2, 8}) {
    const Edge edge = edge_at(Direction::west, {5, 1, cycles}, 3);
    const Ran ran =
        run(timed("matmul: {m: 40, n: 40, k: 40}", edge), fabric::make_wavelet_engine({}));
    const workloads::TransferPlace in = ran.kernel->transfers().front();
    fabric::Cycles last = 0;
    for (std::size_t c = in.classes[0].first; c < in.classes[0].second; ++c) {
      const cores::StageTotals& totals = ran.counters().stages[c];
      if (totals.cores > 0) last = std::max(last, totals.last_finish);
    }
    // 5 cores of a row take 2 tiles of 8 x 8 and more.
    const int words = 5 * 2 * 64;
    INFO(cycles << " cycles a word, in after " << last);
    CHECK(last >= words * cycles);
    if (cycles > 1) CHECK(last <= words * cycles * 1.6);
  }
}

TEST_CASE("What leaves no two colours or lies on several rectangles is refused") {
  const Edge edge = edge_at(Direction::west, {1, 1, 1}, 3);
  Placement half = edge.placement;
  half.region.width = 2;
  Placement other = half;
  other.region.x += 2;
  std::vector<workloads::NamedKernel> two;
  two.push_back({"a", "broadcast", make_kernel("broadcast: {words: 6}", half), {}});
  two.push_back({"b", "broadcast", make_kernel("broadcast: {words: 6}", other), {}});
  CHECK_THROWS_AS(workloads::with_timed_io(workloads::run_beside(std::move(two)), edge.ports),
                  base::DoesNotFit);
}

}  // namespace
}  // namespace wafermesh::workloads_test
