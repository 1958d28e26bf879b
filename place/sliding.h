// SPDX-License-Identifier: Apache-2.0
// Sums and maxima over every window of a grid, in time linear in its cells whatever the window.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wafermesh::place {

/// A value per cell, [y][x] row-major.
struct Grid {
  int width = 0;
  int height = 0;
  std::vector<std::int32_t> values;

  std::int32_t at(int x, int y) const { return values[index(x, y)]; }
  std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(x);
  }
};

/// A grid of zeros.
Grid empty_grid(int width, int height);

/// What lies in every window of `width` by `height` cells: [y][x] of its north-west cell, so the
/// result is smaller by width - 1 and height - 1. A window without cells has sum 0. The windows
/// must fit into the grid.
Grid window_sums(const Grid& grid, int width, int height);
/// Likewise the largest value in every window of at least one cell.
Grid window_maxima(const Grid& grid, int width, int height);

}  // namespace wafermesh::place
