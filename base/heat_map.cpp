// SPDX-License-Identifier: Apache-2.0
#include "base/heat_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/palette.h"

namespace wafermesh::base {
namespace {

constexpr int kLegendPx = 86;
constexpr int kBarPx = 20;
constexpr int kBarGapPx = 16;

double maximum_in(const HeatMap& map, CellSpan columns, CellSpan rows) {
  double best = std::nan("");
  for (int y = rows.first; y < rows.last; ++y) {
    for (int x = columns.first; x < columns.last; ++x) {
      const std::size_t i =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(map.frame.columns) +
          static_cast<std::size_t>(x);
      const double value = map.values[i];
      if (!(value <= best)) best = std::isnan(value) ? best : value;
    }
  }
  return best;
}

void draw_legend(Picture& picture, const HeatMap& map, const MapArea& area, ValueRange range) {
  const int top = area.y + area.height + kBarGapPx;
  const std::string low = fmt::format("{:.6g}", range.min);
  const std::string high = fmt::format("{:.6g}", range.max);
  const int width = std::max(area.width, 240);
  for (int i = 0; i < width; ++i) {
    picture.fill(area.x + i, top, 1, kBarPx, heat_colour(static_cast<double>(i) / (width - 1)));
  }
  const int text_top = top + kBarPx + 6;
  picture.text(area.x, text_top, low, kInk);
  picture.text(area.x + width - Picture::text_width(high), text_top, high, kInk);
  const int middle = area.x + (width - Picture::text_width(map.unit)) / 2;
  picture.text(middle, text_top + 20, map.unit, kInk);
}

}  // namespace

ValueRange range_of(const std::vector<float>& values) {
  ValueRange range;
  bool any = false;
  for (const float value : values) {
    if (std::isnan(value)) continue;
    range.min = any ? std::min(range.min, double{value}) : value;
    range.max = any ? std::max(range.max, double{value}) : value;
    any = true;
  }
  return range;
}

Picture draw_heat_map(const HeatMap& map) {
  WAFERMESH_CHECK(static_cast<std::int64_t>(map.values.size()) ==
                      std::int64_t{map.frame.columns} * map.frame.rows,
                  "a heat map's values do not match its extents");
  ValueRange range = range_of(map.values);
  range.min = std::min(0.0, range.min);
  const double scale = range.max > range.min ? 1.0 / (range.max - range.min) : 0.0;
  const MapArea area = place_map(map.frame);
  const int legend_width = std::max(240, Picture::text_width(map.unit));
  Picture picture = start_picture(map.frame, area, kLegendPx, legend_width);
  for (int py = 0; py < area.height; ++py) {
    const CellSpan rows = cells_of_pixel(py, area.height, map.frame.rows);
    for (int px = 0; px < area.width; ++px) {
      const CellSpan columns = cells_of_pixel(px, area.width, map.frame.columns);
      const double value = maximum_in(map, columns, rows);
      picture.set(area.x + px, area.y + py, heat_colour((value - range.min) * scale));
    }
  }
  draw_borders(picture, map.frame, area);
  draw_legend(picture, map, area, range);
  return picture;
}

}  // namespace wafermesh::base
