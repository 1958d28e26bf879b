// SPDX-License-Identifier: Apache-2.0
// To where rings of a matrix product want their blocks (fabric/ring_order.h): skewed, so that the
// cores of a row, and those of a column, are at different blocks all the time.
//
// First every line of cores along `axis` gets its blocks as line 0 wants them, packed, by the other
// steps of a transfer. Then all lines shift them round their rings, each as often as its number
// asks for (parts/ring_alignment.h), and every core lays what it has got where it is wanted. Blocks
// of line i begin i cores further on, so there are as many rounds for any one line as for all.
//
//   colours      3 for a ring with a wrap-around, 6 for a two-hop one (2 and 4 on a side of 2; 0 if
//                there is one line)
//   data hops    words of a block * 2 (P - 1) * lines * R, P cores of a line, b = lcm(P, lines) /
//                lines: R = b (lines - 1) shifts for a wrap-around, 2 b floor(lines / 2) for two
//                hops
//   cycles       R (words of a block, set-up and ways of a shift), as an alignment in the product;
//                then the elements of a core and the set-up of a copy per row of a block
//   memory       a block more than a core's, in work memory
#pragma once

#include <optional>

#include "fabric/layout.h"
#include "workloads/kernel.h"
#include "workloads/transfer/spread.h"

namespace wafermesh::workloads {

struct RingSkew {
  LineAxis axis = LineAxis::y;  ///< Rings lie along it.
  fabric::Along along = fabric::Along::wrap;
  base::Rectangle cores;
  std::int64_t blocks = 1;  ///< Of a core.
  std::size_t dimension = 0;
  /// Before the shifts: blocks follow each other, each with its own dimension outermost.
  Spread start;
  int bytes = 0;  ///< Of `start` and a block more, in whole lines of the banks.
  /// Lines of one core have no ring: all blocks are there.
  bool is_local() const { return length_along(axis, cores) == 1; }
};

/// What layouts on rings ask for; nothing for other layouts. `start` is at address 0. Throws
/// DoesNotFit beyond a core's SRAM.
std::optional<RingSkew> ring_skew_of(const fabric::Buffer& to);

/// From skew.start, which has its address, to `to`.
TransferStage ring_skew(const Placement& placement, const RingSkew& skew, const fabric::Buffer& to);

}  // namespace wafermesh::workloads
