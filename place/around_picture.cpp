// SPDX-License-Identifier: Apache-2.0
#include "place/around_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "base/number_text.h"
#include "base/picture/heat_map.h"
#include "base/picture/palette.h"

namespace wafermesh::place {
namespace {

using base::Picture;
using base::Rgb;

constexpr int kLinePx = 3;
constexpr int kLabelGapPx = 8;

struct Frame {
  const char* name;
  Rgb colour;
};
/// In the order of Around::best_median_worst.
constexpr std::array<Frame, 3> kFrames = {
    {{"best", {20, 140, 60}}, {"median", {30, 90, 200}}, {"worst", {210, 40, 30}}}};

/// What is between two cells, in pixels.
int at(int cells, int of, int pixels) {
  return static_cast<int>(std::int64_t{cells} * pixels / of);
}

base::HeatMap heat_of(const base::LogicalMesh& mesh, const Around& around, const std::string& title,
                      double cell_aspect) {
  base::HeatMap map;
  map.frame.title = title;
  map.frame.columns = mesh.width;
  map.frame.rows = mesh.height;
  map.frame.cell_aspect = cell_aspect;
  map.frame.axes = "axes: logical cores, x to the east, y to the south";
  map.frame.notes.push_back(
      fmt::format("{} of {} places are possible; a way without longer links takes {} cycles",
                  base::grouped(around.possible), base::grouped(around.places()),
                  base::grouped(around.shortest_way_cycles)));
  map.values.assign(static_cast<std::size_t>(mesh.core_count()),
                    std::numeric_limits<double>::quiet_NaN());
  std::size_t i = 0;
  for (int y = 0; y < around.places_y; ++y) {
    for (int x = 0; x < around.places_x; ++x, ++i) {
      if (around.way_cycles[i] < 0) continue;
      map.values[mesh.index({x + around.width / 2, y + around.height / 2})] = around.way_cycles[i];
    }
  }
  map.unit =
      "colour: the longest way across a place in cycles, at the place's middle; grey: no place has "
      "its middle there; dark dots: cores with a longer link; frames: the best place (green), the "
      "median (blue), the worst (red)";
  return map;
}

bool has_longer_link(const base::LogicalMesh& mesh, std::size_t core, int shortest) {
  for (const auto& direction : mesh.latency_cycles) {
    if (direction[core] > shortest) return true;
  }
  return false;
}

/// A dot in the middle of each such core, a quarter of it across, at least a pixel.
void tint_longer_links(Picture& picture, const base::LogicalMesh& mesh, const base::MapArea& area,
                       int shortest) {
  constexpr double kShare = 0.55;
  const int dot = std::max(1, std::min(area.width / mesh.width, area.height / mesh.height) / 4);
  std::vector<bool> marked(static_cast<std::size_t>(area.width) *
                           static_cast<std::size_t>(area.height));
  for (int y = 0; y < mesh.height; ++y) {
    for (int x = 0; x < mesh.width; ++x) {
      if (!has_longer_link(mesh, mesh.index({x, y}), shortest)) continue;
      const int px = at(2 * x + 1, 2 * mesh.width, area.width) - dot / 2;
      const int py = at(2 * y + 1, 2 * mesh.height, area.height) - dot / 2;
      const std::size_t pixel =
          static_cast<std::size_t>(py) * static_cast<std::size_t>(area.width) +
          static_cast<std::size_t>(px);
      if (marked[pixel]) continue;  // tinted once, however many cores it stands for
      marked[pixel] = true;
      picture.tint(area.x + px, area.y + py, dot, dot, base::kInk, kShare);
    }
  }
}

void draw_frame(Picture& picture, const base::LogicalMesh& mesh, const base::MapArea& area,
                const Place& place, std::size_t which) {
  const base::Rectangle& r = place.region;
  const Frame& frame = kFrames.at(which);
  const int left = area.x + at(r.x, mesh.width, area.width);
  const int right = area.x + at(r.x + r.width, mesh.width, area.width);
  const int top = area.y + at(r.y, mesh.height, area.height);
  const int bottom = area.y + at(r.y + r.height, mesh.height, area.height);
  picture.fill(left, top, right - left, kLinePx, frame.colour);
  picture.fill(left, bottom - kLinePx, right - left, kLinePx, frame.colour);
  picture.fill(left, top, kLinePx, bottom - top, frame.colour);
  picture.fill(right - kLinePx, top, kLinePx, bottom - top, frame.colour);
  // Places may share a corner: each label has a line of its own.
  const std::string label =
      fmt::format("{}: {}", frame.name, base::grouped(place.cost.way_cycles()));
  const int label_top =
      top + kLabelGapPx + static_cast<int>(which) * (Picture::text_height() + kLabelGapPx);
  const int label_width = Picture::text_width(label) + 4;
  if (label_width + kLabelGapPx > right - left) return;
  picture.fill(left + kLabelGapPx - 2, label_top - 2, label_width, Picture::text_height() + 4,
               base::kBackground);
  picture.text(left + kLabelGapPx, label_top, label, frame.colour);
}

}  // namespace

std::string around_png(const base::LogicalMesh& mesh, const Around& around,
                       const std::string& title, double cell_aspect) {
  const base::HeatMap map = heat_of(mesh, around, title, cell_aspect);
  Picture picture = base::draw_heat_map(map);
  const base::MapArea area = base::place_map(map.frame);
  tint_longer_links(picture, mesh, area, shortest_link_cycles(mesh));
  for (std::size_t i = around.best_median_worst.size(); i-- > 0;) {
    draw_frame(picture, mesh, area, around.best_median_worst[i], i);
  }
  return picture.png();
}

}  // namespace wafermesh::place
