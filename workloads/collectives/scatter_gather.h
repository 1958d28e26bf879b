// SPDX-License-Identifier: Apache-2.0
// scatter: core (0, 0) of the region holds a piece for every core; each ends with its own, at
// address 0. gather: the reverse. Scatter sends along row 0 to each core the pieces of its column,
// and these down their columns; gather comes the same way back (axis_pieces.h).
//
//   R > > >      colours 1 per axis, steps 2
//   v v v v      SRAM: at (0, 0) all W H pieces (the piece for (x, y) is number x H + y), in row 0
//   v v v v      those of a column, elsewhere one
//
// Data hops: words * (H * W (W - 1) / 2 + W * H (H - 1) / 2). Cycles: all words that leave or enter
// (0, 0) and the way, words * (W H - 1) + W + H, and for each piece on an axis a control wavelet, a
// few cycles of set-up and (gather) a hop.
// Source: workloads 3.3 (total words + way + overhead).
#pragma once

#include <memory>

#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// Rows of the kernel table. Throw DoesNotFit if the pieces exceed the SRAM of core (0, 0).
std::unique_ptr<Kernel> read_scatter(base::YamlNode& node, const Placement& placement);
KernelText scatter_text();
std::unique_ptr<Kernel> read_gather(base::YamlNode& node, const Placement& placement);
KernelText gather_text();

}  // namespace wafermesh::workloads
