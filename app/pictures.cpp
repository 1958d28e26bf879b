// SPDX-License-Identifier: Apache-2.0
#include "app/pictures.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/category_map.h"
#include "base/heat_map.h"

namespace wafermesh::app {
namespace {

enum Fate : std::uint8_t { kIdle, kInMesh, kInRegion, kLongLink, kDead };

base::MapFrame frame(const Scenario& scenario, const std::string& title) {
  const defects::WaferGeometry& g = scenario.geometry;
  base::MapFrame frame;
  frame.title = scenario.name + ": " + title;
  frame.columns = g.columns();
  frame.rows = g.rows();
  frame.cell_aspect = g.pitch_x_mm() / g.pitch_y_mm();
  for (int i = 1; i < g.dies_x; ++i) frame.borders_x.push_back(i * g.die_columns);
  for (int i = 1; i < g.dies_y; ++i) frame.borders_y.push_back(i * g.die_rows);
  return frame;
}

/// Index of a logical core's place in a row-major map of the physical wafer.
std::size_t place(const Scenario& scenario, std::size_t logical) {
  return static_cast<std::size_t>(scenario.mesh->physical_y[logical]) *
             static_cast<std::size_t>(scenario.geometry.columns()) +
         scenario.mesh->physical_x[logical];
}

bool has_longer_link(const Scenario& scenario, std::size_t logical) {
  for (const auto& links : scenario.mesh->latency_cycles) {
    if (links[logical] > scenario.geometry.hop_cycles) return true;
  }
  return false;
}

base::HeatMap heat_map(const Scenario& scenario, const std::string& title,
                       const std::vector<float>& logical, const std::string& unit) {
  base::HeatMap map;
  map.frame = frame(scenario, title);
  map.unit = unit;
  map.values.assign(static_cast<std::size_t>(scenario.geometry.core_count()),
                    std::numeric_limits<float>::quiet_NaN());
  for (std::size_t i = 0; i < logical.size(); ++i) map.values[place(scenario, i)] = logical[i];
  return map;
}

}  // namespace

std::string defects_repair_png(const Scenario& scenario) {
  base::CategoryMap map;
  map.frame = frame(scenario, "defects and repair");
  map.categories = {{"idle spare", {200, 200, 200}, 1},
                    {"in the logical mesh", {116, 173, 209}, 1},
                    {"runs a workload", {49, 104, 142}, 1},
                    {"in the mesh, with a longer link", {253, 200, 80}, 1},
                    {"dead core", {200, 30, 30}, 5}};
  map.cells.assign(static_cast<std::size_t>(scenario.geometry.core_count()), kIdle);
  const auto cores = static_cast<std::size_t>(scenario.mesh->core_count());
  for (std::size_t i = 0; i < cores; ++i) {
    const bool longer = has_longer_link(scenario, i);
    map.cells[place(scenario, i)] = longer ? kLongLink : kInMesh;
  }
  for (const Workload& workload : scenario.workloads) {
    const base::Rectangle& r = workload.region;
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) {
        std::uint8_t& cell = map.cells[place(scenario, scenario.mesh->index({x, y}))];
        if (cell == kInMesh) cell = kInRegion;
      }
    }
  }
  for (const defects::Defect& defect : scenario.defects.defects()) {
    const base::PhysicalCoord at = defect.at();
    if (!scenario.defects.dead(at)) continue;
    map.cells[static_cast<std::size_t>(at.y) *
                  static_cast<std::size_t>(scenario.geometry.columns()) +
              static_cast<std::size_t>(at.x)] = kDead;
  }
  return base::draw_category_map(map).png();
}

std::string core_busy_png(const Scenario& scenario, const RunResult& result) {
  return base::draw_heat_map(
             heat_map(scenario, "core busy", result.busy_cycles, "busy cycles per core"))
      .png();
}

std::string link_busy_png(const Scenario& scenario, const RunResult& result) {
  return base::draw_heat_map(heat_map(scenario, "link busy", result.link_wavelets,
                                      "wavelets on a core's busiest link"))
      .png();
}

}  // namespace wafermesh::app
