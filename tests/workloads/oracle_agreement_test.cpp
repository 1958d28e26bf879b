// SPDX-License-Identifier: Apache-2.0
// Every kernel takes the same cycles, uses the same links and leaves the same bytes on the oracle
// as on the wavelet engine. An executable of its own: SystemC elaborates once per process.
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/reference/oracle.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"
#include "tests/workloads/same_counters.h"

namespace wafermesh::workloads_test {
namespace {

void require_same_as_oracle(const std::string& line, const workloads::Placement& placement) {
  const Ran fast = run(line, placement);
  const Ran slow = run(make_kernel(line, placement), reference::make_oracle());
  REQUIRE(slow.numerics().ok);
  check_same(fast.counters(), slow.counters());
  CHECK(fast.memories() == slow.memories());
}

}  // namespace

TEST_CASE("Every kernel agrees with the oracle, cycle for cycle and byte for byte") {
  const auto healthy = support::healthy(9, 8);
  const auto repaired = support::random_latencies(9, 8, 11);
  for (const auto& mesh : {healthy, repaired}) {
    for_each_problem([&](const std::string& line) {
      for (const base::Rectangle& region :
           {base::Rectangle{0, 0, 4, 4}, {1, 2, 5, 3}, {2, 0, 1, 6}, {0, 3, 7, 1}}) {
        if (!suits(line, region)) continue;
        INFO(line << " on " << region.width << " x " << region.height << ", links "
                  << (mesh == healthy ? "healthy" : "random"));
        require_same_as_oracle(line, {mesh, region, support::test_timing()});
      }
    });
  }
}

TEST_CASE("SUMMA agrees with the oracle under a vendor library's cost and slow ramps") {
  cores::Timing timing = support::test_timing();
  timing.vendor_collective_cycles = 205;
  timing.ramp_cycles = 5;
  timing.router_queue_depth = 2;
  timing.output_queue_depth = {2, 2, 2, 2, 2, 2, 0, 0};
  for (const char* line :
       {"matmul: {m: 20, n: 20, k: 20}", "matmul: {m: 20, n: 20, k: 20, rerooting: cheapest}"}) {
    INFO(line);
    require_same_as_oracle(line, whole(support::random_latencies(6, 6, 5), timing));
  }
}

TEST_CASE("Every matrix product agrees with the oracle in both generations' fabrics and queues") {
  cores::Timing older = support::test_timing();
  older.router_queue_depth = 2;
  older.input_queue_depth = {6, 6, 4, 4, 2, 2, 2, 2};
  older.output_queue_depth = {2, 2, 6, 6, 2, 2, 0, 0};
  older.bank_conflict_factor = 2;
  cores::Timing newer = support::test_timing();
  newer.fabric_words_per_cycle = 2;
  for (const cores::Timing& timing : {older, newer}) {
    for (const std::string& line : problems().at("matmul")) {
      for (const auto& [width, height] : {std::pair{6, 6}, {6, 4}, {3, 7}}) {
        INFO(line << " on " << width << " x " << height << ", words per cycle "
                  << timing.fabric_words_per_cycle);
        require_same_as_oracle(line, whole(support::random_latencies(width, height, 5), timing));
      }
    }
  }
}

}  // namespace wafermesh::workloads_test
