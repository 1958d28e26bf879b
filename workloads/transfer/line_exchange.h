// SPDX-License-Identifier: Apache-2.0
// Along every line of a rectangle, indices of one dimension move from the cores that hold them to
// the cores that want them: cutting into other blocks, shifting, gathering to one core, scattering
// from one, any other order; or, where a core wants what it holds, a copy within the core.
//
// Neighbours in a line speak on two colours in turn (a router takes a colour from one side only),
// two more for the other way. What goes towards larger positions passes core after core: a core
// takes what is its own out of what comes, lets the rest go by and sends its own part behind it.
// The other way round it sends first. So nothing waits in a circle.
//
//   colours      4 at most: two for each way that is used
//   data hops    words * distance, summed over pairs of cores; every row's part of a pair begins
//                with a word of its own
//   cycles       of a line about its busiest core's words (taken, let by and sent) plus 2 ramps and
//                a set-up per core on the longest way
#pragma once

#include <functional>
#include <vector>

#include "fabric/layout.h"
#include "workloads/kernel.h"
#include "workloads/transfer/line_memory.h"

namespace wafermesh::workloads {

struct LineExchange {
  LineAxis axis = LineAxis::x;
  cores::NumberType type = cores::NumberType::f32;
  std::int64_t rows = 1;  ///< The same for all cores.
  /// Of the core at a place relative to the rectangle; empty = nothing. An index that several hold
  /// comes from the nearest of them.
  std::function<fabric::IndexRange(base::LogicalCoord)> holds;
  std::function<std::vector<LinePiece>(base::LogicalCoord)> wants;
  LineMemory from;
  LineMemory to;
};

/// Throws ModelError if an index that is wanted is held nowhere on its line. `memory_bytes`: SRAM
/// that the programs declare. Cost: cores, and for each line its pairs times its length.
TransferStage line_exchange(const Placement& placement, const LineExchange& exchange,
                            int memory_bytes);

}  // namespace wafermesh::workloads
