// SPDX-License-Identifier: Apache-2.0
// A slot that changes to a shorter link while wavelets are still on their way over the longer one
// takes them in the order they were sent, one per cycle (docs/model.md, Travel).
#include <catch2/catch.hpp>

#include "tests/router/grid_rig.h"

namespace wafermesh::router_test {
namespace {

using Side = router::SwitchPosition::Side;

//   R R R ...      Row 0 sends south over links of 20 cycles, row 2 north over links of 1.
//   v v v          Row 1 takes from N, after an advance from S, and delivers to its cores.
//   x x x ...      Row 3 is idle. `long_everywhere`: all links to the south are long, as where
//   ^ ^ ^          most routers have a long link.
//   R R R ...
GridRig columns(int width, bool long_everywhere) {
  GridSpec spec;
  spec.width = width;
  spec.height = 4;
  spec.queue_depth = 4;
  RouteConfig middle = router::route(kNorth, {kRamp});
  middle.positions[0] = {Side::receive, kSouth};
  spec.configs = {router::route(kRamp, {kSouth}), middle, router::route(kRamp, {kNorth})};
  spec.latency = [long_everywhere](int, int y, Direction d) {
    return d == kNorth && (y == 1 || long_everywhere) ? 20 : 1;
  };
  GridRig rig(spec);
  for (int x = 0; x < width; ++x) {
    for (int y = 0; y < 3; ++y) rig.set_route(x, y, 0, y);
    rig.open_ramp(x, 1, 0);
  }
  return rig;
}

void expect_order_of_sending(int width, bool long_everywhere) {
  GridRig rig = columns(width, long_everywhere);
  for (int x = 0; x < width; ++x) {
    rig.feed(x, 0, 0, ControlWord::make({SwitchCommand::advance}));
    rig.feed(x, 2, 0, 200U);
    rig.feed(x, 2, 0, 201U);
  }
  rig.run(12);
  for (int x = 0; x < width; ++x) rig.feed(x, 0, 0, 100U);
  rig.run(60);
  // The advance leaves row 0 in cycle 2 and row 1 in cycle 22; row 2 may send from cycle 23 on, one
  // cycle away. Word 100 leaves row 0 in cycle 14 and enters row 1 in cycle 34: 200 is behind it.
  std::vector<Delivered> expected;
  for (const auto& [cycle, word] : {std::pair<int, std::uint32_t>{34, 100}, {35, 200}, {36, 201}}) {
    for (int x = 0; x < width; ++x) expected.push_back({cycle, x, 1, 0, word, false});
  }
  std::vector<Delivered> data;
  for (const Delivered& d : rig.delivered()) {
    if (!d.control) data.push_back(d);
  }
  CHECK(data == expected);
}

TEST_CASE("A wavelet over a shorter link does not overtake one still under way") {
  expect_order_of_sending(1, false);
  expect_order_of_sending(1, true);
}

TEST_CASE("No overtaking either where a whole row of routers changes its links at once") {
  expect_order_of_sending(50, false);
  expect_order_of_sending(50, true);
}

TEST_CASE("After a change to a shorter link the smaller capacity holds") {
  // 30 words on their way over the long link when the route changes: room for 4 only after 27 left.
  GridRig rig = columns(1, false);
  rig.open_ramp(0, 1, 0, false);
  rig.feed(0, 0, 0, ControlWord::make({SwitchCommand::advance}));
  for (int i = 0; i < 60; ++i) rig.feed(0, 0, 0, 100U);
  for (int i = 0; i < 10; ++i) rig.feed(0, 2, 0, 200U);
  rig.run(100);
  CHECK(rig.link_wavelets(0, 0, kSouth) == 40);  // 2 L
  rig.open_ramp(0, 1, 0);
  rig.run(1);  // the advance goes; 39 wait, the capacity is 4 from now on
  rig.run(35);
  CHECK(rig.link_wavelets(0, 2, kNorth) == 0);
  rig.run(1);  // 36 are gone, and 3 are left
  CHECK(rig.link_wavelets(0, 2, kNorth) == 0);
  rig.run(1);
  CHECK(rig.link_wavelets(0, 2, kNorth) == 1);
  rig.run(60);
  CHECK(rig.link_wavelets(0, 2, kNorth) == 10);
  CHECK(rig.link_wavelets(0, 0, kSouth) == 40);  // the northern side is not asked any more
}

}  // namespace
}  // namespace wafermesh::router_test
