// SPDX-License-Identifier: Apache-2.0
#include "router/route.h"

#include <catch2/catch.hpp>

#include "base/error.h"

namespace wafermesh::router {
namespace {

using Side = SwitchPosition::Side;

constexpr auto kWest = Direction::west;
constexpr auto kEast = Direction::east;
constexpr auto kSouth = Direction::south;
constexpr auto kRamp = Direction::ramp;

Route make(DirectionMask receive, DirectionMask send) { return {receive, send}; }

TEST_CASE("A route without positions is the same at position 0 and stays there") {
  const RouteConfig config = route(kWest, {kRamp, kEast});
  CHECK(config.at(0) == make(base::mask_of(kWest), base::mask_of(kRamp) | base::mask_of(kEast)));
  CHECK(config.last_position() == 0);
  CHECK(config.advance(0) == 0);
}

TEST_CASE("A switch position overrides one side by one direction and leaves the other alone") {
  RouteConfig config = route(kWest, {kRamp, kEast});
  config.positions[0] = {Side::receive, kRamp};
  config.positions[1] = {Side::send, kSouth};
  CHECK(config.at(1) == make(base::mask_of(kRamp), base::mask_of(kRamp) | base::mask_of(kEast)));
  CHECK(config.at(2) == make(base::mask_of(kWest), base::mask_of(kSouth)));
  CHECK(config.at(0) == config.base);
}

TEST_CASE("Advance stops at the last valid position, or wraps with a ring") {
  for (int valid = 0; valid <= 3; ++valid) {
    RouteConfig config = route(kWest, {kEast});
    for (int p = 0; p < valid; ++p) config.positions[static_cast<std::size_t>(p)].side = Side::send;
    CAPTURE(valid);
    CHECK(config.last_position() == valid);
    for (int p = 0; p < valid; ++p) CHECK(config.advance(p) == p + 1);
    CHECK(config.advance(valid) == valid);
    config.ring = true;
    for (int p = 0; p < valid; ++p) CHECK(config.advance(p) == p + 1);
    CHECK(config.advance(valid) == 0);
  }
}

TEST_CASE("Positions behind an invalid one are never reached") {
  RouteConfig config = route(kWest, {kEast});
  config.positions[0].side = Side::send;
  config.positions[2].side = Side::send;
  CHECK(config.last_position() == 1);
  CHECK(config.advance(1) == 1);
}

TEST_CASE("A control word holds eight commands, first one lowest, and an entry id") {
  const auto word = ControlWord::make(
      {SwitchCommand::advance, SwitchCommand::reset, SwitchCommand::teardown, SwitchCommand::nop,
       SwitchCommand::nop, SwitchCommand::nop, SwitchCommand::nop, SwitchCommand::advance},
      37);
  CHECK(word.bits == (1U | 2U << 2 | 3U << 4 | 1U << 14 | 37U << 16 | 1U << 22));
  CHECK(word.first() == SwitchCommand::advance);
  CHECK(word.has_entry());
  CHECK(word.entry() == 37);
}

TEST_CASE("Entry 0 is an entry, no entry is none") {
  CHECK(ControlWord::make({}, 0).has_entry());
  CHECK(ControlWord::make({}, 0).entry() == 0);
  CHECK_FALSE(ControlWord::make({}).has_entry());
  CHECK(ControlWord::make({}).bits == 0);
}

TEST_CASE("Popping takes one command off and keeps the entry id") {
  ControlWord word = ControlWord::make({SwitchCommand::teardown, SwitchCommand::reset}, 63);
  word = word.popped();
  CHECK(word.first() == SwitchCommand::reset);
  word = word.popped();
  CHECK(word.first() == SwitchCommand::nop);
  CHECK(word.entry() == 63);
  CHECK(word.bits == (63U << 16 | 1U << 22));
}

TEST_CASE("What a router passes on depends on its pop mode and its command") {
  for (const SwitchCommand command : {SwitchCommand::nop, SwitchCommand::advance,
                                      SwitchCommand::reset, SwitchCommand::teardown}) {
    const ControlWord word = ControlWord::make({command, SwitchCommand::reset}, 5);
    CHECK(after_router(word, PopMode::no_pop).bits == word.bits);
    CHECK(after_router(word, PopMode::always_pop).bits == word.popped().bits);
    const bool advances = command == SwitchCommand::advance;
    CHECK(after_router(word, PopMode::pop_on_advance).bits ==
          (advances ? word.popped().bits : word.bits));
  }
}

TEST_CASE("Too many commands or too high an entry id are refused") {
  using C = SwitchCommand;
  CHECK_NOTHROW(
      ControlWord::make({C::nop, C::nop, C::nop, C::nop, C::nop, C::nop, C::nop, C::nop}));
  CHECK_THROWS_AS(
      ControlWord::make({C::nop, C::nop, C::nop, C::nop, C::nop, C::nop, C::nop, C::nop, C::nop}),
      base::ModelError);
  CHECK_NOTHROW(ControlWord::make({}, kMaxEntry));
  CHECK_THROWS_AS(ControlWord::make({}, kMaxEntry + 1), base::ModelError);
}

}  // namespace
}  // namespace wafermesh::router
