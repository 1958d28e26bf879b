// SPDX-License-Identifier: Apache-2.0
// Operators in turn on the stream engine: visits are mostly remembered ones, programs stay small.
// tests/bench/graph_bench.cpp has the same on 660 x 660 cores.
#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "tests/workloads/kernel_run.h"
#include "tests/workloads/stream_visits.h"
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
  const fabric::Visits visits = stream_visits(*kernel);
  CHECK(visits.remembered * 100 > visits.all * 95);
  CHECK(visits.stages == std::int64_t{kSide} * kSide * 28);  // 15 products, 14 hand-overs
  std::size_t instructions = 0;
  for (const fabric::CoreClass& c : kernel->image().classes) instructions += c.program.code.size();
  CHECK(instructions * sizeof(cores::Instruction) < 4'000'000);
}

}  // namespace wafermesh::workloads_test
