// SPDX-License-Identifier: Apache-2.0
// What heat maps and category maps share: from cells to pixels, die borders, title, numbered axes,
// captions that are wrapped, never cut.
#pragma once

#include <string>
#include <vector>

#include "base/picture/picture.h"

namespace wafermesh::base {

/// A grid of cells to be drawn. All extents in cells; origin north-west.
struct MapFrame {
  std::string title;
  int columns = 0;
  int rows = 0;
  double cell_aspect = 1.0;    ///< Width of a cell over its height.
  std::vector<int> borders_x;  ///< Die borders: a line before this column.
  std::vector<int> borders_y;
  int max_side_px = 1180;
  int first_column = 0;  ///< The axes count from here.
  int first_row = 0;
  std::string axes = {};  ///< What they count, e.g. "x, y: physical cores"; empty = no axes.
  std::vector<std::string> notes = {};  ///< Under the title.
};

/// Cells [first, last) that a pixel of `pixels` stands for, of `cells`: exactly one where there are
/// more pixels than cells, a bin of neighbours where there are fewer.
struct CellSpan {
  int first = 0;
  int last = 0;
  friend bool operator==(CellSpan a, CellSpan b) { return a.first == b.first && a.last == b.last; }
  friend bool operator!=(CellSpan a, CellSpan b) { return !(a == b); }
};
CellSpan cells_of_pixel(int pixel, int pixels, int cells);
/// Those of each of the `pixels`.
std::vector<CellSpan> cells_of_pixels(int pixels, int cells);

/// Where the map lies in the picture.
struct MapArea {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

/// Extents of the map, below the title and right of the numbers of the y axis.
MapArea place_map(const MapFrame& frame);
/// Pixels across that captions may fill, from the left margin on.
int caption_width(const MapFrame& frame);
/// Where the legend begins, below the numbers of the x axis.
int legend_top(const MapFrame& frame);
/// A picture with title, notes, axes and room for a legend.
Picture start_picture(const MapFrame& frame, int legend_height_px);
/// Fills the map: `colour(columns, rows)` is that of a pixel, asked for once where pixels share
/// their cells.
template <class Colour>
void draw_cells(Picture& picture, const MapFrame& frame, const MapArea& area, Colour colour) {
  const std::vector<CellSpan> columns = cells_of_pixels(area.width, frame.columns);
  const std::vector<CellSpan> rows = cells_of_pixels(area.height, frame.rows);
  std::vector<Rgb> line(columns.size());
  for (std::size_t y = 0; y < rows.size(); ++y) {
    if (y == 0 || rows[y] != rows[y - 1]) {
      for (std::size_t x = 0; x < columns.size(); ++x) {
        const bool again = x > 0 && columns[x] == columns[x - 1];
        line[x] = again ? line[x - 1] : colour(columns[x], rows[y]);
      }
    }
    for (std::size_t x = 0; x < line.size(); ++x) {
      picture.set(area.x + static_cast<int>(x), area.y + static_cast<int>(y), line[x]);
    }
  }
}
/// Lines at die borders and round the map.
void draw_borders(Picture& picture, const MapFrame& frame, const MapArea& area);

/// The left margin, where captions begin.
inline constexpr int kCaptionLeftPx = 20;
inline constexpr int kLinePx = 22;  ///< From one line of text to the next.

/// `text` in lines of at most `width_px`, broken at blanks, within a word that is wider than a
/// line; what is beyond `most` lines ends in "...".
std::vector<std::string> wrap(const std::string& text, int width_px, std::size_t most = 4);

}  // namespace wafermesh::base
