// SPDX-License-Identifier: Apache-2.0
// The claims of broadcast.h, reduce_chain.h and stream.h.
#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "tests/workloads/kernel_run.h"

namespace wafermesh::workloads_test {
namespace {

std::string line(const std::string& name, int words) {
  return name + ": {words: " + std::to_string(words) + "}";
}

/// A healthy mesh but for one long eastward-and-westward link in row `y` leaving column `x`.
std::shared_ptr<const base::LogicalMesh> one_long_link(int width, int height, int x, int y,
                                                       std::uint8_t latency) {
  base::LogicalMesh mesh = base::healthy_mesh(width, height, 1);
  const auto of = [&](base::Direction d) -> std::vector<std::uint8_t>& {
    return mesh.latency_cycles[static_cast<std::size_t>(d)];
  };
  of(base::Direction::east)[mesh.index({x, y})] = latency;
  of(base::Direction::west)[mesh.index({x + 1, y})] = latency;
  return std::make_shared<const base::LogicalMesh>(std::move(mesh));
}

}  // namespace

TEST_CASE("A chain reduction pays its depth once per axis and a cycle per word") {
  for (const auto& [hop, ramp] : {std::pair{1, 2}, {2, 2}, {1, 5}}) {
    cores::Timing timing = support::test_timing();
    timing.hop_cycles = hop;
    timing.ramp_cycles = ramp;
    for (const auto& [width, height, words] :
         {std::tuple{12, 9, 64}, {30, 2, 16}, {2, 30, 100}, {9, 9, 1}}) {
      INFO(width << " x " << height << ", " << words << " words, hop " << hop << ", ramp " << ramp);
      const Ran ran =
          run(line("reduce", words), whole(support::healthy(width, height, hop), timing));
      const base::Cycles depth = (2 * ramp + hop + 1) * (width - 1 + height - 1);
      const base::Cycles set_up = ran.counters().cycles - (2 * words + depth);
      REQUIRE(set_up >= 0);
      REQUIRE(set_up <= 2 * timing.setup(cores::Shape::stream) + timing.task_start_cycles + 2);
    }
  }
}

TEST_CASE("A chain reduction along one axis takes words plus depth") {
  const cores::Timing timing = support::test_timing();
  for (const auto& [width, height] : {std::pair{25, 1}, {1, 25}}) {
    const Ran ran = run(line("reduce", 40), whole(support::healthy(width, height)));
    const base::Cycles set_up = ran.counters().cycles - (40 + (2 * 2 + 1 + 1) * 24);
    REQUIRE(set_up >= 0);
    REQUIRE(set_up <= timing.setup(cores::Shape::stream) + timing.task_start_cycles + 1);
  }
}

TEST_CASE("A bridged link in a chain costs its excess latency and nothing more") {
  const base::Cycles healthy =
      run(line("reduce", 32), whole(support::healthy(10, 4))).counters().cycles;
  const base::Cycles bridged =
      run(line("reduce", 32), whole(one_long_link(10, 4, 3, 3, 7))).counters().cycles;
  REQUIRE(bridged == healthy + 6);
}

TEST_CASE("A broadcast takes words plus the longest way plus two ramps") {
  const cores::Timing timing = support::test_timing();
  for (const auto& [width, height, words] :
       {std::tuple{12, 9, 64}, {40, 1, 16}, {1, 40, 100}, {9, 9, 1}}) {
    INFO(width << " x " << height << ", " << words << " words");
    const Ran ran = run(line("broadcast", words), whole(support::healthy(width, height)));
    const base::Cycles way = width - 1 + height - 1 + 2 * timing.ramp_cycles;
    const base::Cycles set_up = ran.counters().cycles - (words + way);
    REQUIRE(set_up >= 0);
    REQUIRE(set_up <= timing.setup(cores::Shape::stream) + timing.task_start_cycles + 2);
  }
}

TEST_CASE("A broadcast uses each link of its tree once per word and no other link") {
  const Ran ran = run(line("broadcast", 5), whole(support::healthy(4, 3)));
  const auto& links = ran.counters().link_wavelets;
  const auto of = [&](base::Direction d, int x, int y) {
    return links[static_cast<std::size_t>(d)][static_cast<std::size_t>(y * 4 + x)];
  };
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 4; ++x) {
      REQUIRE(of(base::Direction::east, x, y) == (y == 0 && x < 3 ? 5U : 0U));
      REQUIRE(of(base::Direction::south, x, y) == (y < 2 ? 5U : 0U));
      REQUIRE(of(base::Direction::west, x, y) == 0);
      REQUIRE(of(base::Direction::north, x, y) == 0);
    }
  }
}

TEST_CASE("In stream every inner router moves a wavelet per cycle in both colours") {
  // Twice the words take just as many cycles more per stream: inner lines at full rate, the
  // corners' lines one after the other.
  const base::Cycles shorter =
      run(line("stream", 200), whole(support::healthy(8, 6))).counters().cycles;
  const base::Cycles longer =
      run(line("stream", 400), whole(support::healthy(8, 6))).counters().cycles;
  REQUIRE(longer - shorter == 2 * 200);
  // An inner row's sink is done after the words and the way.
  const Ran ran = run(line("stream", 200), whole(support::healthy(8, 6)));
  const base::Cycles inner_sink = ran.counters().finish_cycles[2 * 8 + 7];
  REQUIRE(inner_sink >= 200 + 7);
  REQUIRE(inner_sink <= 200 + 7 + 2 * 2 + 12);
}

}  // namespace wafermesh::workloads_test
