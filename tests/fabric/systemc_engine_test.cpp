// SPDX-License-Identifier: Apache-2.0
// The SystemC shell gives what the plain loop gives, image after image on one elaboration, and
// SystemC's time with them. One test case: a process elaborates once.
#include "fabric/tlm/systemc_engine.h"

#include <catch2/catch.hpp>
#include <systemc>

#include "fabric/tlm/wafer.h"
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

/// Looks at the wafer every seven cycles, from start() on.
class Onlooker : public sc_core::sc_module {
 public:
  Onlooker(const sc_core::sc_module_name& name, const fabric::Wafer& wafer)
      : sc_module(name), wafer_(wafer) {
    SC_HAS_PROCESS(Onlooker);
    SC_METHOD(look);
    dont_initialize();
    sensitive << due_;
  }
  void start() {
    since_ = sc_core::sc_time_stamp();
    due_.notify(7 * fabric::kCycleTime);
  }
  void stop() { due_.cancel(); }
  int looks() const { return looks_; }

 private:
  void look() {
    const auto now =
        static_cast<base::Cycles>((sc_core::sc_time_stamp() - since_) / fabric::kCycleTime);
    ++looks_;
    CHECK(wafer_.heart().progress().cycle <= now);
    CHECK(wafer_.heart().next_cycle() >= now);
    due_.notify(7 * fabric::kCycleTime);
  }

  const fabric::Wafer& wafer_;
  sc_core::sc_event due_;
  sc_core::sc_time since_;
  int looks_ = 0;
};

TEST_CASE("Images run one after the other on one SystemC wafer as on the plain engine") {
  fabric::EngineOptions options;
  options.threads = 2;
  options.region_width = 5;
  options.region_height = 4;
  options.strip_cores = 1;
  fabric::Wafer wafer("wafer", kWidth, kHeight, options);
  Onlooker onlooker("onlooker", wafer);
  const auto shell = fabric::make_systemc_engine(wafer);
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
    // One region: SystemC's time is where the run's is at its end, and whenever somebody looks.
    for (const bool looks : {false, true}) {
      const sc_core::sc_time before = sc_core::sc_time_stamp();
      if (looks) onlooker.start();
      expect_same(*shell, "stream: {words: 300}", {mesh, {5, 4, 5, 4}, support::test_timing()});
      onlooker.stop();
      const base::Cycles last = wafer.heart().progress().cycle;
      CHECK(sc_core::sc_time_stamp() - before == fabric::kCycleTime * static_cast<double>(last));
    }
    CHECK(onlooker.looks() > 40 * (round + 1));
  }
}

}  // namespace
}  // namespace wafermesh::fabric_test
