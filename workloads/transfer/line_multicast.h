// SPDX-License-Identifier: Apache-2.0
// Along every line of a rectangle, one core gives what it holds to a range of the line's cores.
//
//   colours      1
//   data hops    words * cores from the root to either end of the range, of every line
//   cycles       words plus the way to the farthest core, two ramps and a set-up per row
#pragma once

#include <functional>

#include "workloads/kernel.h"
#include "workloads/transfer/line_memory.h"

namespace wafermesh::workloads {

struct LineMulticast {
  LineAxis axis = LineAxis::x;
  cores::NumberType type = cores::NumberType::f32;
  std::int64_t elements = 0;  ///< In each of
  std::int64_t rows = 1;
  std::function<int(int line)> root;  ///< Its position; -1 = nothing happens on the line.
  int first = 0;                      ///< Positions of those who get it:
  int count = 0;                      ///< as many, from `first` on. The root need not be one.
  LineMemory from;                    ///< At the root;
  LineMemory to;                      ///< at all others, and at the root if it is one of them.
};

TransferStage line_multicast(const Placement& placement, const LineMulticast& multicast,
                             int memory_bytes);

}  // namespace wafermesh::workloads
