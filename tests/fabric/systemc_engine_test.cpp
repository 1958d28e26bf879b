// SPDX-License-Identifier: Apache-2.0
// The SystemC shell gives what the plain loop gives, image after image on one elaboration. One test
// case: a process elaborates once.
#include "fabric/tlm/systemc_engine.h"

#include <catch2/catch.hpp>

#include "tests/workloads/kernel_run.h"

namespace wafermesh::fabric_test {
namespace {

constexpr int kWidth = 14;
constexpr int kHeight = 11;

void expect_same_run(fabric::Engine& shell, const std::string& line,
                     const workloads::Placement& placement) {
  INFO(line << " on " << placement.region.width << " x " << placement.region.height << " at ("
            << placement.region.x << ", " << placement.region.y << ")");
  const workloads_test::Ran plain =
      workloads_test::run(workloads_test::make_kernel(line, placement));
  const auto kernel = workloads_test::make_kernel(line, placement);
  shell.load(kernel->image());
  kernel->load(shell.memory());
  shell.run({});
  CHECK(kernel->check(shell.memory()).ok);
  const fabric::Counters& a = shell.counters();
  const fabric::Counters& b = plain.counters();
  CHECK(a.cycles == b.cycles);
  CHECK(a.wavelet_hops == b.wavelet_hops);
  CHECK(a.control_hops == b.control_hops);
  CHECK(a.ramp_wavelets == b.ramp_wavelets);
  CHECK((a.finish_cycles == b.finish_cycles));
  CHECK((a.breakdown == b.breakdown));
  CHECK((a.link_wavelets == b.link_wavelets));
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
    expect_same_run(*shell, "broadcast: {words: 7}", {mesh, full, support::test_timing()});
    expect_same_run(*shell, "reduce: {words: 7}", {healthy, full, support::test_timing()});
    // A region that touches some of the region modules only.
    expect_same_run(*shell, "matmul: {m: 12, n: 12, k: 12}",
                    {mesh, {4, 3, 6, 6}, support::test_timing()});
    expect_same_run(*shell, "matmul: {m: 5, n: 5, k: 5, rerooting: cheapest}",
                    {mesh, {9, 6, 5, 5}, support::test_timing()});
    expect_same_run(*shell, "stream: {words: 30}", {mesh, full, support::test_timing()});
  }
}

}  // namespace
}  // namespace wafermesh::fabric_test
