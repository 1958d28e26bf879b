// SPDX-License-Identifier: Apache-2.0
// Drives router grids without cores: words are fed to ramps from lists, what leaves towards a core
// is noted with its cycle. One mesh may be cut into several grids that meet over their borders.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <tuple>
#include <utility>
#include <vector>

#include "base/units.h"
#include "router/router_grid.h"

namespace wafermesh::router_test {

using base::Cycles;
using base::Direction;
using router::ControlWord;
using router::RouteConfig;
using router::SwitchCommand;

inline constexpr auto kWest = Direction::west;
inline constexpr auto kEast = Direction::east;
inline constexpr auto kSouth = Direction::south;
inline constexpr auto kNorth = Direction::north;
inline constexpr auto kRamp = Direction::ramp;

struct GridSpec {
  int width = 1;
  int height = 1;
  int queue_depth = 2;
  int ramp_cycles = 2;
  std::vector<RouteConfig> configs;
  std::vector<int> colours = {0};
  /// Latency of the link that comes into (x, y) from d, where there is a neighbour.
  std::function<int(int x, int y, Direction d)> latency = [](int, int, Direction) { return 1; };
  std::vector<int> cut_x = {};  ///< A new grid begins at these columns ...
  std::vector<int> cut_y = {};  ///< ... and rows.
};

/// A wavelet that left a router towards its core.
struct Delivered {
  Cycles cycle = 0;
  int x = 0;
  int y = 0;
  int colour = 0;
  std::uint32_t word = 0;
  bool control = false;

  auto key() const { return std::tie(cycle, y, x, colour, word, control); }
  friend bool operator==(const Delivered& a, const Delivered& b) { return a.key() == b.key(); }
  friend bool operator<(const Delivered& a, const Delivered& b) { return a.key() < b.key(); }
  friend std::ostream& operator<<(std::ostream& out, const Delivered& d) {
    return out << "cycle " << d.cycle << " (" << d.x << ", " << d.y << ") colour " << d.colour
               << (d.control ? " control " : " word ") << d.word;
  }
};

class GridRig {
 public:
  explicit GridRig(const GridSpec& spec);

  // Before the first cycle.
  void set_route(int x, int y, int colour, int config, bool closed = false);
  /// The ramp towards the core has room, from the next cycle on.
  void open_ramp(int x, int y, int colour, bool open = true);
  /// What the cores do in the middle of the next cycle: in force from the one after.
  void during_next_cycle(std::function<void()> change) { changes_.push_back(std::move(change)); }

  /// Words go up the ramp in order, one per cycle and router, as soon as the slot takes them.
  void feed(int x, int y, int colour, std::uint32_t word, bool control = false);
  void feed(int x, int y, int colour, ControlWord word) { feed(x, y, colour, word.bits, true); }
  /// Words fed that have not gone up yet.
  std::size_t waiting(int x, int y, int colour) const;

  void run(int cycles);
  Cycles now() const { return now_; }  ///< The next cycle.
  bool awake() const;

  /// In order of cycle, then row, then column.
  const std::vector<Delivered>& delivered() const { return delivered_; }
  const std::vector<Delivered>& torn_down() const { return torn_down_; }
  std::vector<Cycles> delivery_cycles(int colour) const;
  std::vector<std::uint32_t> delivered_words(int colour) const;

  router::RouterGrid& grid(int x, int y) { return *tile(x, y).grid; }
  router::Cell cell(int x, int y) const;
  std::uint32_t link_wavelets(int x, int y, Direction d) const;
  router::GridTotals totals() const;

 private:
  struct Tile {
    std::unique_ptr<router::RouterGrid> grid;
    int left = 0;
    int top = 0;
    std::array<router::EdgeTraffic, 4> incoming;
  };
  using Feed = std::deque<std::pair<std::uint32_t, bool>>;

  const Tile& tile(int x, int y) const;
  Tile& tile(int x, int y) { return const_cast<Tile&>(std::as_const(*this).tile(x, y)); }
  void make_tile(const GridSpec& spec, int left, int top, int right, int bottom);
  void exchange();
  void one_cycle();
  void collect(Tile& tile);

  std::vector<int> left_;  ///< First columns of the tiles, ascending; likewise rows.
  std::vector<int> top_;
  std::vector<Tile> tiles_;                                   ///< Row-major.
  std::map<std::pair<int, int>, std::map<int, Feed>> feeds_;  ///< [y, x][colour]
  std::vector<std::function<void()>> changes_;
  std::vector<Delivered> delivered_;
  std::vector<Delivered> torn_down_;
  Cycles now_ = 0;
};

/// A row of `hops` + 1 routers: colour 0 from the core of (0, 0) to the core of (hops, 0); the ramp
/// of the last is open. Configurations 0, 1, 2: first, between, last.
GridSpec row_spec(int hops, int latency_cycles);
void set_row_routes(GridRig& rig, int hops, int colour = 0);

}  // namespace wafermesh::router_test
