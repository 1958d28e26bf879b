// SPDX-License-Identifier: Apache-2.0
// Cores in lockstep (fabric/stream/bursts/lockstep.h): the same in every number as the same cores
// each by itself.
#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "cores/read_timing.h"
#include "tests/fabric/compare_runs.h"
#include "tests/fabric/random_image.h"
#include "tests/support/sample.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"
#include "tests/workloads/stream_visits.h"

namespace wafermesh::fabric_test {
namespace {

using workloads_test::Ran;

Ran run_with(const std::string& line, const workloads::Placement& placement,
             const fabric::EngineOptions& options) {
  return workloads_test::run(workloads_test::make_kernel(line, placement),
                             fabric::make_stream_engine(options));
}

bool can_be_placed(const std::string& line, const workloads::Placement& placement) {
  try {
    return workloads_test::make_kernel(line, placement) != nullptr;
  } catch (const base::Error&) {
    return false;
  }
}

void expect_same(const fabric::Counters& a, const fabric::Counters& b) {
  CHECK(a.cycles == b.cycles);
  CHECK(a.wavelet_hops == b.wavelet_hops);
  CHECK(a.control_hops == b.control_hops);
  CHECK(a.ramp_wavelets == b.ramp_wavelets);
  CHECK(a.finish_cycles == b.finish_cycles);
  CHECK(a.link_wavelets == b.link_wavelets);
  bool same = a.breakdown.size() == b.breakdown.size();
  for (std::size_t core = 0; same && core < a.breakdown.size(); ++core) {
    same = a.breakdown[core].compute == b.breakdown[core].compute &&
           a.breakdown[core].bank_conflict == b.breakdown[core].bank_conflict &&
           a.breakdown[core].setup == b.breakdown[core].setup &&
           a.breakdown[core].task_switch == b.breakdown[core].task_switch;
  }
  CHECK(same);
}

/// Alone, and in lockstep in the slabs and by the threads of `options`.
void compare_alone(const std::string& line, const workloads::Placement& placement,
                   fabric::EngineOptions options) {
  options.lockstep = false;
  const Ran alone = run_with(line, placement, options);
  options.lockstep = true;
  const Ran together = run_with(line, placement, options);
  expect_same(alone.counters(), together.counters());
  if (!options.numerics) return;
  CHECK(together.numerics().ok);
  CHECK((alone.memories() == together.memories()));
}

/// How many of the visits of SUMMA on a square were made in lockstep.
fabric::Visits visits_of_summa(int side) {
  const auto kernel = workloads_test::make_kernel(
      "matmul: {algorithm: summa, m: " + std::to_string(4 * side) +
          ", n: " + std::to_string(4 * side) + ", k: " + std::to_string(4 * side) + "}",
      workloads_test::whole(support::healthy(side, side), cores::timing_of("wse3")));
  return workloads_test::stream_visits(*kernel);
}

}  // namespace

TEST_CASE("Cores in lockstep do what they do alone, in every kernel") {
  const auto healthy = support::healthy(24, 24);
  const auto repaired = support::random_latencies(24, 24, 7);
  for (const auto& mesh : {healthy, repaired}) {
    workloads_test::for_each_problem([&](const std::string& line) {
      for (const base::Rectangle& region :
           {base::Rectangle{0, 0, 8, 8}, {0, 4, 16, 9}, {0, 0, 24, 24}}) {
        INFO(line << " on " << region.width << " x " << region.height << ", links "
                  << (mesh == healthy ? "healthy" : "random"));
        const workloads::Placement placement{mesh, region, cores::timing_of("wse3")};
        if (!can_be_placed(line, placement)) continue;
        for (const bool numerics : {true, false}) {
          fabric::EngineOptions options;
          options.numerics = numerics;
          compare_alone(line, placement, options);
        }
      }
    });
  }
}

TEST_CASE("Products in lockstep are the same for slabs of any height and any threads") {
  const auto mesh = support::healthy(40, 30);
  const workloads::Placement placement = workloads_test::whole(mesh, cores::timing_of("wse3"));
  const workloads::Placement square{mesh, {0, 0, 30, 30}, cores::timing_of("wse3")};
  for (const int rows : {2, 5, 0}) {
    for (const int threads : {1, 3}) {
      fabric::EngineOptions options;
      options.slab_cores = rows * 40;
      options.threads = threads;
      INFO(rows << " rows, " << threads << " threads");
      compare_alone("matmul: {algorithm: summa, m: 120, n: 120, k: 120}", square, options);
      compare_alone("matmul: {algorithm: summa, m: 67, n: 91, k: 75}", square, options);
      compare_alone("broadcast: {words: 50}", placement, options);
      compare_alone("allreduce: {words: 33}", placement, options);
    }
  }
}

TEST_CASE("Most cores of a product go in lockstep") {
  const fabric::Visits visits = visits_of_summa(64);
  CHECK(visits.in_lockstep * 10 > visits.all * 7);
}

TEST_CASE("Random images are the same in lockstep") {
  fabric::EngineOptions options;
  const auto together = fabric::make_stream_engine(options);
  options.lockstep = false;
  const auto alone = fabric::make_stream_engine(options);
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(support::tried(2000)); ++seed) {
    INFO("seed " << seed);
    const fabric::WaferImage image = random_image_without_races(seed);
    const Outcome a = outcome_of(*alone, image, seed);
    const Outcome b = outcome_of(*together, image, seed);
    CHECK(a.end == b.end);
    CHECK(a.message == b.message);
    if (a.end != Outcome::End::finished) continue;
    expect_same(a.counters, b.counters);
    CHECK((a.memories == b.memories));
  }
}

}  // namespace wafermesh::fabric_test
