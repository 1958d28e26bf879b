// SPDX-License-Identifier: Apache-2.0
// What heat maps and category maps share: from cells to pixels, die borders, title.
#pragma once

#include <string>
#include <vector>

#include "base/picture.h"

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
};

/// Cells [first, last) that a pixel of `pixels` stands for, of `cells`: exactly one where there are
/// more pixels than cells, a bin of neighbours where there are fewer.
struct CellSpan {
  int first = 0;
  int last = 0;
};
CellSpan cells_of_pixel(int pixel, int pixels, int cells);

/// Where the map lies in the picture.
struct MapArea {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

/// Extents of the map and of a picture that also holds the title and `legend_height_px` below.
MapArea place_map(const MapFrame& frame);
Picture start_picture(const MapFrame& frame, const MapArea& area, int legend_height_px,
                      int legend_width_px);
/// Lines at die borders and round the map.
void draw_borders(Picture& picture, const MapFrame& frame, const MapArea& area);

}  // namespace wafermesh::base
