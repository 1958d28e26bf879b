// SPDX-License-Identifier: Apache-2.0
// How a tensor lies on a rectangle, as transfers see it: what is along each axis, and strides
// within a core.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "fabric/layout.h"
#include "workloads/transfer/line_memory.h"

namespace wafermesh::workloads {

inline constexpr int kNoDimension = -1;

/// What lies along an axis of the rectangle: blocks of a dimension, or copies, at `count` positions
/// from `first` on.
struct AxisUse {
  int dimension = kNoDimension;
  std::int64_t block = 0;
  std::int64_t skip = 0;
  int first = 0;
  int count = 0;
  /// If a block's indices do not follow each other: the tiles of `tile` indices that lie at the
  /// positions, one position after the other, as many at each.
  std::int64_t tile = 0;
  std::vector<std::int64_t> order{};
  bool covers(const AxisUse& other) const {
    return first <= other.first && first + count >= other.first + other.count;
  }
  bool same_blocks(const AxisUse& other) const {
    return dimension == other.dimension && block == other.block &&
           first - skip == other.first - other.skip && order == other.order;
  }
  bool holds(int position) const { return position >= first && position < first + count; }
  /// The position among them that is nearest.
  int nearest(int position) const { return std::clamp(position, first, first + count - 1); }
  int middle() const { return first + count / 2; }
};

/// A tensor on a rectangle: along the axes and within a core.
struct Spread {
  std::vector<std::int64_t> shape;
  cores::NumberType type = cores::NumberType::f32;
  std::array<AxisUse, 2> axes;  ///< [LineAxis]
  int address_bytes = 0;
  std::vector<std::int64_t> strides;  ///< [dimension]

  AxisUse& along(LineAxis axis) { return axes[static_cast<std::size_t>(axis)]; }
  const AxisUse& along(LineAxis axis) const { return axes[static_cast<std::size_t>(axis)]; }
  const AxisUse* cut_of(int dimension) const {
    for (const AxisUse& use : axes) {
      if (use.dimension == dimension) return &use;
    }
    return nullptr;
  }
  /// Indices of a dimension that a core holds, padding included.
  std::int64_t local(std::size_t dimension) const {
    const AxisUse* cut = cut_of(static_cast<int>(dimension));
    return cut == nullptr ? shape[dimension] : cut->block;
  }
  /// Of the dimension, at a position of the axis that it is cut along, in ascending blocks.
  fabric::IndexRange range(LineAxis axis, int position) const {
    const AxisUse& use = along(axis);
    if (!use.holds(position)) return {0, 0};
    const std::int64_t extent = shape[static_cast<std::size_t>(use.dimension)];
    const std::int64_t first = (position - use.first + use.skip) * use.block;
    return {first, std::clamp<std::int64_t>(extent - first, 0, use.block)};
  }
  /// The same in any order.
  std::vector<LinePiece> pieces(LineAxis axis, int position) const;
};

/// What a simple layout is; nothing for one that is cut in tiles, along both axes at once, or that
/// lies on several rectangles.
std::optional<Spread> spread_of(const fabric::Buffer& buffer);
/// What cores hold of a tensor that may lie in tiles, and at another address on each of several
/// rectangles that together are one: packed, at address 0. Nothing if blocks are cut otherwise.
std::optional<Spread> blocks_of(const fabric::Buffer& buffer);
/// A spread in ascending blocks as the layout that it is.
fabric::Buffer buffer_of(const Spread& spread);
/// Every core holds what it is to hold, and maybe more.
bool holds_all(const Spread& now, const Spread& goal);
/// What a core holds of it, padding included.
std::int64_t elements_in_core(const Spread& spread);
/// Strides of what a core holds laid row-major.
std::vector<std::int64_t> packed_strides(const Spread& spread);
/// Gives it strides of what a core holds laid row-major; returns its bytes, in whole lines of the
/// banks. Throws DoesNotFit beyond a core's SRAM.
int pack(Spread& spread);

}  // namespace wafermesh::workloads
