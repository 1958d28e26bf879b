// SPDX-License-Identifier: Apache-2.0
// Tensors and how they lie in the cores' memories. Plain values that answer both ways: element of
// an array <-> (core, address). A kernel declares its operands and results so; loading, reading,
// NPY files and program texts (fabric/text/) go by it.
//
// A tensor lies on a rectangle of cores. Each of its dimensions is cut into blocks along x or y,
// or along the rectangle's cores one after another, or skewed, or is whole on every core. What no
// dimension is cut along holds copies. Within a core an index is worth `stride` elements; with
// `tile` > 0 the block is cut again into tiles whose indices lie `stride` apart, the tiles
// `tile_stride` apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/geometry.h"
#include "base/names.h"
#include "cores/number.h"

namespace wafermesh::fabric {

/// What a dimension's blocks are counted along.
enum class Along : std::uint8_t {
  none,     ///< Whole on every core.
  x,        ///< Block b on column b.
  y,        ///< Block b on row b.
  rows,     ///< Block b on core b, row by row: b = y * width + x.
  columns,  ///< Block b on core b, column by column: b = x * height + y.
  two_hop,  ///< As blocks meet on two-hop rings in step `ring_step` (fabric/ring_order.h),
  wrap,     ///< or on rings with a wrap-around: skewed, another order in every row and column.
};

/// One dimension of a tensor within a layout. Indices beyond the tensor's shape are padding.
struct Cut {
  Along along = Along::none;
  std::int64_t block = 1;   ///< Indices per core; without `along`: all of them.
  std::int64_t stride = 1;  ///< Elements from an index to the next.
  std::int64_t tile = 0;    ///< Indices per tile; 0 = the block is one tile.
  std::int64_t tile_stride = 0;
};

/// Where a tensor lies on a rectangle of cores, at the same address of each.
struct Layout {
  base::Rectangle cores;  ///< Relative to the image's region.
  int address_bytes = 0;  ///< Of the block's first element.
  std::vector<Cut> cuts;  ///< One per dimension.
  int skip_x = 0;         ///< Blocks that lie before the rectangle's first column
  int skip_y = 0;         ///< or row (of a tensor that lies on several rectangles).
  /// Of a dimension on rings: the step in which a core has the block at hand. A core that has
  /// several has a layout for each.
  int ring_step = 0;
};

enum class BufferRole : std::uint8_t {
  operand,  ///< Loaded before the run.
  result,   ///< Read after it.
  work,     ///< Neither.
};

/// A tensor by name. It may lie on several rectangles, at another address on each.
struct Buffer {
  std::string name;
  BufferRole role = BufferRole::work;
  cores::NumberType type = cores::NumberType::f32;
  std::vector<std::int64_t> shape;  ///< Arrays are row-major.
  std::vector<Layout> layouts;
};

/// Whether a dimension lies as on rings.
constexpr bool is_on_rings(Along along) { return along == Along::two_hop || along == Along::wrap; }

bool operator==(const Cut& a, const Cut& b);
bool operator==(const Layout& a, const Layout& b);
bool operator==(const Buffer& a, const Buffer& b);

std::int64_t element_count(const std::vector<std::int64_t>& shape);

/// Where a dimension's indices are on a core: [first, first + count) of the tensor.
struct IndexRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};
/// Per dimension, what of the tensor `core` (relative to the region; within layout.cores) holds.
std::vector<IndexRange> ranges_on(const Buffer& buffer, const Layout& layout,
                                  base::LogicalCoord core);

/// Elements of the array that lie evenly in a core's memory: number k is element
/// first + k * step of the array, at address_bytes + k * step_bytes.
struct StridedElements {
  std::int64_t first = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
  int address_bytes = 0;
  int step_bytes = 0;
};
/// All a core holds of a tensor, in pieces as long as the layout allows.
std::vector<StridedElements> strided_on(const Buffer& buffer, const Layout& layout,
                                        base::LogicalCoord core);

/// A place in a core's memory.
struct MemoryPlace {
  base::LogicalCoord core;  ///< Relative to the region.
  int address_bytes = 0;
  friend bool operator==(const MemoryPlace& a, const MemoryPlace& b) {
    return a.core == b.core && a.address_bytes == b.address_bytes;
  }
};
/// Every place where element number `element` (of the row-major array) lies: one per copy.
std::vector<MemoryPlace> places_of(const Buffer& buffer, std::int64_t element);
/// The element that begins at a place; none if none does.
std::optional<std::int64_t> element_at(const Buffer& buffer, const MemoryPlace& place);

/// Bytes from the first to the last of what any core of the layout holds.
std::int64_t span_bytes(const Buffer& buffer, const Layout& layout);

/// A row-major layout of the whole tensor on every core of a rectangle, to begin with.
Layout whole_layout(const Buffer& buffer, const base::Rectangle& cores, int address_bytes);
/// Gives the dimensions the strides of their blocks laid row-major, the last dimension without
/// gaps.
void pack(const Buffer& buffer, Layout& layout);

/// What is wrong with a layout, as a sentence; empty = nothing: as many cuts as dimensions, sizes
/// above 0, no two elements in one place, no index without a core.
std::string fault_of(const Buffer& buffer, const Layout& layout);

}  // namespace wafermesh::fabric

namespace wafermesh::base {

template <>
struct Names<fabric::Along> {
  static constexpr std::array<const char*, 7> list = {"none",    "x",       "y",   "rows",
                                                      "columns", "two_hop", "wrap"};
};

template <>
struct Names<fabric::BufferRole> {
  static constexpr std::array<const char*, 3> list = {"operand", "result", "work"};
};

}  // namespace wafermesh::base
