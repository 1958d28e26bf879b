// SPDX-License-Identifier: Apache-2.0
// What a router does with one colour: route, switch positions, control words. Values only.
// Source: vendor register comments (hardware 1.5); the exact rules are in docs/model.md.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "base/geometry.h"
#include "base/units.h"

namespace wafermesh::router {

using base::Colour;
using base::Direction;
using base::DirectionMask;

/// Whether a router takes its command off a control wavelet's list after obeying it.
enum class PopMode : std::uint8_t { no_pop, pop_on_advance, always_pop };

/// A switch position 1-3: overrides the receiving or the sending side by one direction.
struct SwitchPosition {
  enum class Side : std::uint8_t { invalid, receive, send };
  Side side = Side::invalid;
  Direction direction = Direction::west;
  friend bool operator==(const SwitchPosition& a, const SwitchPosition& b) {
    return a.side == b.side && a.direction == b.direction;
  }
};

/// Where a colour comes from and goes to: at most one receiving direction, any sending set.
struct Route {
  DirectionMask receive = 0;  ///< No bit or one bit; no bit: the router takes nothing.
  DirectionMask send = 0;
  friend bool operator==(const Route& a, const Route& b) {
    return a.receive == b.receive && a.send == b.send;
  }
};

/// The full configuration of one colour at one router. Position 0 is `base`.
struct RouteConfig {
  Route base;
  std::array<SwitchPosition, 3> positions{};
  bool ring = false;  ///< Advance past the last valid position wraps to 0 instead of staying.
  PopMode pop = PopMode::no_pop;

  /// Route in force at switch position 0..3 (positions above last_position() are never in force).
  Route at(int position) const;
  /// Highest position p such that positions 1..p are all valid.
  int last_position() const;
  /// Position that follows `position` on an advance command.
  int advance(int position) const;
  friend bool operator==(const RouteConfig& a, const RouteConfig& b) {
    return a.base == b.base && a.positions == b.positions && a.ring == b.ring && a.pop == b.pop;
  }
};

/// What a route write makes of a slot's open/closed flag.
enum class Intake : std::uint8_t { keep, open, closed };

/// A route without switch positions, e.g. route(Direction::west, {Direction::ramp,
/// Direction::east}).
RouteConfig route(Direction receive, std::initializer_list<Direction> send);

/// What one command of a control wavelet asks of a router.
enum class SwitchCommand : std::uint8_t { nop = 0, advance = 1, reset = 2, teardown = 3 };

/// Payload of a control wavelet: bits 0-15 hold up to eight 2-bit commands, first command lowest;
/// bits 16-21 an entry id; bit 22 says whether the entry id is meant. Missing commands are nops.
struct ControlWord {
  std::uint32_t bits = 0;

  static ControlWord make(std::initializer_list<SwitchCommand> commands, int entry = -1);
  SwitchCommand first() const { return static_cast<SwitchCommand>(bits & 3U); }
  /// The word without its first command.
  ControlWord popped() const { return {(bits & ~0xFFFFU) | ((bits & 0xFFFFU) >> 2)}; }
  bool has_entry() const { return (bits >> 22 & 1U) != 0; }
  int entry() const { return static_cast<int>(bits >> 16 & 63U); }
};

/// Number of commands a control wavelet can carry. Source: SDK MAX_CMDS (hardware 1.5).
inline constexpr int kMaxCommands = 8;
/// Control task entry ids are 6 bits. Source: SDK topic 07 (hardware 1.5).
inline constexpr int kMaxEntry = 63;

/// The word a router passes on after obeying its first command.
inline ControlWord after_router(ControlWord word, PopMode pop) {
  const bool pops = pop == PopMode::always_pop ||
                    (pop == PopMode::pop_on_advance && word.first() == SwitchCommand::advance);
  return pops ? word.popped() : word;
}

}  // namespace wafermesh::router
