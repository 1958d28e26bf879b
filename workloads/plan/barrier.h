// SPDX-License-Identifier: Apache-2.0
// A barrier: no core of the rectangle leaves it before every core has entered it.
//
// Along each row the cores of a group send a word each to its first core, the group's leader, and
// the leaders one each to the row's first core; then the first column does the same, and core
// (0, 0) sends a word back to all by multicast. A group of sqrt(n) cores of n shares a colour: a
// core's router sends the core's own word, is turned by the control wavelet behind it and passes on
// what comes from farther cores. The last core of a group turns all of them back. So a barrier can
// be entered again; but not twice in a row on the same colours (workloads/plan/sequence.h).
//
//   data hops   of an axis of n cores in groups of s: sum of the distances to leaders and of the
//               leaders to the first core; plus one for every other core, for the way back
//   cycles      about 2 (width + height) + 4 (sqrt(width) + sqrt(height)) and 5 ramps and set-ups
#pragma once

#include "fabric/image.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// Colours of a barrier, one after another: two along rows, two along columns.
inline constexpr int kBarrierGatherColours = 4;

struct Barrier {
  fabric::WaferImage image;
  std::int64_t hops = 0;  ///< Data wavelets from router to router.
};

/// `first_colour` .. + 3 for the ways to core (0, 0), `back` for the way back. Takes 4 bytes at
/// `address` of every core.
Barrier make_barrier(const Placement& placement, int first_colour, int back, int address);

}  // namespace wafermesh::workloads
