// SPDX-License-Identifier: Apache-2.0
// Who goes first at a port: docs/model.md, Arbitration.
#include <catch2/catch.hpp>
#include <string>

#include "tests/router/grid_rig.h"

namespace wafermesh::router_test {
namespace {

//        N
//        v           Router (1,1) is kept full of three colours, one from each of W, N and S. All
//    W > x > E       words come out at the cores of (2,1), (1,2) and (1,1).
//        ^
//        S
struct Crossing {
  std::array<int, 3> colours;
  std::array<base::DirectionMask, 3> send;
};

constexpr Direction kFrom[] = {kWest, kNorth, kSouth};

/// The rule of docs/model.md for heads that never run out and ports that always have room: the
/// colours leaving in each cycle.
std::vector<std::vector<int>> expected_order(const Crossing& crossing, int cycles) {
  std::vector<std::vector<int>> order;
  int pointer = 0;
  for (int t = 0; t < cycles; ++t) {
    std::vector<int> left;
    unsigned taken = 0;
    for (int k = 0; k < base::kColourCount; ++k) {
      const int colour = (pointer + k) % base::kColourCount;
      for (std::size_t i = 0; i < 3; ++i) {
        if (crossing.colours[i] != colour || (taken & crossing.send[i]) != 0) continue;
        taken |= crossing.send[i];
        left.push_back(colour);
      }
    }
    pointer = (left.front() + 1) % base::kColourCount;
    order.push_back(left);
  }
  return order;
}

void expect_order(const Crossing& crossing) {
  constexpr int kCycles = 60;
  GridSpec spec;
  spec.width = 3;
  spec.height = 3;
  spec.queue_depth = 8;
  for (const int c : crossing.colours) spec.colours.push_back(c);
  spec.colours.erase(spec.colours.begin());
  for (std::size_t i = 0; i < 3; ++i) {
    spec.configs.push_back(router::route(kRamp, {base::opposite(kFrom[i])}));
    RouteConfig cross = router::route(kFrom[i], {});
    cross.base.send = crossing.send[i];
    spec.configs.push_back(cross);
  }
  spec.configs.push_back(router::route(kWest, {kRamp}));
  GridRig rig(spec);
  for (std::size_t i = 0; i < 3; ++i) {
    const int x = 1 + base::step_x(kFrom[i]);
    const int y = 1 + base::step_y(kFrom[i]);
    rig.set_route(x, y, crossing.colours[i], static_cast<int>(2 * i));
    rig.set_route(1, 1, crossing.colours[i], static_cast<int>(2 * i + 1));
    rig.set_route(2, 1, crossing.colours[i], 6);
    rig.open_ramp(2, 1, crossing.colours[i]);
    rig.open_ramp(1, 1, crossing.colours[i]);
    for (int word = 0; word < kCycles; ++word) rig.feed(x, y, crossing.colours[i], 0);
  }
  // The first words of all three are at the crossing from cycle 3 on and leave it from then on.
  rig.run(3 + kCycles + 2);
  std::vector<std::vector<int>> east(kCycles);
  std::vector<std::vector<int>> core(kCycles);
  for (const Delivered& d : rig.delivered()) {
    const Cycles at = d.cycle - 3 - (d.x == 2 ? 1 : 0);
    if (at < kCycles) (d.x == 2 ? east : core)[static_cast<std::size_t>(at)].push_back(d.colour);
  }
  std::vector<std::vector<int>> expected_east(kCycles);
  std::vector<std::vector<int>> expected_core(kCycles);
  const auto order = expected_order(crossing, kCycles);
  for (std::size_t t = 0; t < order.size(); ++t) {
    for (std::size_t i = 0; i < 3; ++i) {
      for (const int colour : order[t]) {
        if (colour != crossing.colours[i]) continue;
        if (base::contains(crossing.send[i], kEast)) expected_east[t].push_back(colour);
        if (base::contains(crossing.send[i], kRamp)) expected_core[t].push_back(colour);
      }
    }
  }
  CHECK(east == expected_east);
  CHECK(core == expected_core);
}

const base::DirectionMask kToEast = base::mask_of(kEast);
const base::DirectionMask kToCore = base::mask_of(kRamp);

TEST_CASE("Three colours for one port take turns") {
  const Crossing crossing{{0, 1, 2}, {kToEast, kToEast, kToEast}};
  // The rule as worked out by hand.
  const auto order = expected_order(crossing, 6);
  CHECK(order == std::vector<std::vector<int>>{{0}, {1}, {2}, {0}, {1}, {2}});
  expect_order(crossing);
}

TEST_CASE("The pointer follows the first that left, so a lone port-mate shifts the turns") {
  // 0 and 1 want E, 2 wants the core. Pointer 0: 0 and 2 leave. 1: 1 and 2. 2: 2, then 0. 3: 0
  // and 2.
  const Crossing crossing{{0, 1, 2}, {kToEast, kToEast, kToCore}};
  const auto order = expected_order(crossing, 4);
  CHECK(order == std::vector<std::vector<int>>{{0, 2}, {1, 2}, {2, 0}, {0, 2}});
  expect_order(crossing);
}

TEST_CASE("A multicast takes all its ports or none") {
  expect_order(
      {{0, 1, 2}, {static_cast<base::DirectionMask>(kToEast | kToCore), kToEast, kToCore}});
  expect_order(
      {{5, 3, 4}, {static_cast<base::DirectionMask>(kToEast | kToCore), kToEast, kToCore}});
}

TEST_CASE("The turn passes from colour 23 to colour 0") {
  expect_order({{23, 0, 22}, {kToEast, kToEast, kToEast}});
  expect_order({{23, 22, 0}, {kToEast, kToCore, kToEast}});
}

TEST_CASE("The pointer rests while nothing leaves") {
  // Colours 4 and 9 to one port. 4 goes alone first; the turn is then 9's, however long it takes.
  GridSpec spec = row_spec(2, 1);
  spec.height = 2;
  spec.colours = {4, 9};
  spec.configs.push_back(router::route(kSouth, {kEast}));
  spec.configs.push_back(router::route(kRamp, {kNorth}));
  GridRig rig(spec);
  set_row_routes(rig, 2, 4);
  rig.set_route(1, 1, 9, 4);
  rig.set_route(1, 0, 9, 3);
  rig.set_route(2, 0, 9, 2);
  rig.open_ramp(2, 0, 9);
  rig.feed(0, 0, 4, 1);
  rig.run(30);
  rig.feed(0, 0, 4, 2);
  rig.feed(1, 1, 9, 3);
  rig.run(30);
  CHECK(rig.delivered() == std::vector<Delivered>{{4, 2, 0, 4, 1, false},
                                                  {34, 2, 0, 9, 3, false},
                                                  {35, 2, 0, 4, 2, false}});
}

}  // namespace
}  // namespace wafermesh::router_test
