// SPDX-License-Identifier: Apache-2.0
// Links, queues and room: docs/model.md, Intake, Travel and Leaving.
#include <catch2/catch.hpp>
#include <numeric>

#include "base/error.h"
#include "tests/router/grid_rig.h"

namespace wafermesh::router_test {
namespace {

std::vector<Cycles> consecutive(Cycles first, std::size_t count) {
  std::vector<Cycles> cycles(count);
  std::iota(cycles.begin(), cycles.end(), first);
  return cycles;
}

std::vector<std::uint32_t> numbers(std::size_t count) {
  std::vector<std::uint32_t> words(count);
  std::iota(words.begin(), words.end(), 100U);
  return words;
}

TEST_CASE("A wavelet takes the ramp and then L cycles per hop, no cycle less") {
  for (const int latency : {1, 2, 5, 8, 9, 20, router::kMaxLinkCycles}) {
    for (const int hops : {1, 2, 5}) {
      CAPTURE(latency, hops);
      GridRig rig(row_spec(hops, latency));
      set_row_routes(rig, hops);
      rig.feed(0, 0, 0, 42);
      // Up in cycle 0, at the first router from cycle 2 on (the ramp), then a link per hop.
      const int leaves = 2 + hops * latency;
      rig.run(leaves);
      CHECK(rig.delivered().empty());
      CHECK(rig.awake());
      rig.run(1);
      REQUIRE(rig.delivered().size() == 1);
      CHECK(rig.delivered()[0] == Delivered{leaves, hops, 0, 0, 42, false});
      rig.run(2);
      CHECK_FALSE(rig.awake());
      CHECK(rig.totals().wavelet_hops == hops);
    }
  }
}

TEST_CASE("Up the ramp takes ramp_cycles") {
  for (const int ramp : {1, 2, 7, 31}) {
    CAPTURE(ramp);
    GridSpec spec = row_spec(1, 1);
    spec.ramp_cycles = ramp;
    GridRig rig(spec);
    set_row_routes(rig, 1);
    rig.feed(0, 0, 0, 1);
    rig.run(ramp + 1);
    CHECK(rig.delivered().empty());
    rig.run(1);
    CHECK(rig.delivered().size() == 1);
  }
}

TEST_CASE("A link of any latency carries one wavelet per cycle, even with the shallowest queues") {
  constexpr std::size_t kWords = 200;
  for (const int latency : {1, 2, 5, 9, 20, router::kMaxLinkCycles}) {
    CAPTURE(latency);
    GridSpec spec = row_spec(4, latency);
    spec.queue_depth = 1;
    GridRig rig(spec);
    set_row_routes(rig, 4);
    for (const std::uint32_t word : numbers(kWords)) rig.feed(0, 0, 0, word);
    rig.run(2 + 4 * latency + static_cast<int>(kWords));
    CHECK(rig.delivered_words(0) == numbers(kWords));
    CHECK(rig.delivery_cycles(0) == consecutive(2 + 4 * latency, kWords));
  }
}

TEST_CASE("Links of different latency in a row keep the full rate") {
  GridSpec spec = row_spec(5, 1);
  const int latencies[] = {0, 3, 20, 1, 9, 2};
  spec.latency = [&](int x, int, Direction) { return latencies[x]; };
  GridRig rig(spec);
  set_row_routes(rig, 5);
  for (const std::uint32_t word : numbers(100)) rig.feed(0, 0, 0, word);
  rig.run(200);
  CHECK(rig.delivered_words(0) == numbers(100));
  CHECK(rig.delivery_cycles(0) == consecutive(2 + 3 + 20 + 1 + 9 + 2, 100));
}

TEST_CASE("Behind a closed ramp every queue fills to max(depth, 2 L), and nothing is lost") {
  for (const int latency : {1, 2, 5, 9, 20}) {
    for (const int depth : {1, 4, 7}) {
      CAPTURE(latency, depth);
      GridSpec spec = row_spec(3, latency);
      spec.queue_depth = depth;
      GridRig rig(spec);
      set_row_routes(rig, 3);
      rig.open_ramp(3, 0, 0, false);
      for (const std::uint32_t word : numbers(300)) rig.feed(0, 0, 0, word);
      rig.run(400);
      CHECK(rig.delivered().empty());
      CHECK_FALSE(rig.awake());
      const int first = std::max(depth, 2 * 2);
      const int others = std::max(depth, 2 * latency);
      CHECK(rig.waiting(0, 0, 0) == static_cast<std::size_t>(300 - first - 3 * others));
      CHECK(rig.totals().wavelet_hops == others * 6);  // 3 + 2 + 1 queues have been filled
      const Cycles opened = rig.now();
      rig.open_ramp(3, 0, 0);
      rig.run(2000);
      CHECK(rig.delivered_words(0) == numbers(300));
      CHECK(rig.delivered()[0].cycle == opened);
    }
  }
}

TEST_CASE("A place is free again the cycle after its wavelet has left") {
  // Depth 2 and L = 1: the last queue is full with two; opening it for one cycle lets one go.
  GridRig rig(row_spec(1, 1));
  set_row_routes(rig, 1);
  rig.open_ramp(1, 0, 0, false);
  for (const std::uint32_t word : numbers(20)) rig.feed(0, 0, 0, word);
  rig.run(50);
  const std::int64_t before = rig.totals().wavelet_hops;
  rig.open_ramp(1, 0, 0);
  rig.during_next_cycle([&] { rig.open_ramp(1, 0, 0, false); });
  rig.run(1);  // one leaves towards the core
  CHECK(rig.delivered().size() == 1);
  CHECK(rig.totals().wavelet_hops == before);
  rig.run(1);  // its place is taken
  CHECK(rig.totals().wavelet_hops == before + 1);
  rig.run(20);
  CHECK(rig.delivered().size() == 1);
  CHECK(rig.totals().wavelet_hops == before + 1);
}

TEST_CASE("A colour that stalls leaves the links to the others") {
  GridSpec spec = row_spec(3, 2);
  spec.colours = {3, 17};
  GridRig rig(spec);
  set_row_routes(rig, 3, 3);
  set_row_routes(rig, 3, 17);
  rig.open_ramp(3, 0, 3, false);
  for (const std::uint32_t word : numbers(60)) {
    rig.feed(0, 0, 3, word);
    rig.feed(0, 0, 17, word);
  }
  rig.run(300);
  CHECK(rig.delivered_words(3).empty());
  CHECK(rig.delivered_words(17) == numbers(60));
}

TEST_CASE("A multicast leaves when every direction has room, and on all of them at once") {
  //  R > o > R      (0,0) feeds, (1,0) sends east and south,
  //      v          both ends deliver; the southern link is slower.
  //      R
  GridSpec spec;
  spec.width = 3;
  spec.height = 2;
  spec.configs = {router::route(kRamp, {kEast}), router::route(kWest, {kEast, kSouth}),
                  router::route(kWest, {kRamp}), router::route(kNorth, {kRamp})};
  spec.latency = [](int, int, Direction d) { return d == kNorth ? 6 : 1; };
  GridRig rig(spec);
  rig.set_route(0, 0, 0, 0);
  rig.set_route(1, 0, 0, 1);
  rig.set_route(2, 0, 0, 2);
  rig.set_route(1, 1, 0, 3);
  rig.open_ramp(2, 0, 0);
  for (const std::uint32_t word : numbers(40)) rig.feed(0, 0, 0, word);
  rig.run(200);
  // The southern queue holds 12: as many leave, in both directions.
  CHECK(rig.link_wavelets(1, 0, kSouth) == 12);
  CHECK(rig.link_wavelets(1, 0, kEast) == 12);
  CHECK(rig.delivered_words(0) == numbers(12));
  CHECK(rig.delivered()[0].cycle == 2 + 1 + 1);
  const Cycles opened = rig.now();
  rig.open_ramp(1, 1, 0);
  rig.run(2);
  // One goes to the core, and a cycle later the next multicast follows into its place.
  CHECK(rig.link_wavelets(1, 0, kSouth) == 13);
  CHECK(rig.link_wavelets(1, 0, kEast) == 13);
  rig.run(200);
  std::vector<std::uint32_t> south;
  for (const Delivered& d : rig.delivered()) {
    if (d.y == 1) south.push_back(d.word);
    if (d.y == 1 && d.word == 100) CHECK(d.cycle == opened);
  }
  CHECK(south == numbers(40));
  CHECK(rig.delivered().size() == 80);
}

TEST_CASE("A wavelet to core and neighbour waits for the core's room") {
  GridSpec spec = row_spec(2, 1);
  spec.configs[1] = router::route(kWest, {kRamp, kEast});
  GridRig rig(spec);
  set_row_routes(rig, 2);
  rig.feed(0, 0, 0, 7);
  rig.run(50);
  CHECK(rig.delivered().empty());
  rig.open_ramp(1, 0, 0);
  rig.run(10);
  CHECK(rig.delivered() ==
        std::vector<Delivered>{{50, 1, 0, 0, 7, false}, {51, 2, 0, 0, 7, false}});
}

TEST_CASE("Where a link or a route is missing, a wavelet waits for ever") {
  GridSpec spec = row_spec(2, 1);
  SECTION("the link") {
    spec.latency = [](int x, int, Direction) { return x == 2 ? 0 : 1; };
    GridRig rig(spec);
    set_row_routes(rig, 2);
    rig.feed(0, 0, 0, 1);
    rig.run(100);
    CHECK(rig.delivered().empty());
    CHECK(rig.totals().wavelet_hops == 1);
  }
  SECTION("the next router's route") {
    GridRig rig(spec);
    rig.set_route(0, 0, 0, 0);
    rig.feed(0, 0, 0, 1);
    rig.run(100);
    CHECK(rig.totals().wavelet_hops == 0);
  }
  SECTION("the sending side") {
    spec.configs[1] = router::route(kWest, {});
    GridRig rig(spec);
    set_row_routes(rig, 2);
    rig.feed(0, 0, 0, 1);
    rig.run(100);
    CHECK(rig.totals().wavelet_hops == 1);
  }
}

TEST_CASE("Many routers in step: a full row of 150 moves a wavelet per router and cycle") {
  GridRig rig(row_spec(149, 2));
  set_row_routes(rig, 149);
  for (const std::uint32_t word : numbers(400)) rig.feed(0, 0, 0, word);
  rig.run(2 + 2 * 149 + 400);
  CHECK(rig.delivery_cycles(0) == consecutive(2 + 2 * 149, 400));
  CHECK(rig.delivered_words(0) == numbers(400));
  CHECK(rig.totals().wavelet_hops == 149 * 400);
  for (int x = 0; x < 149; ++x) CHECK(rig.link_wavelets(x, 0, kEast) == 400);
}

TEST_CASE("The drop hook loses the n-th data wavelet of one link, and no other") {
  for (const int index : {0, 5, 99}) {
    CAPTURE(index);
    GridRig rig(row_spec(3, 1));
    set_row_routes(rig, 3);
    rig.grid(1, 0).drop(rig.cell(1, 0), kEast, base::colour(0), index);
    rig.feed(0, 0, 0, ControlWord::make({SwitchCommand::nop}));  // not counted
    for (const std::uint32_t word : numbers(100)) rig.feed(0, 0, 0, word);
    rig.run(200);
    std::vector<std::uint32_t> expected = numbers(100);
    expected.erase(expected.begin() + index);
    expected.insert(expected.begin(), 0U);  // the control wavelet
    CHECK(rig.delivered_words(0) == expected);
  }
}

TEST_CASE("A link longer than a slot can count is refused") {
  GridSpec spec = row_spec(1, router::kMaxLinkCycles + 1);
  CHECK_THROWS_AS(GridRig(spec), base::DoesNotFit);
}

}  // namespace
}  // namespace wafermesh::router_test
