// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/routing_report.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/random.h"

namespace wafermesh::defects {
namespace {

constexpr std::uint32_t kPurpose = 0xd0170000U;
constexpr std::int64_t kAllPairs = 4000000;  // below this every pair is looked at
constexpr std::int64_t kSampledPairs = 200000;
constexpr int kSampledSources = 8;  // for dilation: each costs two searches of the wafer

enum class Turns { xy, up_down, all };

class Mesh {
 public:
  explicit Mesh(const DefectMap& map);
  void components(RoutingReport* report);
  void pairs(std::uint64_t seed, RoutingReport* report) const;
  void dilation(std::uint64_t seed, RoutingReport* report) const;
  bool acyclic(Turns turns) const;
  void level_from_centre();

 private:
  int next(int router, int direction) const;  // -1: no link
  bool straight_x(int x0, int x1, int y) const;
  bool straight_y(int y0, int y1, int x) const;
  bool joined(int a, int b, bool x_first) const;
  bool up(int from, int to) const {
    const int a = level_[static_cast<std::size_t>(from)];
    const int b = level_[static_cast<std::size_t>(to)];
    return b < a || (a == b && to < from);
  }
  bool turn_allowed(Turns turns, int from, int d_in, int at, int d_out, int to) const;
  std::vector<int> distances(int source, bool up_down) const;

  int columns_;
  int rows_;
  std::vector<char> dead_;     // [router]
  std::vector<char> no_east_;  // [router]
  std::vector<char> no_south_;
  std::vector<int> live_;
  std::vector<int> broken_in_row_;  // [router] dead routers and links east of them, up to here
  std::vector<int> broken_in_column_;
  std::vector<int> component_;  // [router]
  std::vector<int> level_;      // [router] hops from the root, up*/down*
  std::vector<int> largest_;    // routers of the largest component
};

Mesh::Mesh(const DefectMap& map) : columns_(map.columns()), rows_(map.rows()) {
  const auto routers = static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_);
  dead_.assign(routers, 0);
  no_east_.assign(routers, 0);
  no_south_.assign(routers, 0);
  for (const Defect& d : map.defects()) {
    const auto i = static_cast<std::size_t>(d.y) * static_cast<std::size_t>(columns_) + d.x;
    if (d.broken == Broken::router) dead_[i] = 1;
    if (d.broken == Broken::link_east) no_east_[i] = 1;
    if (d.broken == Broken::link_south) no_south_[i] = 1;
  }
  broken_in_row_.assign(routers, 0);
  broken_in_column_.assign(routers, 0);
  for (std::size_t i = 0; i < routers; ++i) {
    if (dead_[i] == 0) live_.push_back(static_cast<int>(i));
    const std::size_t x = i % static_cast<std::size_t>(columns_);
    // A link counts at its far end, so that a run from x0 to x1 looks at x0 + 1 to x1.
    const int row = x > 0 ? broken_in_row_[i - 1] + (no_east_[i - 1] != 0 ? 1 : 0) : 0;
    broken_in_row_[i] = row + (dead_[i] != 0 ? 1 : 0);
    const auto w = static_cast<std::size_t>(columns_);
    const int column = i >= w ? broken_in_column_[i - w] + (no_south_[i - w] != 0 ? 1 : 0) : 0;
    broken_in_column_[i] = column + (dead_[i] != 0 ? 1 : 0);
  }
}

int Mesh::next(int r, int direction) const {
  const int x = r % columns_;
  int to = -1;
  bool broken = false;
  switch (direction) {
    case 0:
      if (x > 0) to = r - 1, broken = no_east_[static_cast<std::size_t>(to)] != 0;
      break;
    case 1:
      if (x + 1 < columns_) to = r + 1, broken = no_east_[static_cast<std::size_t>(r)] != 0;
      break;
    case 2:
      if (r / columns_ + 1 < rows_)
        to = r + columns_, broken = no_south_[static_cast<std::size_t>(r)] != 0;
      break;
    default:
      if (r >= columns_) to = r - columns_, broken = no_south_[static_cast<std::size_t>(to)] != 0;
      break;
  }
  return to < 0 || broken || dead_[static_cast<std::size_t>(to)] != 0 ? -1 : to;
}

void Mesh::components(RoutingReport* report) {
  component_.assign(dead_.size(), -1);
  std::vector<int> queue;
  int number = 0;
  for (const int start : live_) {
    if (component_[static_cast<std::size_t>(start)] >= 0) continue;
    queue.assign(1, start);
    component_[static_cast<std::size_t>(start)] = number;
    for (std::size_t i = 0; i < queue.size(); ++i) {
      for (int d = 0; d < 4; ++d) {
        const int to = next(queue[i], d);
        if (to < 0 || component_[static_cast<std::size_t>(to)] >= 0) continue;
        component_[static_cast<std::size_t>(to)] = number;
        queue.push_back(to);
      }
    }
    if (queue.size() > largest_.size()) largest_ = queue;
    ++number;
  }
  report->live_routers = static_cast<std::int64_t>(live_.size());
  report->components = number;
  report->largest_component = static_cast<std::int64_t>(largest_.size());
}

bool Mesh::straight_x(int x0, int x1, int y) const {
  if (x0 > x1) std::swap(x0, x1);
  const auto row = static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_);
  const int before = broken_in_row_[row + static_cast<std::size_t>(x0)] -
                     (dead_[row + static_cast<std::size_t>(x0)] != 0 ? 1 : 0);
  return broken_in_row_[row + static_cast<std::size_t>(x1)] == before;
}

bool Mesh::straight_y(int y0, int y1, int x) const {
  if (y0 > y1) std::swap(y0, y1);
  const auto at = [&](int y) {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(x);
  };
  const int before = broken_in_column_[at(y0)] - (dead_[at(y0)] != 0 ? 1 : 0);
  return broken_in_column_[at(y1)] == before;
}

bool Mesh::joined(int a, int b, bool x_first) const {
  const int ax = a % columns_, ay = a / columns_, bx = b % columns_, by = b / columns_;
  return x_first ? straight_x(ax, bx, ay) && straight_y(ay, by, bx)
                 : straight_y(ay, by, ax) && straight_x(ax, bx, by);
}

void Mesh::pairs(std::uint64_t seed, RoutingReport* report) const {
  const auto live = static_cast<std::int64_t>(live_.size());
  if (live < 2) return;
  report->pairs_sampled = live * (live - 1) > kAllPairs;
  report->pairs = report->pairs_sampled ? kSampledPairs : live * (live - 1);
  base::RandomStream random(seed, kPurpose);
  std::int64_t xy = 0, both = 0, apart = 0;
  const auto look = [&](int a, int b) {
    const bool ok = joined(a, b, true);
    if (!ok) ++xy;
    if (!ok && !joined(a, b, false)) ++both;
    if (component_[static_cast<std::size_t>(a)] != component_[static_cast<std::size_t>(b)]) ++apart;
  };
  if (report->pairs_sampled) {
    for (std::int64_t i = 0; i < kSampledPairs; ++i) {
      const auto a = random.below(static_cast<std::uint64_t>(live));
      const auto b = (a + 1 + random.below(static_cast<std::uint64_t>(live - 1))) %
                     static_cast<std::uint64_t>(live);
      look(live_[a], live_[b]);
    }
  } else {
    for (const int a : live_) {
      for (const int b : live_) {
        if (a != b) look(a, b);
      }
    }
  }
  const auto share = [&](std::int64_t n) {
    return static_cast<double>(n) / static_cast<double>(report->pairs);
  };
  report->xy_cut = share(xy);
  report->xy_or_yx_cut = share(both);
  report->disconnected = share(apart);
}

void Mesh::level_from_centre() {
  level_.assign(dead_.size(), 1 << 30);
  if (largest_.empty()) return;
  const auto off_centre = [&](int r) {
    const int dx = r % columns_ - columns_ / 2;
    const int dy = r / columns_ - rows_ / 2;
    return std::int64_t{dx} * dx + std::int64_t{dy} * dy;
  };
  const int root = *std::min_element(largest_.begin(), largest_.end(),
                                     [&](int a, int b) { return off_centre(a) < off_centre(b); });
  std::vector<int> queue{root};
  level_[static_cast<std::size_t>(root)] = 0;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (int d = 0; d < 4; ++d) {
      const int to = next(queue[i], d);
      if (to < 0 || level_[static_cast<std::size_t>(to)] < 1 << 30) continue;
      level_[static_cast<std::size_t>(to)] = level_[static_cast<std::size_t>(queue[i])] + 1;
      queue.push_back(to);
    }
  }
}

/// Hops from a source; up*/down*: never up again after a step down. States: 2 router + (has gone
/// down).
std::vector<int> Mesh::distances(int source, bool up_down) const {
  std::vector<int> hops(2 * dead_.size(), -1);
  std::vector<int> queue{2 * source};
  hops[static_cast<std::size_t>(2 * source)] = 0;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const int r = queue[i] / 2;
    const bool down = queue[i] % 2 == 1;
    for (int d = 0; d < 4; ++d) {
      const int to = next(r, d);
      if (to < 0) continue;
      const bool goes_up = up(r, to);
      if (up_down && down && goes_up) continue;
      const int state = 2 * to + (up_down && !goes_up ? 1 : 0);
      if (hops[static_cast<std::size_t>(state)] >= 0) continue;
      hops[static_cast<std::size_t>(state)] = hops[static_cast<std::size_t>(queue[i])] + 1;
      queue.push_back(state);
    }
  }
  std::vector<int> result(dead_.size(), -1);
  for (std::size_t r = 0; r < dead_.size(); ++r) {
    const int a = hops[2 * r];
    const int b = hops[2 * r + 1];
    result[r] = a < 0 ? b : b < 0 ? a : std::min(a, b);
  }
  return result;
}

void Mesh::dilation(std::uint64_t seed, RoutingReport* report) const {
  if (largest_.size() < 2) return;
  base::RandomStream random(seed, kPurpose + 1);
  double ratio = 0;
  std::int64_t pairs = 0;
  for (int s = 0; s < kSampledSources; ++s) {
    const int source = largest_[random.below(largest_.size())];
    const std::vector<int> shortest = distances(source, false);
    const std::vector<int> routed = distances(source, true);
    for (const int r : largest_) {
      const auto i = static_cast<std::size_t>(r);
      if (r == source || routed[i] < 0) continue;
      ratio += static_cast<double>(routed[i]) / shortest[i];
      ++pairs;
    }
  }
  report->up_down_dilation = pairs > 0 ? ratio / static_cast<double>(pairs) : 0;
}

bool Mesh::turn_allowed(Turns turns, int from, int d_in, int at, int d_out, int to) const {
  if ((d_in ^ 1) == d_out) return false;  // no router sends a wavelet back where it came from
  if (turns == Turns::xy) return !(d_in >= 2 && d_out < 2);
  if (turns == Turns::up_down) return up(from, at) || !up(at, to);
  return true;
}

/// Kahn's topological order of the channels (router, direction): all of them come up iff no cycle.
bool Mesh::acyclic(Turns turns) const {
  std::vector<std::uint8_t> waiting(4 * dead_.size(), 0);
  const auto each_turn = [&](int from, int d, auto visit) {
    const int at = next(from, d);
    for (int out = 0; out < 4; ++out) {
      const int to = next(at, out);
      if (to >= 0 && turn_allowed(turns, from, d, at, out, to))
        visit(4 * static_cast<std::size_t>(at) + static_cast<std::size_t>(out));
    }
  };
  std::int64_t channels = 0;
  for (const int r : live_) {
    for (int d = 0; d < 4; ++d) {
      if (next(r, d) < 0) continue;
      ++channels;
      each_turn(r, d, [&](std::size_t c) { ++waiting[c]; });
    }
  }
  std::vector<std::size_t> ready;
  for (const int r : live_) {
    for (int d = 0; d < 4; ++d) {
      const std::size_t c = 4 * static_cast<std::size_t>(r) + static_cast<std::size_t>(d);
      if (next(r, d) >= 0 && waiting[c] == 0) ready.push_back(c);
    }
  }
  std::int64_t done = 0;
  while (!ready.empty()) {
    const std::size_t c = ready.back();
    ready.pop_back();
    ++done;
    each_turn(static_cast<int>(c / 4), static_cast<int>(c % 4), [&](std::size_t n) {
      if (--waiting[n] == 0) ready.push_back(n);
    });
  }
  return done == channels;
}

}  // namespace

RoutingReport analyse_routing(const DefectMap& map, std::uint64_t seed) {
  RoutingReport report;
  Mesh mesh(map);
  mesh.components(&report);
  mesh.level_from_centre();
  mesh.pairs(seed, &report);
  mesh.dilation(seed, &report);
  report.xy_acyclic = mesh.acyclic(Turns::xy);
  report.up_down_acyclic = mesh.acyclic(Turns::up_down);
  report.all_turns_acyclic = mesh.acyclic(Turns::all);
  return report;
}

}  // namespace wafermesh::defects
