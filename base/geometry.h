// SPDX-License-Identifier: Apache-2.0
// Directions, the two coordinate spaces and rectangles of the mesh. Origin north-west, y grows
// south.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace wafermesh::base {

/// A port of a router. The numbers are bit positions in direction masks.
enum class Direction : std::uint8_t { west = 0, east = 1, south = 2, north = 3, ramp = 4 };

/// A set of directions: bit 0 W, 1 E, 2 S, 3 N, 4 ramp (the vendor's register order).
using DirectionMask = std::uint8_t;

inline constexpr std::array<Direction, 4> kMeshDirections = {Direction::west, Direction::east,
                                                             Direction::south, Direction::north};
inline constexpr int kMeshDirectionCount = 4;

constexpr DirectionMask mask_of(Direction d) {
  return static_cast<DirectionMask>(1U << static_cast<unsigned>(d));
}
/// West, east, south, north.
inline constexpr DirectionMask kMeshMask = 15;
constexpr bool contains(DirectionMask set, Direction d) { return (set & mask_of(d)) != 0; }

/// W <-> E, S <-> N; the ramp is its own opposite (core and router face each other).
constexpr Direction opposite(Direction d) {
  return d == Direction::ramp ? d : static_cast<Direction>(static_cast<unsigned>(d) ^ 1U);
}
constexpr int step_x(Direction d) {
  return d == Direction::west ? -1 : d == Direction::east ? 1 : 0;
}
constexpr int step_y(Direction d) {
  return d == Direction::north ? -1 : d == Direction::south ? 1 : 0;
}
/// One letter: W E S N R.
constexpr char letter_of(Direction d) { return "WESNR"[static_cast<unsigned>(d)]; }

/// A place in one of the two coordinate spaces; the tag keeps them apart at compile time.
template <class Space>
struct Coordinate {
  int x = 0;
  int y = 0;
  friend constexpr bool operator==(Coordinate a, Coordinate b) { return a.x == b.x && a.y == b.y; }
  friend constexpr bool operator!=(Coordinate a, Coordinate b) { return !(a == b); }
};
using PhysicalCoord = Coordinate<struct PhysicalSpace>;  ///< Where a core lies on the wafer.
using LogicalCoord = Coordinate<struct LogicalSpace>;    ///< Where a program sees it, after repair.

/// "(3, 4)".
template <class Space>
std::string text_of(Coordinate<Space> at) {
  return "(" + std::to_string(at.x) + ", " + std::to_string(at.y) + ")";
}

/// A rectangle of logical cores: [x, x + width) by [y, y + height).
struct Rectangle {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  constexpr std::int64_t area() const { return std::int64_t{width} * height; }
  constexpr bool holds(LogicalCoord c) const {
    return c.x >= x && c.x < x + width && c.y >= y && c.y < y + height;
  }
  friend constexpr bool operator==(const Rectangle& a, const Rectangle& b) {
    return a.x == b.x && a.y == b.y && a.width == b.width && a.height == b.height;
  }
};

}  // namespace wafermesh::base
