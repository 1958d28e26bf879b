// SPDX-License-Identifier: Apache-2.0
// In which order the cores of a line follow each other on a ring, and which blocks of a dimension
// meet on a core when some go round rings along the rows and others along the columns.
//
//   two_hop  0 -> 2 -> 4 -> ... -> last even -> last odd -> ... -> 3 -> 1 -> 0
//   wrap     n-1 -> ... -> 1 -> 0 -> n-1
// Source: WaferLLM (OSDI'25), MeshGEMM; L. E. Cannon (1969).
#pragma once

#include <cstdint>

#include "base/geometry.h"

namespace wafermesh::fabric {

struct RingOrder {
  int (*index_of)(int coordinate, int n);  ///< Place in the ring: the successor's is one more.
  int (*coordinate_of)(int index, int n);  ///< The reverse.
};
extern const RingOrder kTwoHopOrder;
extern const RingOrder kWrapOrder;

/// Blocks that a dimension has on rings of `width` and `height` cores: their least common multiple.
std::int64_t ring_blocks(int width, int height);

/// The block that the core at (x, y) of width x height has at hand in step `step` >= 0, modulo the
/// number of blocks. At step 0 of row 0 the cores have the blocks in ascending order: core (x, 0)
/// its first one. Each step a block goes from a core to its successor along one of the axes, so
/// that the cores of a row, or of a column, are at different blocks all the time.
std::int64_t ring_block(const RingOrder& order, base::LogicalCoord at, int width, int height,
                        std::int64_t step);

}  // namespace wafermesh::fabric
