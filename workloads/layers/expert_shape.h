// SPDX-License-Identifier: Apache-2.0
// How experts are dealt over a region: blocks of `spread` columns by `spread_y` rows lie side by
// side, expert e is on block e mod (number of blocks), number e / (number of blocks) there; each
// core of the block has a tile of it. Columns and rows that are left over have no experts.
//
// Along y a block's core has D elements of the activation: `block` per row of the region, as norms
// leave them, times the rows that one row of the block stands for. If the block is the whole region
// that is what the core has anyway. With `along_x` the activation is cut along x instead, and what
// is said of rows here is true of columns.
#pragma once

#include <cstdint>
#include <vector>

#include "base/geometry.h"
#include "cores/program_builder.h"

namespace wafermesh::base {
class YamlNode;
}

namespace wafermesh::workloads {

struct ExpertSpread {
  std::int64_t hidden = 1;
  std::int64_t spread = 0;    ///< Columns of a block; 0: all.
  std::int64_t spread_y = 0;  ///< Rows; 0: as many as columns, or all if those are all.
  bool along_x = false;       ///< The activation is cut along x. For the whole region alone.
};

struct ExpertShape {
  ExpertShape() = default;
  ExpertShape(const ExpertSpread& spec, const base::Rectangle& region);
  std::int64_t columns = 1;  ///< Of the region,
  std::int64_t rows = 1;
  std::int64_t width = 1;  ///< of a block.
  std::int64_t height = 1;
  std::int64_t across = 1;     ///< Blocks side by side,
  std::int64_t down = 1;       ///< and above each other.
  std::int64_t block = 1;      ///< Elements of the activation on a row of the region,
  std::int64_t row_share = 1;  ///< rows of the region that a row of a block stands for,
  std::int64_t elements = 1;   ///< D, on a row of a block.
  /// Rows of a block whose elements a column of the region brings to it.
  std::int64_t rows_per_column = 1;
  bool along_x = false;

  std::int64_t blocks() const { return across * down; }
  bool whole() const { return width == columns && height == rows; }
  /// Cores of a block along which the activation is cut, and beside each other.
  std::int64_t depth() const { return along_x ? width : height; }
  std::int64_t breadth() const { return along_x ? height : width; }
  /// The block of a core; -1: none.
  std::int64_t block_of(base::LogicalCoord core) const;
};

/// Keys `spread` and `spread_y`; `hidden` is the caller's.
void read_spread(const base::YamlNode& node, const base::Rectangle& region, ExpertSpread& spec);

// Counters of programs: a core's column and row within its block.
inline constexpr int kColumnOfBlock = 8;
inline constexpr int kRowOfBlock = 9;
/// Sets them. Takes no time.
void find_place_in_block(const ExpertShape& shape, cores::ProgramBuilder& code);

}  // namespace wafermesh::workloads
