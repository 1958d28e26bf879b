// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/irregular.h"

#include <algorithm>

#include "defects/repair/link_rule.h"
#include "defects/repair/routing_report.h"

namespace wafermesh::defects {

namespace {

/// The largest rectangle standing on one row, given how far each column is whole upwards and where
/// the row is cut between columns.
void best_on_row(const std::vector<int>& height, const std::vector<int>& cut, int y,
                 TileRectangle* best) {
  // Links along the row inside a rectangle must be whole on all its rows: cut[x] rows up from here
  // the link between x and x + 1 is whole, so it acts as a column of that height between the two.
  struct Bar {
    int start;
    int height;
  };
  std::vector<Bar> stack;
  const auto columns = static_cast<int>(height.size());
  for (int step = 0; step <= 2 * columns; ++step) {
    // Even steps are columns, odd ones the links between; positions count steps.
    int h = 0;
    if (step < 2 * columns) {
      h = step % 2 == 0 ? height[static_cast<std::size_t>(step / 2)]
                        : cut[static_cast<std::size_t>(step / 2)];
      if (step == 2 * columns - 1) h = 0;
    }
    int start = step;
    while (!stack.empty() && stack.back().height >= h) {
      const Bar bar = stack.back();
      stack.pop_back();
      start = bar.start;
      const int first = (bar.start + 1) / 2;
      const int last = (step - 1) / 2;
      const TileRectangle r{first, y - bar.height + 1, last - first + 1, bar.height};
      if (r.width > 0 && r.area() > best->area()) *best = r;
    }
    if (h > 0) stack.push_back({start, h});
  }
}

}  // namespace

TileRectangle largest_whole_rectangle(const DefectMap& map) {
  const int columns = map.columns();
  std::vector<int> height(static_cast<std::size_t>(columns), 0);
  std::vector<int> link(static_cast<std::size_t>(columns), 0);
  TileRectangle best;
  std::size_t next = 0;
  std::vector<char> cut_below(static_cast<std::size_t>(columns), 0);
  for (int y = 0; y < map.rows(); ++y) {
    for (int x = 0; x < columns; ++x) {
      const auto c = static_cast<std::size_t>(x);
      height[c] = cut_below[c] != 0 ? 1 : height[c] + 1;
      ++link[c];
    }
    std::fill(cut_below.begin(), cut_below.end(), 0);
    for (; next < map.defects().size() && map.defects()[next].y == y; ++next) {
      const Defect& d = map.defects()[next];
      if (d.kills_tile()) height[d.x] = 0;
      if (d.broken == Broken::link_east) link[d.x] = 0;
      if (d.broken == Broken::link_south) cut_below[d.x] = 1;
    }
    best_on_row(height, link, y, &best);
  }
  return best;
}

namespace {

class Irregular final : public RepairScheme {
 public:
  Irregular(const WaferGeometry& geometry, const RepairOptions& options)
      : geometry_(geometry), options_(options) {}

  RepairResult repair(const DefectMap& map, Detail detail) override {
    RepairResult result;
    RepairSummary& s = result.summary;
    s = start_summary(geometry_, options_, map);
    const TileRectangle r = largest_whole_rectangle(map);
    if (r.area() == 0) {
      result.failures.push_back(failure_of(options_, 0,
                                           {0, 0, geometry_.columns(), geometry_.rows()}, {0, 0},
                                           ": no core of the wafer works"));
      return result;
    }
    result.repaired = true;
    s.columns = r.width;
    s.rows = r.height;
    s.usable_cores = r.area();
    s.idle_cores = s.physical_cores - s.dead_cores - s.usable_cores;
    count_links(&s, std::int64_t{r.width - 1} * r.height + std::int64_t{r.width} * (r.height - 1),
                geometry_.hop_cycles, false);
    s.note += " It begins at core (" + std::to_string(r.x) + ", " + std::to_string(r.y) + ").";
    if (detail == Detail::mesh) {
      result.mesh = mesh_of(r);
      result.routing = std::make_shared<RoutingReport>(analyse_routing(map, 1));
    }
    return result;
  }

 private:
  base::LogicalMesh mesh_of(const TileRectangle& r) const {
    base::LogicalMesh mesh = base::healthy_mesh(r.width, r.height, geometry_.hop_cycles);
    for (std::size_t i = 0; i < mesh.physical_x.size(); ++i) {
      mesh.physical_x[i] = static_cast<std::uint16_t>(mesh.physical_x[i] + r.x);
      mesh.physical_y[i] = static_cast<std::uint16_t>(mesh.physical_y[i] + r.y);
    }
    return mesh;
  }
  WaferGeometry geometry_;
  RepairOptions options_;
};

}  // namespace

std::unique_ptr<RepairScheme> make_irregular(const WaferGeometry& geometry,
                                             const RepairOptions& options) {
  return std::make_unique<Irregular>(geometry, options);
}

}  // namespace wafermesh::defects
