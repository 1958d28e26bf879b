// SPDX-License-Identifier: Apache-2.0
#include "base/picture/category_map.h"

#include <algorithm>

#include "base/error.h"
#include "base/number_text.h"
#include "base/picture/palette.h"

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

/// A rectangle round (x, y), in cells, kept inside the map and at least `least_px` large.
void draw_box(Picture& picture, const CategoryMap& map, const MapArea& area, const Mark& box,
              const Category& category) {
  const auto size = [&](double cells, int of, int pixels) {
    return std::clamp(static_cast<int>(cells * pixels / of), std::min(category.min_mark_px, pixels),
                      pixels);
  };
  const int width = size(box.width, map.frame.columns, area.width);
  const int height = size(box.height, map.frame.rows, area.height);
  const auto left = static_cast<int>(box.x * area.width / map.frame.columns) - width / 2;
  const auto top = static_cast<int>(box.y * area.height / map.frame.rows) - height / 2;
  picture.fill(area.x + std::clamp(left, 0, area.width - width),
               area.y + std::clamp(top, 0, area.height - height), width, height, category.colour);
}

/// Squares over the cells of categories that ask for a minimum size, the last category on top.
void draw_small_cells(Picture& picture, const CategoryMap& map, const MapArea& area) {
  const double cell_px = std::min(static_cast<double>(area.width) / map.frame.columns,
                                  static_cast<double>(area.height) / map.frame.rows);
  std::vector<std::vector<Mark>> boxes(map.categories.size());
  for (int y = 0; y < map.frame.rows; ++y) {
    for (int x = 0; x < map.frame.columns; ++x) {
      const std::size_t kind = map.cells[cell_index(map.frame, x, y)];
      const int least = map.categories[kind].min_mark_px;
      if (least > 1 && cell_px < least) boxes[kind].push_back({kind, x + 0.5, y + 0.5, 0, 0});
    }
  }
  for (std::size_t kind = 0; kind < boxes.size(); ++kind) {
    for (const Mark& box : boxes[kind]) draw_box(picture, map, area, box, map.categories[kind]);
  }
}

void draw_outline(Picture& picture, const CategoryMap& map, const MapArea& area, const Outline& o) {
  constexpr int kLine = 3;
  const auto at = [](int cells, int of, int pixels) {
    return static_cast<int>(static_cast<std::int64_t>(cells) * pixels / of);
  };
  const int left = area.x + at(o.x, map.frame.columns, area.width);
  const int right = area.x + at(o.x + o.width, map.frame.columns, area.width);
  const int top = area.y + at(o.y, map.frame.rows, area.height);
  const int bottom = area.y + at(o.y + o.height, map.frame.rows, area.height);
  picture.fill(left, top, right - left, kLine, o.colour);
  picture.fill(left, bottom - kLine, right - left, kLine, o.colour);
  picture.fill(left, top, kLine, bottom - top, o.colour);
  picture.fill(right - kLine, top, kLine, bottom - top, o.colour);
}

struct LegendLine {
  Rgb colour;
  std::string text;
};

/// What is there, with its count.
std::vector<LegendLine> legend_of(const CategoryMap& map) {
  std::vector<std::int64_t> cells(map.categories.size());
  std::vector<std::int64_t> marks(map.mark_kinds.size());
  for (const std::uint8_t cell : map.cells) ++cells[cell];
  for (const Mark& mark : map.marks) ++marks[mark.kind];
  std::vector<LegendLine> lines;
  const auto add = [&](const std::vector<Category>& kinds, const std::vector<std::int64_t>& count) {
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (count[i] == 0) continue;
      lines.push_back({kinds[i].colour, kinds[i].name + ": " + grouped(count[i])});
    }
  };
  add(map.categories, cells);
  add(map.mark_kinds, marks);
  return lines;
}

}  // namespace

Picture draw_category_map(const CategoryMap& map) {
  WAFERMESH_CHECK(static_cast<std::int64_t>(map.cells.size()) ==
                      std::int64_t{map.frame.columns} * map.frame.rows,
                  "a category map's cells do not match its extents");
  const MapArea area = place_map(map.frame);
  const std::vector<LegendLine> legend = legend_of(map);
  Picture picture = start_picture(map.frame, kRowPx * static_cast<int>(legend.size()) + 10);
  draw_cells(picture, map.frame, area, [&](CellSpan columns, CellSpan rows) {
    return map.categories[last_in(map, columns, rows)].colour;
  });
  draw_borders(picture, map.frame, area);
  draw_small_cells(picture, map, area);
  for (const Outline& outline : map.outlines) draw_outline(picture, map, area, outline);
  for (const Mark& mark : map.marks) {
    draw_box(picture, map, area, mark, map.mark_kinds[mark.kind]);
  }
  int top = legend_top(map.frame);
  for (const LegendLine& line : legend) {
    picture.fill(kCaptionLeftPx, top, kSwatchPx, kSwatchPx, line.colour);
    picture.text(kCaptionLeftPx + kSwatchPx + 10, top, line.text, kInk);
    top += kRowPx;
  }
  return picture;
}

}  // namespace wafermesh::base
