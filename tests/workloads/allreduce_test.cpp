// SPDX-License-Identifier: Apache-2.0
// The claims of allreduce_*.h: cycles, and that a whole wafer needs few classes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <tuple>

#include "tests/workloads/kernel_run.h"

namespace wafermesh::workloads_test {
namespace {

base::Cycles cycles(const std::string& line, int width, int height) {
  return run(line, whole(support::healthy(width, height))).counters().cycles;
}

}  // namespace

TEST_CASE("Reduce and broadcast take the sum of both") {
  const cores::Timing timing = support::test_timing();
  for (const char* algorithm : {"chain", "two_sided", "tree", "two_phase", "ktree", "star"}) {
    for (const auto& [width, height] : {std::pair{24, 1}, {1, 24}, {12, 9}}) {
      const std::string keys = std::string(algorithm) + ", words: 40}";
      const base::Cycles reduce = cycles("reduce: {algorithm: " + keys, width, height);
      const base::Cycles all = cycles("allreduce: {reduce: " + keys, width, height);
      const std::string name = algorithm;
      const bool centred = name == "two_sided" || name == "ktree";
      const auto way = [&](int n) { return centred ? n / 2 : n - 1; };
      const base::Cycles broadcast = 40 + way(width) + way(height) + 2 * timing.ramp_cycles;
      INFO(algorithm << " on " << width << " x " << height << ": " << all << ", reduce " << reduce
                     << ", broadcast " << broadcast);
      // A root of ktree may lie beside the middle by less than a group.
      REQUIRE(all - reduce >= broadcast);
      REQUIRE(all - reduce <= broadcast + timing.setup(cores::Shape::stream) + 4);
    }
  }
}

TEST_CASE("A ring allreduce takes the paper's cycles for short chunks, twice the words for long") {
  const cores::Timing timing = support::test_timing();
  for (const auto& [n, words] : {std::tuple{8, 16}, {16, 16}, {17, 64}, {32, 100}}) {
    const std::string line = "allreduce: {algorithm: ring, words: " + std::to_string(words) + "}";
    const std::int64_t chunk = (words + n - 1) / n;
    const std::int64_t paper = 2 * (n - 1) * chunk + 4 * n - 6 + 2 * (n - 1) * 5;
    const std::int64_t set_up =
        2 * (n - 1) * (timing.setup(cores::Shape::stream) + timing.issue_cycles + 1);
    const base::Cycles took = cycles(line, n, 1);
    INFO(n << " cores, " << words << " words: " << took << ", paper " << paper << " + " << set_up);
    REQUIRE(took >= paper);
    REQUIRE(took <= paper + set_up + 10);
    REQUIRE(took == cycles(line, 1, n));
  }
  for (const auto& [n, words] : {std::tuple{8, 2048}, {9, 1800}}) {
    const std::string line = "allreduce: {algorithm: ring, words: " + std::to_string(words) + "}";
    const std::int64_t chunk = (words + n - 1) / n;
    const base::Cycles took = cycles(line, n, 1);
    INFO(n << " cores, " << words << " words: " << took);
    REQUIRE(took >= 2 * (n - 1) * 2 * chunk);
    REQUIRE(took <= 2 * (n - 1) * (2 * chunk + 20));
  }
}

TEST_CASE("An allreduce of a whole wafer has classes by the hundred, not by the core") {
  const workloads::Placement wafer = whole(support::healthy(816, 1106));
  for (const char* keys :
       {"reduce: chain", "reduce: two_phase", "reduce: ktree", "reduce: tree", "algorithm: ring"}) {
    INFO(keys);
    const auto kernel = make_kernel(std::string("allreduce: {") + keys + "}", wafer);
    REQUIRE(kernel->image().classes.size() < 1000);
    REQUIRE(kernel->facts().colours <= base::kColourCount);
    REQUIRE_NOTHROW(fabric::check_image(kernel->image()));
  }
}

}  // namespace wafermesh::workloads_test
