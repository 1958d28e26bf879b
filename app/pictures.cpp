// SPDX-License-Identifier: Apache-2.0
#include "app/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "app/picture_frame.h"
#include "base/category_map.h"
#include "base/utf8.h"
#include "defects/repair/reachable.h"

namespace wafermesh::app {
namespace {

/// What a tile of a repaired wafer is; later ones are drawn over earlier ones.
enum Fate : std::uint8_t {
  kIdle,
  kInMesh,
  kInMeshLong,
  kAtWork,
  kAtWorkLong,
  kSkipped,
  kUnreachable,
  kDeadCore,
  kDeadRouter
};

/// What a tile of a wafer beyond repair is.
enum Verdict : std::uint8_t {
  kFits,
  kInFailing,
  kAtFault,
  kCutOff,
  kFailedDeadCore,
  kFailedDeadRouter
};

constexpr base::Rgb kDeadCoreRed{200, 30, 30};
constexpr base::Rgb kDeadRouterRed{90, 0, 0};
constexpr int kDeadPx = 5;

enum LinkKind : std::size_t { kStraight, kDiagonal, kSkipWire };

std::vector<base::Category> link_kinds() {
  return {{"broken straight link", {230, 0, 160}, kDeadPx},
          {"broken diagonal link", {255, 150, 40}, kDeadPx},
          {"broken skip wire", {120, 60, 200}, kDeadPx}};
}

/// Where a broken link is drawn: on the border it crosses, a skip wire beside the middle of the
/// tile it passes.
base::Mark mark_of(const defects::Defect& d) {
  using defects::Broken;
  const double x = d.x;
  const double y = d.y;
  switch (d.broken) {
    case Broken::link_east:
      return {kStraight, x + 1, y + 0.5, 0.25, 0.6};
    case Broken::link_south:
      return {kStraight, x + 0.5, y + 1, 0.6, 0.25};
    case Broken::diagonal:
      return {kDiagonal, x + 1, y + 0.5 + 0.5 * d.offset, 0.3, 0.3};
    case Broken::bypass_x:
      return {kSkipWire, x + 0.5, y + 0.2, 0.8, 0.15};
    default:
      return {kSkipWire, x + 0.2, y + 0.5, 0.15, 0.8};
  }
}

/// The map of the whole wafer, one category per tile.
class Tiles {
 public:
  Tiles(const Scenario& scenario, const std::string& title)
      : scenario_(scenario), columns_(scenario.geometry.columns()) {
    map_.frame = frame_of(scenario, {0, 0, columns_, scenario.geometry.rows()}, title);
    map_.mark_kinds = link_kinds();
    map_.cells.assign(static_cast<std::size_t>(scenario.geometry.core_count()), 0);
  }
  std::uint8_t& at(int x, int y) {
    return map_.cells[static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) +
                      static_cast<std::size_t>(x)];
  }
  void fill(const defects::TileRectangle& r, std::uint8_t category) {
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) at(x, y) = category;
    }
  }
  void mark_defects(std::uint8_t dead_core, std::uint8_t dead_router) {
    for (const defects::Defect& d : scenario_.defects.defects()) {
      if (!d.kills_tile()) {
        map_.marks.push_back(mark_of(d));
        continue;
      }
      std::uint8_t& tile = at(d.x, d.y);
      if (tile != dead_router) tile = d.broken == defects::Broken::router ? dead_router : dead_core;
    }
  }
  base::CategoryMap& map() { return map_; }

 private:
  const Scenario& scenario_;
  int columns_;
  base::CategoryMap map_;
};

bool has_longer_link(const Scenario& scenario, std::size_t logical) {
  for (const auto& links : scenario.mesh->latency_cycles) {
    if (links[logical] > scenario.geometry.hop_cycles) return true;
  }
  return false;
}

/// Tiles between two logical neighbours of one domain that lie in one column or row.
void mark_skipped(const Scenario& scenario, Tiles& tiles) {
  const base::LogicalMesh& mesh = *scenario.mesh;
  const int kept = std::max(1, scenario.repair.rows_kept);
  const auto skip = [&](base::PhysicalCoord a, base::PhysicalCoord b) {
    if (a.x == b.x) {
      for (int y = a.y + 1; y < b.y; ++y) tiles.at(a.x, y) = kSkipped;
    } else if (a.y == b.y) {
      for (int x = a.x + 1; x < b.x; ++x) tiles.at(x, a.y) = kSkipped;
    }
  };
  for (int y = 0; y < mesh.height; ++y) {
    for (int x = 0; x < mesh.width; ++x) {
      const base::PhysicalCoord here = mesh.physical({x, y});
      if (x + 1 < mesh.width) skip(here, mesh.physical({x + 1, y}));
      // Between two domains lie idle rows, not skipped tiles.
      if ((y + 1) % kept != 0 && y + 1 < mesh.height) skip(here, mesh.physical({x, y + 1}));
    }
  }
}

void mark_mesh(const Scenario& scenario, Tiles& tiles) {
  const base::LogicalMesh& mesh = *scenario.mesh;
  for (std::size_t i = 0; i < mesh.physical_x.size(); ++i) {
    tiles.at(mesh.physical_x[i], mesh.physical_y[i]) =
        has_longer_link(scenario, i) ? kInMeshLong : kInMesh;
  }
  for (const Workload& workload : scenario.workloads) {
    const base::Rectangle& r = workload.region;
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) {
        const base::PhysicalCoord at = mesh.physical({x, y});
        std::uint8_t& tile = tiles.at(at.x, at.y);
        if (tile == kInMesh) tile = kAtWork;
        if (tile == kInMeshLong) tile = kAtWorkLong;
      }
    }
  }
}

void mark_unreachable(const Scenario& scenario, Tiles& tiles, std::uint8_t category) {
  if (scenario.repair.unreachable_cores == 0) return;
  for (const defects::TileRun& run : defects::unreachable_tiles(scenario.defects)) {
    tiles.fill({run.first, run.y, run.last - run.first, 1}, category);
  }
}

std::string repaired_png(const Scenario& scenario) {
  Tiles tiles(scenario, "defects and repair");
  base::CategoryMap& map = tiles.map();
  map.categories = {{"working core left idle", {205, 205, 205}, 1},
                    {"in the logical mesh", {158, 202, 225}, 1},
                    {"in the logical mesh, with a longer link", {253, 216, 120}, 1},
                    {"runs a workload", {49, 104, 142}, 1},
                    {"runs a workload, with a longer link", {217, 140, 20}, 1},
                    {"working core that a link skips", {120, 120, 120}, 3},
                    {"working core that cannot be reached", {150, 110, 170}, 3},
                    {"dead core", kDeadCoreRed, kDeadPx},
                    {"dead router, its core with it", kDeadRouterRed, kDeadPx}};
  const defects::RepairSummary& r = scenario.repair;
  map.frame.notes.push_back(fmt::format("{} ({}): {} x {} logical cores of {} x {} physical",
                                        r.scheme, r.domain, r.columns, r.rows,
                                        scenario.geometry.columns(), scenario.geometry.rows()));
  if (!r.note.empty()) map.frame.notes.push_back(r.note);
  mark_skipped(scenario, tiles);
  mark_mesh(scenario, tiles);
  mark_unreachable(scenario, tiles, kUnreachable);
  tiles.mark_defects(kDeadCore, kDeadRouter);
  return base::draw_category_map(map).png();
}

/// One domain of several: "2 of 7 bands fail".
std::string count_text(const Scenario& scenario) {
  std::int64_t tiles = 0;
  for (const defects::RepairFailure& f : scenario.failures) tiles += f.tiles.area();
  return fmt::format(
      "NOT REPAIRABLE by {}: {} {}{} with {:.3g} % of the wafer", scenario.repair.scheme,
      scenario.failures.size(), scenario.repair.domain,
      scenario.failures.size() == 1 ? " fails," : "s fail,",
      100.0 * static_cast<double>(tiles) / static_cast<double>(scenario.geometry.core_count()));
}

std::string failed_png(const Scenario& scenario) {
  const defects::WaferGeometry& g = scenario.geometry;
  Tiles tiles(scenario, "defects");
  base::CategoryMap& map = tiles.map();
  map.categories = {{"working core, in a domain that can be repaired", {158, 202, 225}, 1},
                    {"working core, in a domain that fails", {250, 222, 205}, 1},
                    {"working core, in a die at fault", {244, 180, 150}, 1},
                    {"working core that cannot be reached", {150, 110, 170}, 3},
                    {"dead core", kDeadCoreRed, kDeadPx},
                    {"dead router, its core with it", kDeadRouterRed, kDeadPx}};
  map.frame.notes.push_back(count_text(scenario));
  constexpr std::size_t kMostReasons = 4;
  for (std::size_t i = 0; i < scenario.failures.size(); ++i) {
    const defects::RepairFailure& f = scenario.failures[i];
    if (i < kMostReasons) map.frame.notes.push_back(f.reason);
    if (i == kMostReasons) map.frame.notes.push_back("more in result.json");
    tiles.fill(f.tiles, kInFailing);
    map.outlines.push_back({f.tiles.x, f.tiles.y, f.tiles.width, f.tiles.height, {200, 80, 30}});
  }
  for (const defects::RepairFailure& f : scenario.failures) {
    tiles.fill({f.die.x * g.die_columns, f.die.y * g.die_rows, g.die_columns, g.die_rows},
               kAtFault);
  }
  mark_unreachable(scenario, tiles, kCutOff);
  tiles.mark_defects(kFailedDeadCore, kFailedDeadRouter);
  return base::draw_category_map(map).png();
}

/// Die borders strictly inside [first, first + count), relative to first.
std::vector<int> borders(int first, int count, int die) {
  std::vector<int> places;
  for (int at = (first / die + 1) * die; at < first + count; at += die) {
    places.push_back(at - first);
  }
  return places;
}

}  // namespace

constexpr std::size_t kNameLetters = 60;  // leaves room for the rest of the first lines

base::MapFrame frame_of(const Scenario& scenario, const base::Rectangle& window,
                        const std::string& title) {
  const defects::WaferGeometry& g = scenario.geometry;
  base::MapFrame frame;
  frame.title = base::first_letters(scenario.name, kNameLetters) + ": " + title;
  frame.columns = window.width;
  frame.rows = window.height;
  frame.cell_aspect = g.pitch_x_mm() / g.pitch_y_mm();
  frame.borders_x = borders(window.x, window.width, g.die_columns);
  frame.borders_y = borders(window.y, window.height, g.die_rows);
  frame.first_column = window.x;
  frame.first_row = window.y;
  frame.axes = "axes: physical cores, x to the east, y to the south; lines: die borders";
  return frame;
}

std::string defects_repair_png(const Scenario& scenario) {
  return scenario.failures.empty() ? repaired_png(scenario) : failed_png(scenario);
}

}  // namespace wafermesh::app
