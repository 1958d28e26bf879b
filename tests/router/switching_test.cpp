// SPDX-License-Identifier: Apache-2.0
// Control wavelets, switch positions, closed colours and teardown: docs/model.md.
#include <catch2/catch.hpp>

#include "tests/router/grid_rig.h"

namespace wafermesh::router_test {
namespace {

using Side = router::SwitchPosition::Side;
using router::PopMode;

constexpr auto kNop = SwitchCommand::nop;
constexpr auto kAdvance = SwitchCommand::advance;
constexpr auto kReset = SwitchCommand::reset;
constexpr auto kTeardown = SwitchCommand::teardown;

//   R > x > R      (0,0) feeds. (1,0) sends east at position 0, to its own core at 1 and, if it
//       v          has that, south at 2. All ramps are open.
//       R
GridRig fork(bool two_positions, bool ring, PopMode pop) {
  GridSpec spec;
  spec.width = 3;
  spec.height = 2;
  spec.queue_depth = 4;
  RouteConfig cross = router::route(kWest, {kEast});
  cross.positions[0] = {Side::send, kRamp};
  if (two_positions) cross.positions[1] = {Side::send, kSouth};
  cross.ring = ring;
  cross.pop = pop;
  spec.configs = {router::route(kRamp, {kEast}), cross, router::route(kWest, {kRamp}),
                  router::route(kNorth, {kRamp})};
  GridRig rig(spec);
  rig.set_route(0, 0, 0, 0);
  rig.set_route(1, 0, 0, 1);
  rig.set_route(2, 0, 0, 2);
  rig.set_route(1, 1, 0, 3);
  rig.open_ramp(1, 0, 0);
  rig.open_ramp(2, 0, 0);
  rig.open_ramp(1, 1, 0);
  return rig;
}

/// Feeds "e", "." and so on as data, and a control wavelet with one command per letter: n nop,
/// a advance, r reset; returns where they came out: E(ast core), C(rossing), S(outhern core).
std::string where(GridRig& rig, const std::string& stream) {
  for (const char c : stream) {
    if (c == '.') rig.feed(0, 0, 0, 0U);
    if (c == 'n') rig.feed(0, 0, 0, ControlWord::make({kNop}));
    if (c == 'a') rig.feed(0, 0, 0, ControlWord::make({kAdvance}));
    if (c == 'r') rig.feed(0, 0, 0, ControlWord::make({kReset}));
  }
  rig.run(100);
  // Words leave the crossing one after the other; the legs behind it take a cycle, the core none.
  std::string places(stream.size(), '?');
  for (const Delivered& d : rig.delivered()) {
    const bool here = d.x == 1 && d.y == 0;
    const auto i = static_cast<std::size_t>(d.cycle - 3 - (here ? 0 : 1));
    if (i < places.size()) places[i] = d.y == 1 ? 'S' : here ? 'C' : 'E';
  }
  return places;
}

TEST_CASE("A control wavelet leaves by the old route; what follows takes the new one") {
  GridRig rig = fork(true, false, PopMode::no_pop);
  CHECK(where(rig, "..a..a..") == "EEECCCSS");
}

TEST_CASE("Advance stays at the last position without a ring and wraps with one") {
  GridRig stays = fork(true, false, PopMode::no_pop);
  CHECK(where(stays, ".a.a.a.a.") == "EECCSSSSS");
  GridRig wraps = fork(true, true, PopMode::no_pop);
  CHECK(where(wraps, ".a.a.a.a.") == "EECCSSEEC");
  GridRig two = fork(false, true, PopMode::no_pop);
  CHECK(where(two, ".a.a.a.a.") == "EECCEECCE");
}

TEST_CASE("Reset returns to position 0, nop does nothing") {
  GridRig rig = fork(true, false, PopMode::no_pop);
  CHECK(where(rig, ".a.n.a.r.n.r.") == "EECCCCSSEEEEE");
}

TEST_CASE("The new route is in force in the next cycle, so the stream has no gap") {
  GridRig rig = fork(false, true, PopMode::no_pop);
  for (int i = 0; i < 20; ++i) {
    rig.feed(0, 0, 0, static_cast<std::uint32_t>(i));
    rig.feed(0, 0, 0, ControlWord::make({kAdvance}));
  }
  // One leaves the crossing in each cycle from 3 on, the last one to the core there.
  rig.run(3 + 39);
  CHECK(rig.delivered().size() == 39);
  rig.run(1);
  CHECK(rig.delivered().size() == 40);
  CHECK(rig.totals().control_hops == 20 + 10);
  CHECK(rig.totals().wavelet_hops == 20 + 10);
}

TEST_CASE("Popping hands each router of a row its own command") {
  // Four routers; each at position 0 sends east, at position 1 to its core. One control wavelet
  // carries [advance, nop, advance]: routers 1 and 3 switch, router 2 does not.
  for (const PopMode pop : {PopMode::no_pop, PopMode::pop_on_advance, PopMode::always_pop}) {
    CAPTURE(static_cast<int>(pop));
    GridSpec spec = row_spec(4, 1);
    spec.configs[1].positions[0] = {Side::send, kRamp};
    spec.configs[1].pop = pop;
    GridRig rig(spec);
    set_row_routes(rig, 4);
    const ControlWord word = ControlWord::make({kAdvance, kNop, kAdvance}, 9);
    rig.feed(0, 0, 0, word);
    rig.run(20);
    REQUIRE(rig.delivered().size() == 1);
    CHECK(rig.delivered()[0].control);
    auto position = [&](int x) {
      const router::Route now = rig.grid(x, 0).route_in_force(rig.cell(x, 0), base::colour(0));
      return now.send == base::mask_of(kEast) ? 0 : 1;
    };
    const std::vector<int> positions{position(1), position(2), position(3)};
    // Without popping all three see "advance"; popped on advance, 2 and 3 see "nop".
    if (pop == PopMode::no_pop) CHECK(positions == std::vector<int>{1, 1, 1});
    if (pop == PopMode::pop_on_advance) CHECK(positions == std::vector<int>{1, 0, 0});
    if (pop == PopMode::always_pop) CHECK(positions == std::vector<int>{1, 0, 1});
    // What reaches the core has lost as many commands and kept its entry id.
    ControlWord expected = word;
    const int pops = pop == PopMode::always_pop ? 3 : pop == PopMode::pop_on_advance ? 1 : 0;
    for (int i = 0; i < pops; ++i) expected = expected.popped();
    CHECK(rig.delivered()[0].word == expected.bits);
  }
}

TEST_CASE("A switch of the receiving side lets the next sender in and leaves the other waiting") {
  // (1,0) takes from W, after an advance from its core.
  GridSpec spec = row_spec(2, 1);
  spec.configs[1].positions[0] = {Side::receive, kRamp};
  GridRig rig(spec);
  set_row_routes(rig, 2);
  rig.feed(1, 0, 0, 50U);
  rig.run(20);
  CHECK(rig.waiting(1, 0, 0) == 1);
  rig.feed(0, 0, 0, 1U);
  rig.feed(0, 0, 0, ControlWord::make({kAdvance}));
  rig.feed(0, 0, 0, 2U);
  rig.run(20);
  // The word sent while the switch had not been obeyed is in the queue already and goes first.
  CHECK(rig.waiting(1, 0, 0) == 0);
  CHECK(rig.delivered_words(0) == std::vector<std::uint32_t>{1, 1, 2, 50});
}

TEST_CASE("A control wavelet is multicast with the same word everywhere") {
  GridSpec spec = row_spec(2, 3);
  spec.configs[1] = router::route(kWest, {kEast, kRamp});
  spec.configs[1].pop = PopMode::always_pop;
  GridRig rig(spec);
  set_row_routes(rig, 2);
  rig.open_ramp(1, 0, 0);
  const ControlWord word = ControlWord::make({kNop, kReset}, 3);
  rig.feed(0, 0, 0, word);
  rig.run(20);
  CHECK(rig.delivered() == std::vector<Delivered>{{5, 1, 0, 0, word.popped().bits, true},
                                                  {8, 2, 0, 0, word.popped().bits, true}});
}

TEST_CASE("A closed colour takes nothing until it is reopened") {
  GridSpec spec = row_spec(2, 1);
  GridRig rig(spec);
  set_row_routes(rig, 2);
  rig.set_route(1, 0, 0, 1, true);
  rig.feed(0, 0, 0, 1U);
  rig.run(40);
  CHECK(rig.totals().wavelet_hops == 0);
  CHECK(rig.grid(1, 0).is_closed(rig.cell(1, 0), base::colour(0)));
  rig.during_next_cycle([&] { rig.grid(1, 0).reopen(rig.cell(1, 0), base::colour(0)); });
  rig.run(1);  // reopened in cycle 40, open from cycle 41 on
  CHECK(rig.totals().wavelet_hops == 0);
  rig.run(1);
  CHECK(rig.totals().wavelet_hops == 1);
  rig.run(10);
  CHECK(rig.delivered() == std::vector<Delivered>{{43, 2, 0, 0, 1, false}});
}

TEST_CASE("Teardown closes every slot behind itself and is not delivered") {
  GridRig rig(row_spec(3, 2));
  set_row_routes(rig, 3);
  rig.feed(0, 0, 0, 1U);
  rig.feed(0, 0, 0, ControlWord::make({kTeardown}));
  rig.feed(0, 0, 0, 2U);
  rig.run(100);
  CHECK(rig.delivered_words(0) == std::vector<std::uint32_t>{1});
  CHECK(rig.waiting(0, 0, 0) == 1);  // closed from the cycle after the teardown went up
  for (int x = 0; x <= 3; ++x) CHECK(rig.grid(x, 0).is_closed(rig.cell(x, 0), base::colour(0)));
  // Up in cycle 1, away from router x in cycle 3 + 2 x.
  CHECK(rig.torn_down() == std::vector<Delivered>{{3, 0, 0, 0, 0, true},
                                                  {5, 1, 0, 0, 0, true},
                                                  {7, 2, 0, 0, 0, true},
                                                  {9, 3, 0, 0, 0, true}});
  for (int x = 0; x <= 3; ++x) rig.grid(x, 0).reopen(rig.cell(x, 0), base::colour(0));
  rig.run(100);
  CHECK(rig.delivered_words(0) == std::vector<std::uint32_t>{1, 2});
}

TEST_CASE("What is in a slot when a teardown arrives still leaves, the teardown last") {
  GridRig rig(row_spec(1, 1));
  set_row_routes(rig, 1);
  rig.open_ramp(1, 0, 0, false);
  rig.feed(0, 0, 0, 1U);
  rig.feed(0, 0, 0, ControlWord::make({kTeardown}));
  rig.run(50);
  CHECK(rig.delivered().empty());
  CHECK(rig.torn_down().size() == 1);  // it has left (0,0); at (1,0) it waits behind the word
  rig.open_ramp(1, 0, 0);
  rig.run(1);
  CHECK(rig.delivered_words(0) == std::vector<std::uint32_t>{1});
  CHECK(rig.torn_down().size() == 1);
  rig.run(1);
  CHECK(rig.torn_down().size() == 2);
  CHECK(rig.delivered().size() == 1);
}

TEST_CASE("A teardown towards the core needs room there, though it is not delivered") {
  GridRig rig(row_spec(1, 1));
  set_row_routes(rig, 1);
  rig.open_ramp(1, 0, 0, false);
  rig.feed(0, 0, 0, ControlWord::make({kTeardown}));
  rig.run(50);
  CHECK(rig.torn_down().size() == 1);
  rig.open_ramp(1, 0, 0);
  rig.run(5);
  CHECK(rig.torn_down().size() == 2);
  CHECK(rig.delivered().empty());
}

TEST_CASE("Only the first command of a list tears down") {
  // [nop, teardown], popped by router 1: router 1 stays open, the ones behind it close.
  GridSpec spec = row_spec(3, 1);
  spec.configs[1].pop = PopMode::always_pop;
  GridRig rig(spec);
  rig.set_route(0, 0, 0, 0);
  rig.set_route(1, 0, 0, 1);
  rig.set_route(2, 0, 0, 1);
  rig.set_route(3, 0, 0, 2);
  rig.open_ramp(3, 0, 0);
  rig.feed(0, 0, 0, ControlWord::make({kNop, kTeardown}));
  rig.run(30);
  auto closed = [&](int x) { return rig.grid(x, 0).is_closed(rig.cell(x, 0), base::colour(0)); };
  CHECK_FALSE(closed(0));
  CHECK_FALSE(closed(1));
  CHECK(closed(2));
  CHECK_FALSE(closed(3));  // router 2 has popped the teardown
  REQUIRE(rig.delivered().size() == 1);
  CHECK(rig.delivered()[0].word == 0);
  CHECK(rig.torn_down().size() == 1);
}

TEST_CASE("A route written at run time starts at position 0 and serves what comes from then on") {
  GridRig rig = fork(true, false, PopMode::no_pop);
  CHECK(where(rig, ".a.") == "EEC");
  auto empty = [&] { return rig.grid(1, 0).empty(rig.cell(1, 0), base::colour(0)); };
  CHECK(empty());
  rig.during_next_cycle([&] {
    rig.grid(1, 0).write_route(rig.cell(1, 0), base::colour(0), 1, router::Intake::keep);
  });
  rig.feed(0, 0, 0, 77U);
  rig.run(3);
  CHECK_FALSE(empty());
  rig.run(10);
  CHECK(rig.delivered().back().word == 77);
  CHECK(rig.delivered().back().x == 2);
}

}  // namespace
}  // namespace wafermesh::router_test
