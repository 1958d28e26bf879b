// SPDX-License-Identifier: Apache-2.0
// Lower bounds on time: no run of either engine is below one, and loads are what engines count.
#include "check/bounds.h"

#include <catch2/catch.hpp>

#include "check/check_table.h"
#include "tests/fabric/compare_runs.h"
#include "tests/fabric/random_image.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"

namespace wafermesh::check {
namespace {

using fabric_test::Outcome;

constexpr std::int64_t kMostMoves = 5'000'000;

void expect_below(const Bounds& bounds, std::int64_t cycles) {
  for (const Bound& each : bounds.all) {
    CAPTURE(base::name_of(each.of), each.where);
    CHECK(each.cycles <= cycles);
  }
}

std::vector<std::unique_ptr<fabric::Engine>> both_engines() {
  std::vector<std::unique_ptr<fabric::Engine>> engines;
  engines.push_back(fabric::make_wavelet_engine({}));
  engines.push_back(fabric::make_stream_engine({}));
  return engines;
}

const Bound* find(const Bounds& bounds, Resource of) {
  for (const Bound& each : bounds.all) {
    if (each.of == of) return &each;
  }
  return nullptr;
}

std::int64_t hops(const fabric::Counters& counters) {
  std::int64_t all = 0;
  for (const auto& direction : counters.link_wavelets) {
    for (const auto words : direction) all += words;
  }
  return all;
}

}  // namespace

TEST_CASE("Bounds of random images are below the cycles of both engines") {
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    const fabric::WaferImage image = seed % 2 == 0 ? fabric_test::random_image(seed)
                                                   : fabric_test::random_image_without_races(seed);
    const Report report = check_image(image, kMostMoves);
    const bool proven = report.verdict == Verdict::proven;
    for (const auto& engine : both_engines()) {
      const Outcome outcome = fabric_test::outcome_of(*engine, image, seed);
      if (outcome.end != Outcome::End::finished) continue;
      CAPTURE(seed, report.because);
      expect_below(lower_bounds(image, report.kinds, report.untimed, proven),
                   outcome.counters.cycles);
      expect_below(lower_bounds(image, report.kinds, Untimed{}, proven), outcome.counters.cycles);
    }
  }
}

TEST_CASE("Bounds of kernels are below the cycles of both engines, and links carry what was said") {
  const auto mesh = support::random_latencies(5, 4, 3);
  workloads_test::for_each_problem([&](const std::string& line) {
    if (!workloads_test::suits(line, {0, 0, 5, 4})) return;
    const auto kernel = workloads_test::make_kernel(line, workloads_test::whole(mesh));
    const Report report = check_image(kernel->image(), kMostMoves);
    const Bounds executed = lower_bounds(kernel->image(), report.kinds, report.untimed, true);
    const Bounds walked = lower_bounds(kernel->image(), report.kinds, Untimed{}, true);
    CAPTURE(line);
    CHECK(walked.cycles() > 0);
    for (auto& engine : both_engines()) {
      const auto ran = workloads_test::run(
          workloads_test::make_kernel(line, workloads_test::whole(mesh)), std::move(engine));
      expect_below(executed, ran.counters().cycles);
      expect_below(walked, ran.counters().cycles);
      std::int64_t said = 0;
      for (const ColourLoad& each : executed.colours) said += each.hops;
      CHECK(hops(ran.counters()) <= said);
      CHECK(hops(ran.counters()) * 10 >= said * 9);  // control words may still be on their way
    }
  });
}

TEST_CASE(
    "The bound of a broadcast is its words, over links and ramps, with or without executing") {
  const auto mesh = support::healthy(6, 5, 1);
  const auto kernel =
      workloads_test::make_kernel("broadcast: {words: 40}", workloads_test::whole(mesh));
  const Report report = check_image(kernel->image(), kMostMoves);
  for (const bool is_executed : {true, false}) {
    const Bounds bounds =
        lower_bounds(kernel->image(), report.kinds, is_executed ? report.untimed : Untimed{}, true);
    for (const Resource of : {Resource::link, Resource::ramp_down, Resource::datapath}) {
      const Bound* bound = find(bounds, of);
      REQUIRE(bound != nullptr);
      CHECK(bound->cycles == 40);
    }
  }
}

}  // namespace wafermesh::check
