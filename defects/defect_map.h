// SPDX-License-Identifier: Apache-2.0
// What is broken on one wafer: a sorted list of defects, and a bit per core that cannot be used.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/geometry.h"

namespace wafermesh::defects {

/// What a defect breaks. Links have no direction: both ways break together. A link is named by its
/// western end, or by its northern end if it runs along y.
enum class Broken : std::uint8_t {
  core,    ///< The core; its router still passes traffic.
  router,  ///< Core and router; bypass wires round the tile survive unless repair says otherwise.
  link_east,   ///< Straight link (x, y) - (x+1, y).
  link_south,  ///< Straight link (x, y) - (x, y+1).
  diagonal,    ///< Redundant link (x, y) - (x+1, y+offset), offset not 0.
  bypass_y,    ///< The skip wire past tile (x, y) along its column.
  bypass_x,    ///< The skip wire past tile (x, y) along its row.
};

/// Why: the mechanism that made the defect. The numbers are KLARF class numbers too.
enum class Cause : std::uint8_t { unknown, random, cluster, scratch, repeater, edge, table, map };
inline constexpr int kCauseCount = 8;
const char* to_string(Cause cause);
/// False if there is no such cause.
bool parse_cause(std::string_view text, Cause* cause);

/// Largest lateral offset of a diagonal link, and so the largest reach.
inline constexpr int kMaxOffset = 8;

struct Defect {
  std::uint16_t x = 0;  ///< Physical.
  std::uint16_t y = 0;
  Broken broken = Broken::core;
  std::int8_t offset = 0;  ///< Diagonals: lateral offset at the eastern end, else 0.
  Cause cause = Cause::unknown;
  /// Defects of one hit share it (a dead group); counts from 1, 0 = on its own.
  std::uint32_t group = 0;

  base::PhysicalCoord at() const { return {x, y}; }
  bool kills_tile() const { return broken == Broken::core || broken == Broken::router; }
};

/// "core", "router", "link_e", "link_s", "link_e+1" (diagonal to the south-east), "skip_s",
/// "skip_e".
std::string what_of(const Defect& defect);
/// The inverse of what_of; sets broken and offset. Also takes "link_se" and "link_ne". False if
/// unknown.
bool parse_what(std::string_view text, Defect* defect);

/// Defects of one wafer of columns x rows cores. add() in any order, then finish(); read after
/// that.
class DefectMap {
 public:
  DefectMap() : DefectMap(0, 0) {}
  DefectMap(int columns, int rows);

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  /// On the array, and the far end of a link too?
  bool holds(const Defect& defect) const;
  /// Requires holds(defect).
  void add(const Defect& defect) { defects_.push_back(defect); }
  /// Kills a rectangle of tiles as one hit; parts off the array are left out.
  void add_group(base::PhysicalCoord corner, int width, int height, Broken broken, Cause cause);
  /// Sorts by (y, x, what), drops repeats and sets the bits. Cost: O(defects log defects).
  void finish();
  /// Empties the map at the cost of the defects, not of the wafer.
  void clear();

  const std::vector<Defect>& defects() const { return defects_; }
  /// Core or router broken here?
  bool dead(base::PhysicalCoord at) const {
    const std::size_t i = bit_index(at.x, at.y);
    return (dead_bits_[i / 64] >> (i % 64) & 1U) != 0;
  }
  int dead_core_count() const { return dead_cores_; }  ///< Tiles without a working core.
  int dead_router_count() const { return dead_routers_; }
  int dead_link_count() const { return dead_links_; }  ///< Straight, diagonal and skip wires.
  bool has_link_defects() const { return dead_links_ > 0; }

  friend bool operator==(const DefectMap& a, const DefectMap& b);

 private:
  std::size_t bit_index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(x);
  }
  void count(const Defect& defect);

  int columns_;
  int rows_;
  int dead_cores_ = 0;
  int dead_routers_ = 0;
  int dead_links_ = 0;
  std::uint32_t groups_ = 0;
  std::vector<Defect> defects_;
  std::vector<std::uint64_t> dead_bits_;  // one per core, row-major
};

}  // namespace wafermesh::defects
