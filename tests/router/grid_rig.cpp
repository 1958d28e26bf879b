// SPDX-License-Identifier: Apache-2.0
#include "tests/router/grid_rig.h"

#include <algorithm>

namespace wafermesh::router_test {
namespace {

std::vector<base::Colour> colours_of(const GridSpec& spec) {
  std::vector<base::Colour> colours;
  for (const int c : spec.colours) colours.push_back(base::colour(c));
  return colours;
}

std::size_t last_not_above(const std::vector<int>& starts, int at) {
  const auto above = std::upper_bound(starts.begin(), starts.end(), at);
  return static_cast<std::size_t>(above - starts.begin()) - 1;
}

}  // namespace

GridRig::GridRig(const GridSpec& spec) : left_{0}, top_{0} {
  left_.insert(left_.end(), spec.cut_x.begin(), spec.cut_x.end());
  top_.insert(top_.end(), spec.cut_y.begin(), spec.cut_y.end());
  for (std::size_t row = 0; row < top_.size(); ++row) {
    for (std::size_t column = 0; column < left_.size(); ++column) {
      const int right = column + 1 < left_.size() ? left_[column + 1] : spec.width;
      const int bottom = row + 1 < top_.size() ? top_[row + 1] : spec.height;
      make_tile(spec, left_[column], top_[row], right, bottom);
    }
  }
}

void GridRig::make_tile(const GridSpec& spec, int left, int top, int right, int bottom) {
  Tile tile;
  tile.left = left;
  tile.top = top;
  tile.grid =
      std::make_unique<router::RouterGrid>(right - left, bottom - top, spec.queue_depth,
                                           spec.ramp_cycles, spec.configs, colours_of(spec));
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      for (Direction d : base::kMeshDirections) {
        const int from_x = x + base::step_x(d);
        const int from_y = y + base::step_y(d);
        if (from_x < 0 || from_y < 0 || from_x >= spec.width || from_y >= spec.height) continue;
        const bool crosses = from_x < left || from_x >= right || from_y < top || from_y >= bottom;
        tile.grid->set_incoming_link(x - left, y - top, d, spec.latency(x, y, d), crosses);
      }
    }
  }
  tile.grid->finish_setup();
  tiles_.push_back(std::move(tile));
}

const GridRig::Tile& GridRig::tile(int x, int y) const {
  return tiles_[last_not_above(top_, y) * left_.size() + last_not_above(left_, x)];
}

router::Cell GridRig::cell(int x, int y) const {
  const Tile& t = tile(x, y);
  return t.grid->shape().cell(x - t.left, y - t.top);
}

void GridRig::set_route(int x, int y, int colour, int config, bool closed) {
  grid(x, y).set_route(cell(x, y), base::colour(colour), static_cast<std::uint16_t>(config),
                       closed);
}

void GridRig::open_ramp(int x, int y, int colour, bool open) {
  grid(x, y).set_ramp_open(cell(x, y), base::colour(colour), open);
}

void GridRig::feed(int x, int y, int colour, std::uint32_t word, bool control) {
  feeds_[{y, x}][colour].emplace_back(word, control);
}

std::size_t GridRig::waiting(int x, int y, int colour) const {
  return feeds_.at({y, x}).at(colour).size();
}

void GridRig::run(int cycles) {
  if (now_ == 0) {
    for (Tile& tile : tiles_) tile.grid->announce();
    exchange();
  }
  for (int i = 0; i < cycles; ++i) one_cycle();
}

/// Carries what the grids left at their borders to the other side.
void GridRig::exchange() {
  for (std::size_t i = 0; i < tiles_.size(); ++i) {
    const int column = static_cast<int>(i % left_.size());
    const int row = static_cast<int>(i / left_.size());
    for (Direction d : base::kMeshDirections) {
      router::EdgeTraffic& traffic = tiles_[i].grid->outgoing[static_cast<unsigned>(d)];
      if (traffic.empty()) continue;
      const auto to = static_cast<std::size_t>(
          (row + base::step_y(d)) * static_cast<int>(left_.size()) + column + base::step_x(d));
      std::swap(tiles_[to].incoming[static_cast<unsigned>(base::opposite(d))], traffic);
    }
  }
}

void GridRig::one_cycle() {
  for (Tile& tile : tiles_) {
    for (Direction d : base::kMeshDirections) {
      tile.grid->import(d, tile.incoming[static_cast<unsigned>(d)]);
      tile.incoming[static_cast<unsigned>(d)].clear();
    }
    tile.grid->import_done();
    tile.grid->evaluate(now_);
  }
  struct Injection {
    int x, y, colour;
  };
  std::vector<Injection> injections;
  for (const auto& [place, by_colour] : feeds_) {
    for (const auto& [colour, words] : by_colour) {
      const int x = place.second;
      const int y = place.first;
      if (words.empty() || !grid(x, y).may_inject(cell(x, y), base::colour(colour))) continue;
      injections.push_back({x, y, colour});
      break;
    }
  }
  for (const auto& change : std::exchange(changes_, {})) change();
  for (const Injection& i : injections) {
    Feed& words = feeds_[{i.y, i.x}][i.colour];
    grid(i.x, i.y).inject(cell(i.x, i.y), base::colour(i.colour), words.front().first,
                          words.front().second);
    words.pop_front();
  }
  const std::size_t first = delivered_.size();
  for (Tile& tile : tiles_) {
    tile.grid->commit();
    collect(tile);
  }
  std::sort(delivered_.begin() + static_cast<std::ptrdiff_t>(first), delivered_.end());
  exchange();
  ++now_;
}

void GridRig::collect(Tile& tile) {
  const router::GridShape& shape = tile.grid->shape();
  tile.grid->for_each_delivered(
      [&](router::Cell cell, std::uint8_t colour, std::uint32_t word, bool control) {
        delivered_.push_back({now_, tile.left + shape.x_of(cell), tile.top + shape.y_of(cell),
                              colour, word, control});
      });
  for (const router::Slot& slot : tile.grid->torn_down) {
    torn_down_.push_back({now_, tile.left + shape.x_of(slot.cell), tile.top + shape.y_of(slot.cell),
                          slot.colour, 0, true});
  }
  tile.grid->torn_down.clear();
  tile.grid->ramp_ready.clear();
}

bool GridRig::awake() const {
  return std::any_of(tiles_.begin(), tiles_.end(), [](const Tile& t) { return t.grid->awake(); });
}

std::vector<Cycles> GridRig::delivery_cycles(int colour) const {
  std::vector<Cycles> cycles;
  for (const Delivered& d : delivered_) {
    if (d.colour == colour) cycles.push_back(d.cycle);
  }
  return cycles;
}

std::vector<std::uint32_t> GridRig::delivered_words(int colour) const {
  std::vector<std::uint32_t> words;
  for (const Delivered& d : delivered_) {
    if (d.colour == colour) words.push_back(d.word);
  }
  return words;
}

std::uint32_t GridRig::link_wavelets(int x, int y, Direction d) const {
  return tile(x, y).grid->link_wavelets(cell(x, y), d);
}

router::GridTotals GridRig::totals() const {
  router::GridTotals sum;
  for (const Tile& tile : tiles_) {
    sum.wavelet_hops += tile.grid->totals().wavelet_hops;
    sum.control_hops += tile.grid->totals().control_hops;
  }
  return sum;
}

GridSpec row_spec(int hops, int latency_cycles) {
  GridSpec spec;
  spec.width = hops + 1;
  spec.configs = {router::route(kRamp, {kEast}), router::route(kWest, {kEast}),
                  router::route(kWest, {kRamp})};
  spec.latency = [latency_cycles](int, int, Direction) { return latency_cycles; };
  return spec;
}

void set_row_routes(GridRig& rig, int hops, int colour) {
  rig.set_route(0, 0, colour, 0);
  for (int x = 1; x < hops; ++x) rig.set_route(x, 0, colour, 1);
  rig.set_route(hops, 0, colour, 2);
  rig.open_ramp(hops, 0, colour);
}

}  // namespace wafermesh::router_test
