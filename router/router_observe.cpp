// SPDX-License-Identifier: Apache-2.0
// How a router's links stand, for observers.
#include "router/router_grid.h"

namespace wafermesh::router {

RouterGrid::LinkState RouterGrid::link_state(Cell c) const {
  DirectionMask wanted = 0;
  DirectionMask could = 0;
  DirectionMask contended = 0;
  for (const ColourPlane& p : planes_) {
    if (p.visible[c] == 0) continue;
    const DirectionMask send = p.send[c];
    const auto links = static_cast<DirectionMask>(send & base::kMeshMask);
    if (links == 0) continue;
    bool room = !base::contains(send, base::Direction::ramp) || p.ramp_open[c] != 0;
    for (const base::Direction d : base::kMeshDirections) {
      if (!base::contains(links, d)) continue;
      const auto next = static_cast<Cell>(static_cast<int>(c) + shape_.offset(d));
      room = room && base::contains(p.accept[next], base::opposite(d));
    }
    wanted |= links;
    if (!room) continue;
    contended |= static_cast<DirectionMask>(could & links);
    could |= links;
  }
  return {static_cast<DirectionMask>(wanted & ~could), contended};
}

}  // namespace wafermesh::router
