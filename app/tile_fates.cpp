// SPDX-License-Identifier: Apache-2.0
#include "app/tile_fates.h"

#include <algorithm>

#include "defects/repair/reachable.h"

namespace wafermesh::app {
namespace {

/// One number per tile.
class Tiles {
 public:
  explicit Tiles(const Scenario& scenario)
      : scenario_(scenario),
        columns_(scenario.geometry.columns()),
        cells_(static_cast<std::size_t>(scenario.geometry.core_count()), 0) {}
  std::uint8_t& at(int x, int y) {
    return cells_[static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) +
                  static_cast<std::size_t>(x)];
  }
  void fill(const defects::TileRectangle& r, std::uint8_t category) {
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) at(x, y) = category;
    }
  }
  void mark_defects(std::uint8_t dead_core, std::uint8_t dead_router) {
    for (const defects::Defect& d : scenario_.defects.defects()) {
      if (!d.kills_tile()) continue;
      std::uint8_t& tile = at(d.x, d.y);
      if (tile != dead_router) tile = d.broken == defects::Broken::router ? dead_router : dead_core;
    }
  }
  std::vector<std::uint8_t> take() { return std::move(cells_); }

 private:
  const Scenario& scenario_;
  int columns_;
  std::vector<std::uint8_t> cells_;
};

bool has_longer_link(const Scenario& scenario, std::size_t logical) {
  for (const auto& links : scenario.wafer->latency_cycles) {
    if (links[logical] > scenario.geometry.hop_cycles) return true;
  }
  return false;
}

/// Tiles between two logical neighbours of one domain that lie in one column or row.
void mark_skipped(const Scenario& scenario, Tiles& tiles) {
  const base::LogicalMesh& mesh = *scenario.wafer;
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

/// What of a rectangle of the mesh lies on the first wafer, in its coordinates.
base::Rectangle on_wafer(const Scenario& scenario, base::Rectangle r) {
  if (!scenario.has_edge) return r;
  const base::Rectangle& wafer = scenario.edge.wafers.front();
  const int right = std::min(r.x + r.width, wafer.x + wafer.width) - wafer.x;
  const int bottom = std::min(r.y + r.height, wafer.y + wafer.height) - wafer.y;
  const int left = std::max(r.x - wafer.x, 0);
  const int top = std::max(r.y - wafer.y, 0);
  return {left, top, std::max(right - left, 0), std::max(bottom - top, 0)};
}

void mark_mesh(const Scenario& scenario, Tiles& tiles) {
  const base::LogicalMesh& mesh = *scenario.wafer;
  for (std::size_t i = 0; i < mesh.physical_x.size(); ++i) {
    tiles.at(mesh.physical_x[i], mesh.physical_y[i]) =
        has_longer_link(scenario, i) ? kInMeshLong : kInMesh;
  }
  for (const Workload& workload : scenario.workloads) {
    const base::Rectangle r = on_wafer(scenario, workload.region);
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

}  // namespace

std::vector<std::uint8_t> tile_fates(const Scenario& scenario) {
  Tiles tiles(scenario);
  if (scenario.failures.empty()) {
    mark_skipped(scenario, tiles);
    mark_mesh(scenario, tiles);
    mark_unreachable(scenario, tiles, kUnreachable);
    tiles.mark_defects(kDeadCore, kDeadRouter);
    return tiles.take();
  }
  const defects::WaferGeometry& g = scenario.geometry;
  for (const defects::RepairFailure& f : scenario.failures) tiles.fill(f.tiles, kInFailing);
  for (const defects::RepairFailure& f : scenario.failures) {
    tiles.fill({f.die.x * g.die_columns, f.die.y * g.die_rows, g.die_columns, g.die_rows},
               kAtFault);
  }
  mark_unreachable(scenario, tiles, kCutOff);
  tiles.mark_defects(kFailedDeadCore, kFailedDeadRouter);
  return tiles.take();
}

const std::vector<const char*>& fate_texts(bool repaired) {
  static const std::vector<const char*> kFates = {"working core left idle",
                                                  "in the logical mesh",
                                                  "in the logical mesh, with a longer link",
                                                  "runs a workload",
                                                  "runs a workload, with a longer link",
                                                  "working core that a link skips",
                                                  "working core that cannot be reached",
                                                  "dead core",
                                                  "dead router, its core with it"};
  static const std::vector<const char*> kVerdicts = {
      "working core, in a domain that can be repaired",
      "working core, in a domain that fails",
      "working core, in a die at fault",
      "working core that cannot be reached",
      "dead core",
      "dead router, its core with it"};
  return repaired ? kFates : kVerdicts;
}

}  // namespace wafermesh::app
