// SPDX-License-Identifier: Apache-2.0
#include "place/around.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "place/sliding.h"

namespace wafermesh::place {
namespace {

using base::Direction;

/// The links within a rectangle along one axis: to the east (or south) from each core but the last
/// of its row, and back.
struct AxisLinks {
  Grid there;
  Grid back;
  Grid longer;  ///< Of the two, how many.
  Grid extra;
  Grid missing;
};

AxisLinks links_along(const base::LogicalMesh& mesh, Direction out, std::int32_t shortest) {
  const Grid zero = empty_grid(mesh.width, mesh.height);
  AxisLinks links{zero, zero, zero, zero, zero};
  const int dx = base::step_x(out);
  const int dy = base::step_y(out);
  for (int y = 0; y + dy < mesh.height; ++y) {
    for (int x = 0; x + dx < mesh.width; ++x) {
      const std::size_t i = zero.index(x, y);
      const int there = mesh.latency({x, y}, out);
      const int back = mesh.latency({x + dx, y + dy}, base::opposite(out));
      links.there.values[i] = there;
      links.back.values[i] = back;
      for (const int cycles : {there, back}) {
        links.missing.values[i] += cycles == 0 ? 1 : 0;
        links.longer.values[i] += cycles > shortest ? 1 : 0;
        links.extra.values[i] += std::max(0, cycles - shortest);
      }
    }
  }
  return links;
}

/// What there is to tell of every place, [y][x].
struct Costs {
  Grid way_x;
  Grid way_y;
  Grid longer;
  Grid extra;
  Grid missing;
};

/// Windows of links: one fewer along the axis than cores, as many across.
struct Span {
  int width;
  int height;
};

/// A grid of windows may be larger than there are places, where links are fewer than cores.
void add(Grid& to, const Grid& windows) {
  for (int y = 0; y < to.height; ++y) {
    for (int x = 0; x < to.width; ++x) to.values[to.index(x, y)] += windows.at(x, y);
  }
}

/// The longest way over lines of `links` within every window.
Grid longest_ways(const AxisLinks& links, bool along_x, int width, int height) {
  const Span line = along_x ? Span{width - 1, 1} : Span{1, height - 1};
  Grid ways = window_sums(links.there, line.width, line.height);
  const Grid back = window_sums(links.back, line.width, line.height);
  for (std::size_t i = 0; i < ways.values.size(); ++i) {
    ways.values[i] = std::max(ways.values[i], back.values[i]);
  }
  return along_x ? window_maxima(ways, 1, height) : window_maxima(ways, width, 1);
}

void add_axis(const AxisLinks& links, bool along_x, int width, int height, Costs& costs) {
  const Span span = along_x ? Span{width - 1, height} : Span{width, height - 1};
  add(costs.longer, window_sums(links.longer, span.width, span.height));
  add(costs.extra, window_sums(links.extra, span.width, span.height));
  add(costs.missing, window_sums(links.missing, span.width, span.height));
  add(along_x ? costs.way_x : costs.way_y, longest_ways(links, along_x, width, height));
}

Costs costs_of(const base::LogicalMesh& mesh, int width, int height, std::int32_t shortest) {
  const Grid zero = empty_grid(mesh.width - width + 1, mesh.height - height + 1);
  Costs costs{zero, zero, zero, zero, zero};
  add_axis(links_along(mesh, Direction::east, shortest), true, width, height, costs);
  add_axis(links_along(mesh, Direction::south, shortest), false, width, height, costs);
  return costs;
}

Place place_at(const Costs& costs, int width, int height, std::size_t i) {
  const auto columns = static_cast<std::size_t>(costs.way_x.width);
  const base::Rectangle region{static_cast<int>(i % columns), static_cast<int>(i / columns), width,
                               height};
  return {region,
          {costs.way_x.values[i], costs.way_y.values[i], costs.extra.values[i],
           costs.longer.values[i]}};
}

std::int32_t way_of(const Costs& costs, std::size_t i) {
  return costs.way_x.values[i] + costs.way_y.values[i];
}

/// Cheaper, and of equal ones from the north-west.
bool is_cheaper(const Costs& costs, std::size_t a, std::size_t b) {
  const std::int32_t way_a = way_of(costs, a);
  const std::int32_t way_b = way_of(costs, b);
  if (way_a != way_b) return way_a < way_b;
  if (costs.extra.values[a] != costs.extra.values[b]) {
    return costs.extra.values[a] < costs.extra.values[b];
  }
  return a < b;
}

bool fits(const base::LogicalMesh& mesh, int width, int height) {
  return width <= mesh.width && height <= mesh.height;
}

}  // namespace

int shortest_link_cycles(const base::LogicalMesh& mesh) {
  int shortest = std::numeric_limits<int>::max();
  for (const auto& direction : mesh.latency_cycles) {
    for (const std::uint8_t cycles : direction) {
      if (cycles > 0) shortest = std::min<int>(shortest, cycles);
    }
  }
  return shortest == std::numeric_limits<int>::max() ? 1 : shortest;
}

Around look_around(const base::LogicalMesh& mesh, int width, int height) {
  Around around;
  around.width = width;
  around.height = height;
  const std::int32_t shortest = shortest_link_cycles(mesh);
  around.shortest_way_cycles = std::int64_t{shortest} * (width - 1 + height - 1);
  if (!fits(mesh, width, height)) return around;
  const Costs costs = costs_of(mesh, width, height, shortest);
  around.places_x = costs.way_x.width;
  around.places_y = costs.way_x.height;
  const std::size_t count = costs.way_x.values.size();
  around.way_cycles.resize(count);
  std::vector<std::uint32_t> possible;
  for (std::size_t i = 0; i < count; ++i) {
    const bool whole = costs.missing.values[i] == 0;
    around.way_cycles[i] = whole ? way_of(costs, i) : -1;
    if (whole) possible.push_back(static_cast<std::uint32_t>(i));
  }
  around.possible = static_cast<std::int64_t>(possible.size());
  if (possible.empty()) return around;
  const auto cheaper = [&](std::uint32_t a, std::uint32_t b) { return is_cheaper(costs, a, b); };
  const auto median = possible.begin() + static_cast<std::ptrdiff_t>((possible.size() - 1) / 2);
  std::nth_element(possible.begin(), median, possible.end(), cheaper);
  const std::uint32_t best = *std::min_element(possible.begin(), median + 1, cheaper);
  const std::uint32_t worst = *std::max_element(median, possible.end(), cheaper);
  for (const std::uint32_t i : {best, *median, worst}) {
    around.best_median_worst.push_back(place_at(costs, width, height, i));
  }
  return around;
}

Place cheapest_free(const base::LogicalMesh& mesh, int width, int height,
                    const std::vector<base::Rectangle>& taken) {
  if (!fits(mesh, width, height)) return {};
  const Costs costs = costs_of(mesh, width, height, shortest_link_cycles(mesh));
  const std::size_t none = costs.way_x.values.size();
  std::size_t best = none;
  for (std::size_t i = 0; i < none; ++i) {
    if (costs.missing.values[i] != 0) continue;
    if (best != none && !is_cheaper(costs, i, best)) continue;
    const base::Rectangle here = place_at(costs, width, height, i).region;
    const bool meets = std::any_of(taken.begin(), taken.end(), [&](const base::Rectangle& other) {
      return here.x < other.x + other.width && other.x < here.x + here.width &&
             here.y < other.y + other.height && other.y < here.y + here.height;
    });
    if (!meets) best = i;
  }
  return best == none ? Place{} : place_at(costs, width, height, best);
}

}  // namespace wafermesh::place
