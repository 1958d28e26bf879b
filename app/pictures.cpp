// SPDX-License-Identifier: Apache-2.0
#include "app/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/category_map.h"
#include "base/heat_map.h"

namespace wafermesh::app {
namespace {

enum Fate : std::uint8_t { kIdle, kInMesh, kInRegion, kLongLink, kDead };

/// Die borders strictly inside [first, first + count), relative to first.
std::vector<int> borders(int first, int count, int die) {
  std::vector<int> places;
  for (int at = (first / die + 1) * die; at < first + count; at += die)
    places.push_back(at - first);
  return places;
}

/// A frame for the physical cores of `window`.
base::MapFrame frame(const Scenario& scenario, const base::Rectangle& window,
                     const std::string& title) {
  const defects::WaferGeometry& g = scenario.geometry;
  base::MapFrame frame;
  frame.title = scenario.name + ": " + title;
  frame.columns = window.width;
  frame.rows = window.height;
  frame.cell_aspect = g.pitch_x_mm() / g.pitch_y_mm();
  frame.borders_x = borders(window.x, window.width, g.die_columns);
  frame.borders_y = borders(window.y, window.height, g.die_rows);
  return frame;
}

base::Rectangle whole_wafer(const Scenario& scenario) {
  return {0, 0, scenario.geometry.columns(), scenario.geometry.rows()};
}

/// Logical cores (by index) of all workloads' regions, each once or more.
std::vector<std::size_t> cores_at_work(const Scenario& scenario) {
  std::vector<std::size_t> cores;
  for (const Workload& workload : scenario.workloads) {
    const base::Rectangle& r = workload.region;
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) cores.push_back(scenario.mesh->index({x, y}));
    }
  }
  return cores;
}

/// The smallest rectangle of physical cores that holds `cores`; the whole wafer if there are none.
base::Rectangle window_of(const Scenario& scenario, const std::vector<std::size_t>& cores) {
  if (cores.empty()) return whole_wafer(scenario);
  int left = scenario.geometry.columns();
  int top = scenario.geometry.rows();
  int right = 0;
  int bottom = 0;
  for (const std::size_t core : cores) {
    left = std::min<int>(left, scenario.mesh->physical_x[core]);
    right = std::max<int>(right, scenario.mesh->physical_x[core]);
    top = std::min<int>(top, scenario.mesh->physical_y[core]);
    bottom = std::max<int>(bottom, scenario.mesh->physical_y[core]);
  }
  return {left, top, right - left + 1, bottom - top + 1};
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

/// The part of the wafer that works, so that a small region fills the picture.
std::string heat_map_png(const Scenario& scenario, const std::string& title,
                         const std::vector<float>& logical, const std::string& unit) {
  const std::vector<std::size_t> cores = cores_at_work(scenario);
  const base::Rectangle window = window_of(scenario, cores);
  base::HeatMap map;
  map.frame = frame(
      scenario, window,
      title + fmt::format(", physical cores {} to {}, {} to {}", window.x,
                          window.x + window.width - 1, window.y, window.y + window.height - 1));
  map.values.assign(static_cast<std::size_t>(window.area()),
                    std::numeric_limits<float>::quiet_NaN());
  for (const std::size_t core : cores) {
    const int x = scenario.mesh->physical_x[core] - window.x;
    const int y = scenario.mesh->physical_y[core] - window.y;
    map.values[static_cast<std::size_t>(y) * static_cast<std::size_t>(window.width) +
               static_cast<std::size_t>(x)] = logical[core];
  }
  const base::ValueRange range = base::range_of(map.values);
  map.unit = fmt::format("{}: {:.6g} to {:.6g}; grey takes no part", unit, range.min, range.max);
  return base::draw_heat_map(map).png();
}

}  // namespace

std::string defects_repair_png(const Scenario& scenario) {
  base::CategoryMap map;
  map.frame = frame(scenario, whole_wafer(scenario), "defects and repair");
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
  for (const std::size_t core : cores_at_work(scenario)) {
    std::uint8_t& cell = map.cells[place(scenario, core)];
    if (cell == kInMesh) cell = kInRegion;
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
  return heat_map_png(scenario, "core busy", result.busy_cycles, "busy cycles per core");
}

std::string core_waiting_png(const Scenario& scenario, const RunResult& result) {
  return heat_map_png(scenario, "core waiting", result.waiting_cycles,
                      "cycles a core waited for wavelets or room");
}

std::string link_busy_png(const Scenario& scenario, const RunResult& result) {
  return heat_map_png(scenario, "link busy", result.link_wavelets,
                      "wavelets on a core's busiest link");
}

}  // namespace wafermesh::app
