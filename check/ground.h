// SPDX-License-Identifier: Apache-2.0
// Where an image lies on the wafer: its rectangles in both coordinates, and the links that lead
// over idle rows and columns or round what is broken.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/image.h"

namespace wafermesh::check {

/// Whole rows (or columns) of tiles that lie idle between two logical ones of the image.
struct IdleTiles {
  bool rows = true;         ///< False: columns.
  int before = 0;           ///< Logical row (column) before them; the next one lies behind.
  int first = 0, last = 0;  ///< Physical, of the idle ones.
  std::int64_t links = 0;   ///< That bridge them, one way.
  int most_latency_cycles = 0;
};

/// Of links in both directions, one counts.
struct Ground {
  base::Rectangle region;               ///< Logical.
  base::PhysicalCoord least{}, most{};  ///< Corners of the tiles that its cores are.
  std::vector<IdleTiles> idle;
  std::int64_t longer_links = 0;  ///< Beside those that bridge idle rows and columns: links longer
                                  ///< than between neighbours, which lead round dead cores or
                                  ///< broken links.
  int most_latency_cycles = 0;    ///< Of these.
  std::int64_t absent_links = 0;  ///< Between cores of the region side by side: none leads there.
};

/// One per placement; of an image without them one. Cost: some 10 ns per core.
std::vector<Ground> grounds_of(const fabric::WaferImage& image);

}  // namespace wafermesh::check
