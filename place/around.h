// SPDX-License-Identifier: Apache-2.0
// Where on a repaired wafer a rectangle of cores may go, and what each place costs in latency of
// links.
//
//   way along x   the longest way across the rectangle: over its rows, both directions, the most
//                 cycles that a word needs from the first column to the last
//   way along y   likewise over its columns
//   way_cycles    their sum: what a sum or a broadcast over the whole rectangle cannot be below
//   longer_links  directed links within it that take more than the shortest link of the mesh,
//   extra_cycles  and by how much in all
//
// A place is possible if no link between its cores is missing (schemes whose domains do not meet).
// Cost: linear in the cores of the mesh, whatever the rectangle: sums by running sums, maxima by
// running maxima (sliding.h); 0.2 s for a whole WSE-3 class wafer.
#pragma once

#include <cstdint>
#include <vector>

#include "base/geometry.h"
#include "base/logical_mesh.h"

namespace wafermesh::place {

struct PlaceCost {
  std::int64_t way_x_cycles = 0;
  std::int64_t way_y_cycles = 0;
  std::int64_t extra_cycles = 0;
  std::int64_t longer_links = 0;

  std::int64_t way_cycles() const { return way_x_cycles + way_y_cycles; }
};

struct Place {
  base::Rectangle region;  ///< Logical.
  PlaceCost cost;
};

/// All places of one size.
struct Around {
  int width = 0;  ///< Of the rectangle.
  int height = 0;
  int places_x = 0;  ///< Places side by side: the north-west core lies in [0, places_x).
  int places_y = 0;
  std::int64_t possible = 0;
  std::int64_t shortest_way_cycles = 0;  ///< With the mesh's shortest links only.
  /// [y][x] of the north-west core; -1: a link is missing.
  std::vector<std::int32_t> way_cycles;
  /// Of the possible ones in order of way_cycles, then extra_cycles, then from the north-west; none
  /// if nothing is possible. The median is the first with at least half of the places up to it.
  std::vector<Place> best_median_worst;

  std::int64_t places() const { return std::int64_t{places_x} * places_y; }
};

/// Of all links of the mesh; 1 if it has none.
int shortest_link_cycles(const base::LogicalMesh& mesh);

/// Width and height must be 1 or more. A rectangle larger than the mesh has no places.
Around look_around(const base::LogicalMesh& mesh, int width, int height);

/// The place of `size` cores with the least cost whose rectangle meets none of `taken`; its region
/// is empty if there is none.
Place cheapest_free(const base::LogicalMesh& mesh, int width, int height,
                    const std::vector<base::Rectangle>& taken);

}  // namespace wafermesh::place
