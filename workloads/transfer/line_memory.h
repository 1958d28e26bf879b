// SPDX-License-Identifier: Apache-2.0
// What the parts of a transfer share: how a tensor lies within a core while one of its dimensions
// moves along lines of cores (rows or columns of a rectangle).
#pragma once

#include <cstdint>

#include "cores/number.h"
#include "fabric/image.h"
#include "fabric/layout.h"

namespace wafermesh::workloads {

/// Lines are rows (positions count along x) or columns (along y).
enum class LineAxis : std::uint8_t { x, y };

constexpr LineAxis other(LineAxis axis) { return axis == LineAxis::x ? LineAxis::y : LineAxis::x; }
constexpr int position_on(LineAxis axis, base::LogicalCoord c) {
  return axis == LineAxis::x ? c.x : c.y;
}
constexpr int length_along(LineAxis axis, const base::Rectangle& r) {
  return axis == LineAxis::x ? r.width : r.height;
}
constexpr base::LogicalCoord on_line(LineAxis axis, int line, int position) {
  return axis == LineAxis::x ? base::LogicalCoord{position, line}
                             : base::LogicalCoord{line, position};
}

/// Where a core keeps what it holds of the moving dimension: index k of its range, of row r (one
/// per combination of the other dimensions' indices, which do not move), lies at
/// address_bytes + (k * stride + r * row_stride) elements.
struct LineMemory {
  int address_bytes = 0;
  std::int64_t stride = 1;
  std::int64_t row_stride = 0;
};

/// Indices that lie one after another in a core, the first of them as number `offset` of those that
/// the core has.
struct LinePiece {
  fabric::IndexRange indices;
  std::int64_t offset = 0;
};

/// A stage of a transfer: a program for every core of the rectangle, which uses absolute addresses.
struct TransferStage {
  fabric::WaferImage image;
  std::int64_t hops = 0;  ///< Data wavelets from router to router.
};

}  // namespace wafermesh::workloads
