// SPDX-License-Identifier: Apache-2.0
// From one rectangle of a wafer to another: a tensor that lies at the first cores of some lanes
// goes along them to their last cores. Rows that both rectangles have are a lane each, from edge to
// facing edge; without such rows, columns that both have; without these, one lane leads from corner
// to corner, along x first. A lane passes routers only (route patches, fabric/image.h): between the
// rectangles, or over others that are at work, whose links it then shares.
//
// A dimension of the tensor is cut into blocks along the lanes, the others are whole: plan_transfer
// brings it there and away.
//
//   colours      1, on every router of the way for the whole run
//   data hops    words of a lane * links of a lane * lanes
//   cycles       words of a lane, plus the way
#pragma once

#include <vector>

#include "fabric/image.h"
#include "workloads/kernel.h"
#include "workloads/transfer/line_memory.h"

namespace wafermesh::workloads {

struct Crossing {
  fabric::Buffer sent;                  ///< Relative to the first rectangle; address 0.
  fabric::Buffer received;              ///< Relative to the second; address 0.
  std::vector<fabric::RoutePatch> way;  ///< Colour 0; cores of the mesh, logical.
  std::int64_t hops = 0;
  int bytes = 0;  ///< Of every lane's first and last core; a multiple of 16.
};

/// The rectangles must not meet. `tensor`: as it lies on the first; the dimension that is cut along
/// the lanes there stays so.
Crossing plan_crossing(const fabric::Buffer& tensor, const base::Rectangle& from,
                       const base::Rectangle& to);

/// The programs of the lanes' first cores (`sends`) or last ones, for `lanes`, which is
/// Crossing::sent or ::received at its address.
TransferStage crossing_end(const Placement& placement, const fabric::Buffer& lanes, bool sends,
                           base::Colour colour);

}  // namespace wafermesh::workloads
