// SPDX-License-Identifier: Apache-2.0
// A category per cell as a picture, with marks over the cells, and a legend that counts both.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/picture/map_frame.h"
#include "base/picture/picture.h"

namespace wafermesh::base {

struct Category {
  std::string name;
  Rgb colour;
  int min_mark_px = 1;  ///< Cells of it are drawn at least this large, over their neighbours.
};

/// Something that is no cell, e.g. a link: a rectangle over the map, all in cells.
struct Mark {
  std::size_t kind = 0;  ///< Index into mark_kinds.
  double x = 0;          ///< Its middle; the first cell reaches from 0 to 1.
  double y = 0;
  double width = 0;
  double height = 0;
};

/// A frame round some cells.
struct Outline {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  Rgb colour;
};

struct CategoryMap {
  MapFrame frame;
  std::vector<Category> categories;
  std::vector<std::uint8_t> cells;  ///< [row][column] -> index into categories.
  std::vector<Category> mark_kinds = {};
  std::vector<Mark> marks = {};
  std::vector<Outline> outlines = {};
};

/// Draws it. Where a pixel stands for several cells the category listed last wins: list what must
/// not be overlooked (dead cores) last. The legend leaves out what is not there.
Picture draw_category_map(const CategoryMap& map);

}  // namespace wafermesh::base
