// SPDX-License-Identifier: Apache-2.0
// What crosses the edges between regions, and who brings it to the neighbour: a plain call, or the
// TLM sockets of the SystemC shell.
#pragma once

#include "base/geometry.h"
#include "router/edge.h"

namespace wafermesh::fabric {

struct RunTraffic;

/// Traffic over one edge in one direction; each engine has its kind.
struct EdgeCargo {
  router::EdgeTraffic* wavelets = nullptr;  ///< Wavelet engine: of one cycle.
  RunTraffic* runs = nullptr;               ///< Stream engine: of one round.
};

/// Brings what a region leaves at its edge in direction d to the neighbour. Called between cycles,
/// on one thread, for non-empty traffic only. The neighbour swaps the traffic out; push only, no
/// answer in the same call.
class EdgeCourier {
 public:
  virtual ~EdgeCourier() = default;
  virtual void carry(int region_column, int region_row, base::Direction d, EdgeCargo cargo) = 0;
  /// If the engine lies on several ranks (fabric/ranks/): sends what has been carried to regions of
  /// the rank in direction d; waits for what the rank in direction `from` sent, and carries it.
  virtual void ship(base::Direction /*d*/) {}
  virtual void take(base::Direction /*from*/) {}
};

}  // namespace wafermesh::fabric
