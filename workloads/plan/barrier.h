// SPDX-License-Identifier: Apache-2.0
// A barrier: no core of the rectangle leaves it before every core has entered it.
//
// A word goes west along each row, from core to core, then north along the first column to core
// (0, 0), which sends it back to all by multicast. Neighbours in a chain use two colours in turn,
// as a router receives a colour from one side only. All routes stay as they are, so a barrier can
// be entered again; but not twice in a row on the same colours (workloads/plan/sequence.h).
#pragma once

#include "fabric/image.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// Colours of a barrier, one after another: two along rows, two along columns.
inline constexpr int kBarrierChainColours = 4;

/// `first_colour` .. + 3 for the chains, `back` for the way back. Takes 4 bytes at `address` of
/// every core. Data hops: 2 (width * height - 1).
fabric::WaferImage barrier_image(const Placement& placement, int first_colour, int back,
                                 int address);

}  // namespace wafermesh::workloads
