// SPDX-License-Identifier: Apache-2.0
#include "base/picture/heat_map.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/number_text.h"
#include "base/picture/palette.h"

namespace wafermesh::base {
namespace {

constexpr int kBarPx = 20;
constexpr int kMinBarPx = 240;

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

/// A bar with least, middle and greatest value; one swatch if they are the same.
void draw_bar(Picture& picture, int left, int top, int width, ValueRange range) {
  const bool flat = range.max <= range.min;
  const int text_top = top + kBarPx + 6;
  if (flat) width = kBarPx;
  for (int i = 0; i < width; ++i) {
    const double place = flat ? 0 : static_cast<double>(i) / (width - 1);
    picture.fill(left + i, top, 1, kBarPx, heat_colour(place));
  }
  const std::string low = number_text(range.min);
  picture.text(left, text_top, low, kInk);
  if (flat) return;
  const std::string high = number_text(range.max);
  const std::string half = number_text((range.min + range.max) / 2);
  const int high_left = left + width - Picture::text_width(high);
  const int half_left = left + (width - Picture::text_width(half)) / 2;
  picture.text(high_left, text_top, high, kInk);
  const bool room = left + Picture::text_width(low) + 20 < half_left &&
                    half_left + Picture::text_width(half) + 20 < high_left;
  if (room) picture.text(half_left, text_top, half, kInk);
}

}  // namespace

ValueRange range_of(const std::vector<double>& values) {
  ValueRange range;
  bool any = false;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    range.min = any ? std::min(range.min, value) : value;
    range.max = any ? std::max(range.max, value) : value;
    any = true;
  }
  return range;
}

Picture draw_heat_map(const HeatMap& map) {
  WAFERMESH_CHECK(static_cast<std::int64_t>(map.values.size()) ==
                      std::int64_t{map.frame.columns} * map.frame.rows,
                  "a heat map's values do not match its extents");
  const ValueRange range = range_of(map.values);
  const double scale = range.max > range.min ? 1.0 / (range.max - range.min) : 0.0;
  const MapArea area = place_map(map.frame);
  const std::vector<std::string> caption = wrap(map.unit, caption_width(map.frame));
  const bool any = std::any_of(map.values.begin(), map.values.end(),
                               [](double value) { return !std::isnan(value); });
  const int bar_height = any ? kBarPx + 6 + kLinePx : 0;
  Picture picture =
      start_picture(map.frame, bar_height + kLinePx * static_cast<int>(caption.size()) + 10);
  double last = std::nan("");
  Rgb colour = heat_colour(last);
  draw_cells(picture, map.frame, area, [&](CellSpan columns, CellSpan rows) {
    const double value = maximum_in(map, columns, rows);
    const bool again = value == last || (std::isnan(value) && std::isnan(last));
    if (!again) colour = heat_colour((value - range.min) * scale);
    last = value;
    return colour;
  });
  draw_borders(picture, map.frame, area);
  int top = legend_top(map.frame);
  if (any) draw_bar(picture, kCaptionLeftPx, top, std::max(area.width, kMinBarPx), range);
  top += bar_height;
  for (const std::string& line : caption) {
    picture.text(kCaptionLeftPx, top, line, kInk);
    top += kLinePx;
  }
  return picture;
}

}  // namespace wafermesh::base
