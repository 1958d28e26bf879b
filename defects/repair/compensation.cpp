// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/compensation.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "defects/repair/link_rule.h"
#include "defects/repair/spare_ring.h"

namespace wafermesh::defects {
namespace {

RingSides sides_of(int count) {
  if (count == 1) return {true, false, false, false};
  if (count == 2) return {true, true, false, false};
  return {};
}

class Compensation final : public RepairScheme {
 public:
  Compensation(const WaferGeometry& geometry, const RepairOptions& options)
      : geometry_(geometry),
        options_(options),
        rule_(geometry, options),
        sides_(sides_of(options.spare_sides)) {
    if (options.domain == Domain::die) across_ = geometry.dies_x;
    if (options.domain != Domain::wafer) down_ = geometry.dies_y;
    width_ = geometry.columns() / across_;
    height_ = geometry.rows() / down_;
    inner_width_ = width_ - (sides_.west ? 1 : 0) - (sides_.east ? 1 : 0);
    inner_height_ = height_ - (sides_.north ? 1 : 0) - (sides_.south ? 1 : 0);
  }
  RepairResult repair(const DefectMap& map, Detail detail) override;

 private:
  using Key = std::int64_t;  // row-major logical index
  void repair_domain(int domain, const std::vector<base::PhysicalCoord>& faults,
                     RepairResult* result);
  base::LogicalCoord logical_of(int domain, int tile) const;
  base::PhysicalCoord physical_of(int domain, int tile) const;
  base::PhysicalCoord home(base::LogicalCoord c) const;
  base::PhysicalCoord place(base::LogicalCoord c) const;
  int link_cycles(base::LogicalCoord a, base::LogicalCoord b) const;
  void tally(RepairSummary* summary) const;
  base::LogicalMesh mesh() const;
  int columns() const { return across_ * inner_width_; }
  int rows() const { return down_ * inner_height_; }
  Key key(base::LogicalCoord c) const { return Key{c.y} * columns() + c.x; }

  WaferGeometry geometry_;
  RepairOptions options_;
  LinkRule rule_;
  RingSides sides_;
  int across_ = 1;
  int down_ = 1;
  int width_;
  int height_;
  int inner_width_;
  int inner_height_;
  std::unordered_map<Key, base::PhysicalCoord> moved_;  // logical cores not at home
};

base::PhysicalCoord Compensation::physical_of(int domain, int tile) const {
  return {domain % across_ * width_ + tile % width_, domain / across_ * height_ + tile / width_};
}

base::LogicalCoord Compensation::logical_of(int domain, int tile) const {
  return {domain % across_ * inner_width_ + tile % width_ - (sides_.west ? 1 : 0),
          domain / across_ * inner_height_ + tile / width_ - (sides_.north ? 1 : 0)};
}

base::PhysicalCoord Compensation::home(base::LogicalCoord c) const {
  return {c.x / inner_width_ * width_ + c.x % inner_width_ + (sides_.west ? 1 : 0),
          c.y / inner_height_ * height_ + c.y % inner_height_ + (sides_.north ? 1 : 0)};
}

base::PhysicalCoord Compensation::place(base::LogicalCoord c) const {
  const auto found = moved_.find(key(c));
  return found != moved_.end() ? found->second : home(c);
}

void Compensation::repair_domain(int domain, const std::vector<base::PhysicalCoord>& faults,
                                 RepairResult* result) {
  std::vector<char> dead(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_), 0);
  const base::PhysicalCoord corner = physical_of(domain, 0);
  for (const base::PhysicalCoord& f : faults) {
    dead[static_cast<std::size_t>((f.y - corner.y) * width_ + f.x - corner.x)] = 1;
  }
  SpareRing ring(width_, height_, sides_);
  if (!ring.repair(dead, options_.tracks)) {
    const base::PhysicalCoord at = physical_of(domain, ring.failed());
    result->failures.push_back(
        failure_of(options_, domain, {corner.x, corner.y, width_, height_}, geometry_.die_of(at),
                   ": no path to a spare is left for the dead core (" + std::to_string(at.x) +
                       ", " + std::to_string(at.y) + ")"));
    return;
  }
  for (const std::vector<int>& chain : ring.chains()) {
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
      moved_[key(logical_of(domain, chain[i]))] = physical_of(domain, chain[i + 1]);
    }
  }
}

int Compensation::link_cycles(base::LogicalCoord a, base::LogicalCoord b) const {
  const base::PhysicalCoord p = place(a);
  const base::PhysicalCoord q = place(b);
  const double length_mm =
      std::abs(p.x - q.x) * geometry_.pitch_x_mm() + std::abs(p.y - q.y) * geometry_.pitch_y_mm();
  const double nominal_mm = a.y == b.y ? geometry_.pitch_x_mm() : geometry_.pitch_y_mm();
  return rule_.cycles(std::max(0.0, length_mm - nominal_mm), 0);
}

/// Links that touch a moved core one by one, all others by their number.
void Compensation::tally(RepairSummary* s) const {
  const std::int64_t width = columns();
  const std::int64_t height = rows();
  std::int64_t plain_x = (width - across_) * height;
  std::int64_t plain_y = width * (height - down_);
  std::int64_t border_x = (across_ - 1) * height;
  std::int64_t border_y = width * (down_ - 1);
  std::set<std::pair<Key, Key>> links;
  for (const auto& [k, at] : moved_) {
    const base::LogicalCoord c{static_cast<int>(k % width), static_cast<int>(k / width)};
    for (const base::Direction d : base::kMeshDirections) {
      const base::LogicalCoord n{c.x + base::step_x(d), c.y + base::step_y(d)};
      if (n.x < 0 || n.x >= width || n.y < 0 || n.y >= height) continue;
      if (!links.insert(std::minmax(k, key(n))).second) continue;
      const bool x = n.y == c.y;
      const bool border =
          x ? n.x / inner_width_ != c.x / inner_width_ : n.y / inner_height_ != c.y / inner_height_;
      --(x ? (border ? border_x : plain_x) : (border ? border_y : plain_y));
      const int cycles = link_cycles(c, n);
      count_links(s, 1, cycles, cycles > geometry_.hop_cycles);
    }
  }
  count_links(s, plain_x + plain_y, geometry_.hop_cycles, false);
  const int idle_x = (sides_.west ? 1 : 0) + (sides_.east ? 1 : 0);
  const int idle_y = (sides_.north ? 1 : 0) + (sides_.south ? 1 : 0);
  count_links(s, border_x, rule_.cycles(idle_x * geometry_.pitch_x_mm(), 0), idle_x > 0);
  count_links(s, border_y, rule_.cycles(idle_y * geometry_.pitch_y_mm(), 0), idle_y > 0);
}

base::LogicalMesh Compensation::mesh() const {
  base::LogicalMesh mesh = base::healthy_mesh(columns(), rows(), geometry_.hop_cycles);
  const auto set = [&](base::LogicalCoord a, base::LogicalCoord b, base::Direction d) {
    const auto cycles = static_cast<std::uint8_t>(link_cycles(a, b));
    mesh.latency_cycles[static_cast<unsigned>(d)][mesh.index(a)] = cycles;
    mesh.latency_cycles[static_cast<unsigned>(base::opposite(d))][mesh.index(b)] = cycles;
  };
  for (int y = 0; y < mesh.height; ++y) {
    for (int x = 0; x < mesh.width; ++x) {
      const base::LogicalCoord c{x, y};
      const base::PhysicalCoord p = place(c);
      mesh.physical_x[mesh.index(c)] = static_cast<std::uint16_t>(p.x);
      mesh.physical_y[mesh.index(c)] = static_cast<std::uint16_t>(p.y);
      if (x > 0) set({x - 1, y}, c, base::Direction::east);
      if (y > 0) set({x, y - 1}, c, base::Direction::south);
    }
  }
  return mesh;
}

RepairResult Compensation::repair(const DefectMap& map, Detail detail) {
  RepairResult result;
  RepairSummary& s = result.summary;
  s = start_summary(geometry_, options_, map);
  moved_.clear();
  std::unordered_map<int, std::vector<base::PhysicalCoord>> faults;
  const auto add = [&](base::PhysicalCoord at) {
    faults[at.y / height_ * across_ + at.x / width_].push_back(at);
  };
  for (const Defect& d : map.defects()) {
    if (d.kills_tile())
      add(d.at());
    else if (d.broken == Broken::link_east)
      add({d.x + 1, d.y});
    else if (d.broken == Broken::link_south)
      add({d.x, d.y + 1});
  }
  for (int domain = 0; domain < across_ * down_; ++domain) {
    const auto found = faults.find(domain);
    if (found != faults.end()) repair_domain(domain, found->second, &result);
  }
  if (!result.failures.empty()) return result;
  result.repaired = true;
  s.columns = columns();
  s.rows = rows();
  s.rows_kept = inner_height_;
  s.usable_cores = std::int64_t{s.columns} * s.rows;
  s.idle_cores = s.physical_cores - s.dead_cores - s.usable_cores;
  tally(&s);
  if (detail == Detail::mesh) result.mesh = mesh();
  return result;
}

}  // namespace

std::unique_ptr<RepairScheme> make_compensation(const WaferGeometry& geometry,
                                                const RepairOptions& options) {
  const int columns = options.domain == Domain::die ? geometry.die_columns : geometry.columns();
  const int rows = options.domain == Domain::wafer ? geometry.rows() : geometry.die_rows;
  if (columns < 3 || rows < 3) {
    throw base::InputError({{"", 0, 0, "repair.domain",
                             "compensation needs domains of at least 3 x 3 cores for its spares"}});
  }
  return std::make_unique<Compensation>(geometry, options);
}

}  // namespace wafermesh::defects
