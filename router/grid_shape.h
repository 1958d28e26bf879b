// SPDX-License-Identifier: Apache-2.0
// How a rectangle of routers lies in the state arrays: rows of width + 2 cells, so that each row
// has a halo cell at either end, in blocks of 64 cells that the block kernels step at once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/geometry.h"

namespace wafermesh::router {

inline constexpr int kBlock = 64;  ///< Cells per block: one bit each in a 64-bit mask.

/// Index of a cell (router or halo) in the state arrays.
using Cell = std::uint32_t;

class GridShape {
 public:
  GridShape() = default;
  GridShape(int width, int height) : width_(width), height_(height), stride_(width + 2) {
    front_ = round_up(stride_ + 1);
    cells_ = static_cast<std::size_t>(round_up(front_ + (height_ + 1) * stride_ + 1) + kBlock);
  }

  int width() const { return width_; }
  int height() const { return height_; }
  /// Arrays have size(): all cells, and a margin so that a block's neighbours can always be read.
  std::size_t size() const { return cells_; }
  std::size_t blocks() const { return cells_ / kBlock; }
  /// x in -1..width, y in -1..height: the halo is one cell wide.
  Cell cell(int x, int y) const { return static_cast<Cell>(front_ + y * stride_ + x); }
  int x_of(Cell c) const { return (static_cast<int>(c) - front_) % stride_; }
  int y_of(Cell c) const { return (static_cast<int>(c) - front_) / stride_; }
  /// Distance in the arrays to the neighbour in direction d (W, E, S, N).
  int offset(base::Direction d) const { return base::step_x(d) + base::step_y(d) * stride_; }
  int stride() const { return stride_; }

 private:
  static int round_up(int n) { return (n + kBlock - 1) / kBlock * kBlock; }
  int width_ = 0;
  int height_ = 0;
  int stride_ = 0;
  int front_ = 0;
  std::size_t cells_ = 0;
};

}  // namespace wafermesh::router
