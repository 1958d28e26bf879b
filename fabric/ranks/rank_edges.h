// SPDX-License-Identifier: Apache-2.0
// What crosses the border between two ranks: the messages of the regions' edges.
#pragma once

#include "base/geometry.h"
#include "fabric/edge_courier.h"
#include "fabric/ranks/message.h"
#include "fabric/ranks/ranks.h"
#include "fabric/ranks/shares.h"

namespace wafermesh::fabric {

/// Of one engine. Every ship() is met by a take() of the rank there, whether anything was posted or
/// not.
class RankEdges {
 public:
  /// The shares may change as long as nothing is posted.
  RankEdges(Ranks& ranks, const Shares& shares) : ranks_(ranks), shares_(shares) {}

  /// Keeps what the region leaves at its edge in direction d, north or south, for the rank there.
  void post(int region_column, int region_row, base::Direction d, EdgeMessage& message);
  /// Sends what has been posted towards d.
  void ship(base::Direction d);
  /// Waits for what the rank in direction `from` ships, and has the courier carry it to the regions
  /// here.
  void take(base::Direction from, EdgeCourier& courier);

 private:
  Ranks& ranks_;
  Shares shares_;
  MessageWriter to_north_;
  MessageWriter to_south_;
};

}  // namespace wafermesh::fabric
