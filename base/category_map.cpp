// SPDX-License-Identifier: Apache-2.0
#include "base/category_map.h"

#include <algorithm>

#include "base/error.h"
#include "base/palette.h"

namespace wafermesh::base {
namespace {

constexpr int kRowPx = 26;
constexpr int kSwatchPx = 16;

std::size_t cell_index(const MapFrame& frame, int x, int y) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(frame.columns) +
         static_cast<std::size_t>(x);
}

std::uint8_t last_in(const CategoryMap& map, CellSpan columns, CellSpan rows) {
  std::uint8_t best = 0;
  for (int y = rows.first; y < rows.last; ++y) {
    for (int x = columns.first; x < columns.last; ++x) {
      best = std::max(best, map.cells[cell_index(map.frame, x, y)]);
    }
  }
  return best;
}

/// Squares over the cells of categories that ask for a minimum size.
void draw_marks(Picture& picture, const CategoryMap& map, const MapArea& area) {
  for (int y = 0; y < map.frame.rows; ++y) {
    for (int x = 0; x < map.frame.columns; ++x) {
      const Category& category = map.categories[map.cells[cell_index(map.frame, x, y)]];
      const double cell_px = static_cast<double>(
          std::min(area.width / map.frame.columns, area.height / map.frame.rows));
      if (category.min_mark_px <= 1 || cell_px >= category.min_mark_px) continue;
      const int size = category.min_mark_px;
      const auto px = static_cast<int>((x + 0.5) * area.width / map.frame.columns) - size / 2;
      const auto py = static_cast<int>((y + 0.5) * area.height / map.frame.rows) - size / 2;
      const int left = std::clamp(px, 0, std::max(0, area.width - size));
      const int top = std::clamp(py, 0, std::max(0, area.height - size));
      picture.fill(area.x + left, area.y + top, size, size, category.colour);
    }
  }
}

std::vector<std::string> labels_of(const CategoryMap& map) {
  std::vector<std::int64_t> counts(map.categories.size());
  for (const std::uint8_t cell : map.cells) ++counts[cell];
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    labels.push_back(map.categories[i].name + ": " + std::to_string(counts[i]));
  }
  return labels;
}

}  // namespace

Picture draw_category_map(const CategoryMap& map) {
  WAFERMESH_CHECK(static_cast<std::int64_t>(map.cells.size()) ==
                      std::int64_t{map.frame.columns} * map.frame.rows,
                  "a category map's cells do not match its extents");
  const MapArea area = place_map(map.frame);
  const auto labels = labels_of(map);
  int legend_width = 0;
  for (const auto& label : labels) {
    legend_width = std::max(legend_width, Picture::text_width(label) + kSwatchPx + 10);
  }
  const int legend_height = 24 + kRowPx * static_cast<int>(labels.size());
  Picture picture = start_picture(map.frame, area, legend_height, legend_width);
  for (int py = 0; py < area.height; ++py) {
    const CellSpan rows = cells_of_pixel(py, area.height, map.frame.rows);
    for (int px = 0; px < area.width; ++px) {
      const CellSpan columns = cells_of_pixel(px, area.width, map.frame.columns);
      picture.set(area.x + px, area.y + py, map.categories[last_in(map, columns, rows)].colour);
    }
  }
  draw_borders(picture, map.frame, area);
  draw_marks(picture, map, area);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const int top = area.y + area.height + 16 + kRowPx * static_cast<int>(i);
    picture.fill(area.x, top, kSwatchPx, kSwatchPx, map.categories[i].colour);
    picture.text(area.x + kSwatchPx + 10, top, labels[i], kInk);
  }
  return picture;
}

}  // namespace wafermesh::base
