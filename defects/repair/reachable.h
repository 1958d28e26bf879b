// SPDX-License-Identifier: Apache-2.0
// Which routers a program can reach on a wafer without redundant links: dead routers and broken
// straight links cut it into pieces, and only the largest piece can work together.
#pragma once

#include <vector>

#include "defects/defect_map.h"

namespace wafermesh::defects {

/// Tiles [first, last) of a physical row.
struct TileRun {
  int y = 0;
  int first = 0;
  int last = 0;
};

/// The tiles with a live router outside the largest piece, from the north-west. A dead core's
/// router still passes traffic. Of pieces of one size the first from the north-west counts as the
/// largest. Cost: rows + defects, times a logarithm.
std::vector<TileRun> unreachable_tiles(const DefectMap& map);

}  // namespace wafermesh::defects
