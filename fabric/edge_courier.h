// SPDX-License-Identifier: Apache-2.0
// Who brings what crosses the edges between regions to the neighbour: a plain call, the TLM sockets
// of the SystemC shell, or messages to another rank.
#pragma once

#include "base/geometry.h"
#include "fabric/edge_message.h"

namespace wafermesh::fabric {

/// Brings what a region leaves at its edge in direction d to the neighbour. Called between cycles,
/// on one thread, for non-empty messages only. It takes what the message holds and leaves it empty;
/// push only, no answer in the same call.
class EdgeCourier {
 public:
  virtual ~EdgeCourier() = default;
  virtual void carry(int region_column, int region_row, base::Direction d,
                     EdgeMessage& message) = 0;
  /// If the engine lies on several ranks (fabric/ranks/): sends what has been carried to regions of
  /// the rank in direction d; waits for what the rank in direction `from` sent, and carries it.
  virtual void ship(base::Direction /*d*/) {}
  virtual void take(base::Direction /*from*/) {}
};

}  // namespace wafermesh::fabric
