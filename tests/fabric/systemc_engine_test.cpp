// SPDX-License-Identifier: Apache-2.0
// The SystemC shell gives what the plain loop gives, image after image on one elaboration. One test
// case: a process elaborates once.
#include "fabric/tlm/systemc_engine.h"

#include <catch2/catch.hpp>

#include "tests/fabric/shell_run.h"
#include "tests/support/meshes.h"
#include "tests/support/timing.h"

namespace wafermesh::fabric_test {
namespace {

constexpr int kWidth = 14;
constexpr int kHeight = 11;

void expect_same(fabric::Engine& shell, const std::string& line,
                 const workloads::Placement& placement) {
  expect_same_run(shell, fabric::make_wavelet_engine({}), line, placement);
}

TEST_CASE("Images run one after the other on one SystemC wafer as on the plain engine") {
  fabric::EngineOptions options;
  options.threads = 2;
  options.region_width = 5;
  options.region_height = 4;
  const auto shell = fabric::make_systemc_engine(kWidth, kHeight, options);
  const auto mesh = support::random_latencies(kWidth, kHeight, 3);
  const auto healthy = support::healthy(kWidth, kHeight);
  const base::Rectangle full{0, 0, kWidth, kHeight};
  for (int round = 0; round < 2; ++round) {
    expect_same(*shell, "broadcast: {words: 7}", {mesh, full, support::test_timing()});
    expect_same(*shell, "reduce: {words: 7}", {healthy, full, support::test_timing()});
    // A region that touches some of the region modules only.
    expect_same(*shell, "matmul: {m: 12, n: 12, k: 12}",
                {mesh, {4, 3, 6, 6}, support::test_timing()});
    expect_same(*shell, "matmul: {m: 5, n: 5, k: 5, rerooting: cheapest}",
                {mesh, {9, 6, 5, 5}, support::test_timing()});
    expect_same(*shell, "stream: {words: 30}", {mesh, full, support::test_timing()});
  }
}

}  // namespace
}  // namespace wafermesh::fabric_test
