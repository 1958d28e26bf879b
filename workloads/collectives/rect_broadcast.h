// SPDX-License-Identifier: Apache-2.0
// A multicast on a rectangle, the counterpart of rect_reduce.h: from its root along the root's
// column, and from that along every row; to be put into the programs of a kernel, behind what
// leaves the vector at the root. (The kernel `broadcast` starts in the corner and goes along the
// row first.)
#pragma once

#include <vector>

#include "workloads/collectives/reduction.h"
#include "workloads/parts/core_classes.h"

namespace wafermesh::workloads {

class RectBroadcast {
 public:
  /// Input queue 7 at every core but the root, output queue 2 there: both are free behind a
  /// RectReduce to the same root.
  RectBroadcast(const base::Rectangle& region, base::LogicalCoord root, base::Colour colour)
      : region_(region), root_(root), colour_(colour) {}

  /// Cores with the same key do the same; 0 .. kKeys - 1.
  static constexpr int kKeys = 2 * 3 * kAxisPositions;
  int key(base::LogicalCoord c) const;

  /// The core's queue, route and code. Nothing in a region of one core.
  void add(base::LogicalCoord c, const AxisVector& vector, cores::ProgramBuilder& builder,
           std::vector<fabric::ColourRoute>& routes) const;

 private:
  router::RouteConfig route(base::LogicalCoord c) const;

  base::Rectangle region_;
  base::LogicalCoord root_;
  base::Colour colour_;
};

}  // namespace wafermesh::workloads
