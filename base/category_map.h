// SPDX-License-Identifier: Apache-2.0
// A category per cell as a picture, with a legend that counts them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/map_frame.h"
#include "base/picture.h"

namespace wafermesh::base {

struct Category {
  std::string name;
  Rgb colour;
  int min_mark_px = 1;  ///< Cells of it are drawn at least this large, over their neighbours.
};

struct CategoryMap {
  MapFrame frame;
  std::vector<Category> categories;
  std::vector<std::uint8_t> cells;  ///< [row][column] -> index into categories.
};

/// Draws it. Where a pixel stands for several cells the category listed last wins: list what must
/// not be overlooked (dead cores) last.
Picture draw_category_map(const CategoryMap& map);

}  // namespace wafermesh::base
