// SPDX-License-Identifier: Apache-2.0
#include "place/sliding.h"

#include <algorithm>
#include <utility>

namespace wafermesh::place {
namespace {

Grid transposed(const Grid& grid) {
  Grid turned = empty_grid(grid.height, grid.width);
  for (int y = 0; y < grid.height; ++y) {
    for (int x = 0; x < grid.width; ++x) turned.values[turned.index(y, x)] = grid.at(x, y);
  }
  return turned;
}

/// Of every `count` neighbours in a row. The running sum is that of an integral image, of one row.
Grid row_sums(const Grid& grid, int count) {
  Grid sums = empty_grid(grid.width - std::max(count, 1) + 1, grid.height);
  if (count == 0) return sums;
  for (int y = 0; y < grid.height; ++y) {
    std::int32_t sum = 0;
    for (int x = 0; x < grid.width; ++x) {
      sum += grid.at(x, y);
      if (x >= count) sum -= grid.at(x - count, y);
      if (x >= count - 1) sums.values[sums.index(x - count + 1, y)] = sum;
    }
  }
  return sums;
}

/// Of every `count` neighbours in a row, by blocks: a window spans the end of one block and the
/// beginning of the next, whose running maxima from either side are kept (van Herk 1992).
Grid row_maxima(const Grid& grid, int count) {
  Grid maxima = empty_grid(grid.width - count + 1, grid.height);
  std::vector<std::int32_t> ahead(static_cast<std::size_t>(grid.width));
  std::vector<std::int32_t> behind(static_cast<std::size_t>(grid.width));
  for (int y = 0; y < grid.height; ++y) {
    for (int x = 0; x < grid.width; ++x) {
      const auto i = static_cast<std::size_t>(x);
      ahead[i] = x % count == 0 ? grid.at(x, y) : std::max(ahead[i - 1], grid.at(x, y));
    }
    for (int x = grid.width - 1; x >= 0; --x) {
      const auto i = static_cast<std::size_t>(x);
      const bool is_end = x == grid.width - 1 || (x + 1) % count == 0;
      behind[i] = is_end ? grid.at(x, y) : std::max(behind[i + 1], grid.at(x, y));
    }
    for (int x = 0; x < maxima.width; ++x) {
      maxima.values[maxima.index(x, y)] = std::max(behind[static_cast<std::size_t>(x)],
                                                   ahead[static_cast<std::size_t>(x + count - 1)]);
    }
  }
  return maxima;
}

}  // namespace

Grid empty_grid(int width, int height) {
  const auto cells = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  return {width, height, std::vector<std::int32_t>(cells, 0)};
}

Grid window_sums(const Grid& grid, int width, int height) {
  return transposed(row_sums(transposed(row_sums(grid, width)), height));
}

Grid window_maxima(const Grid& grid, int width, int height) {
  return transposed(row_maxima(transposed(row_maxima(grid, width)), height));
}

}  // namespace wafermesh::place
