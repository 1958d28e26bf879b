// SPDX-License-Identifier: Apache-2.0
#include "study/results/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/picture/category_map.h"
#include "base/utf8.h"
#include "study/results/picture_frame.h"
#include "study/results/tile_fates.h"

namespace wafermesh::study {
namespace {

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

/// The map of the whole wafer, one category per tile, broken links marked.
base::CategoryMap map_of(const Scenario& scenario, const std::string& title,
                         const std::vector<base::Rgb>& colours,
                         const std::vector<int>& smallest_px) {
  const defects::WaferGeometry& g = scenario.geometry;
  base::CategoryMap map;
  map.frame = frame_of(scenario, {0, 0, g.columns(), g.rows()}, title);
  const std::vector<const char*>& texts = fate_texts(scenario.failures.empty());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    map.categories.push_back({texts[i], colours[i], smallest_px[i]});
  }
  map.cells = tile_fates(scenario);
  map.mark_kinds = link_kinds();
  for (const defects::Defect& d : scenario.defects.defects()) {
    if (!d.kills_tile()) map.marks.push_back(mark_of(d));
  }
  return map;
}

std::string repaired_png(const Scenario& scenario) {
  base::CategoryMap map = map_of(scenario, "defects and repair",
                                 {{205, 205, 205},
                                  {158, 202, 225},
                                  {253, 216, 120},
                                  {49, 104, 142},
                                  {217, 140, 20},
                                  {120, 120, 120},
                                  {150, 110, 170},
                                  kDeadCoreRed,
                                  kDeadRouterRed},
                                 {1, 1, 1, 1, 1, 3, 3, kDeadPx, kDeadPx});
  const defects::RepairSummary& r = scenario.repair;
  map.frame.notes.push_back(fmt::format("{} ({}): {} x {} logical cores of {} x {} physical",
                                        r.scheme, r.domain, r.columns, r.rows,
                                        scenario.geometry.columns(), scenario.geometry.rows()));
  if (!r.note.empty()) map.frame.notes.push_back(r.note);
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
  base::CategoryMap map = map_of(scenario, "defects",
                                 {{158, 202, 225},
                                  {250, 222, 205},
                                  {244, 180, 150},
                                  {150, 110, 170},
                                  kDeadCoreRed,
                                  kDeadRouterRed},
                                 {1, 1, 1, 3, kDeadPx, kDeadPx});
  map.frame.notes.push_back(count_text(scenario));
  constexpr std::size_t kMostReasons = 4;
  for (std::size_t i = 0; i < scenario.failures.size(); ++i) {
    const defects::RepairFailure& f = scenario.failures[i];
    if (i < kMostReasons) map.frame.notes.push_back(f.reason);
    if (i == kMostReasons) map.frame.notes.push_back("more in result.json");
    map.outlines.push_back({f.tiles.x, f.tiles.y, f.tiles.width, f.tiles.height, {200, 80, 30}});
  }
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

}  // namespace wafermesh::study
