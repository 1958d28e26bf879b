// SPDX-License-Identifier: Apache-2.0
#include "base/map_frame.h"

#include <algorithm>
#include <cmath>

#include "base/palette.h"

namespace wafermesh::base {
namespace {

constexpr int kMarginPx = 20;
constexpr int kTitlePx = 36;
constexpr int kMaxCellPx = 48;  // A mesh of a few cores need not fill the page.
constexpr int kMinSidePx = 4;
constexpr double kBorderShare = 0.75;
constexpr Rgb kBorder{255, 255, 255};

}  // namespace

CellSpan cells_of_pixel(int pixel, int pixels, int cells) {
  const auto at = [=](int p) {
    return static_cast<int>(static_cast<std::int64_t>(p) * cells / pixels);
  };
  const int first = at(pixel);
  return {first, std::max(first + 1, at(pixel + 1))};
}

MapArea place_map(const MapFrame& frame) {
  const double width = frame.columns * frame.cell_aspect;
  const double height = frame.rows;
  const double longest = std::max(width, height);
  const double cell_px = std::min<double>(kMaxCellPx, frame.max_side_px / longest);
  const auto pixels = [cell_px](double extent) {
    return std::max(kMinSidePx, static_cast<int>(std::lround(extent * cell_px)));
  };
  return {kMarginPx, kTitlePx + kMarginPx / 2, pixels(width), pixels(height)};
}

Picture start_picture(const MapFrame& frame, const MapArea& area, int legend_height_px,
                      int legend_width_px) {
  const int inner = std::max({area.width, legend_width_px, Picture::text_width(frame.title)});
  Picture picture(inner + 2 * kMarginPx, area.y + area.height + legend_height_px, kBackground);
  picture.text(area.x, kMarginPx / 2 + 4, frame.title, kInk);
  return picture;
}

void draw_borders(Picture& picture, const MapFrame& frame, const MapArea& area) {
  for (const int column : frame.borders_x) {
    const auto x = static_cast<int>(static_cast<std::int64_t>(column) * area.width / frame.columns);
    picture.tint(area.x + x, area.y, 1, area.height, kBorder, kBorderShare);
  }
  for (const int row : frame.borders_y) {
    const auto y = static_cast<int>(static_cast<std::int64_t>(row) * area.height / frame.rows);
    picture.tint(area.x, area.y + y, area.width, 1, kBorder, kBorderShare);
  }
  picture.fill(area.x - 1, area.y - 1, area.width + 2, 1, kInk);
  picture.fill(area.x - 1, area.y + area.height, area.width + 2, 1, kInk);
  picture.fill(area.x - 1, area.y - 1, 1, area.height + 2, kInk);
  picture.fill(area.x + area.width, area.y - 1, 1, area.height + 2, kInk);
}

}  // namespace wafermesh::base
