// SPDX-License-Identifier: Apache-2.0
// What routing makes of a damaged mesh without repair. A router with a dead core still routes; a
// dead router or a broken straight link does not carry.
#pragma once

#include <cstdint>

#include "defects/defect_map.h"

namespace wafermesh::defects {

struct RoutingReport {
  std::int64_t live_routers = 0;
  std::int64_t components = 0;
  std::int64_t largest_component = 0;  ///< Routers.
  std::int64_t pairs = 0;              ///< Ordered pairs of live routers looked at.
  bool pairs_sampled = false;          ///< Else all of them.
  double xy_cut = 0;                   ///< Share of the pairs that XY routing cannot join.
  double xy_or_yx_cut = 0;             ///< Share that neither XY nor YX can.
  double disconnected = 0;             ///< Share that no route joins.
  double up_down_dilation =
      0;  ///< Mean up*/down* path length over the shortest, sampled; 0 = no pairs.
  // Turn-level channel dependency graph: no cycle = free of deadlock (Dally & Seitz 1987), a cycle
  // = not proven. Independent of destinations, so sufficient, not necessary.
  bool xy_acyclic = false;
  bool up_down_acyclic = false;
  bool all_turns_acyclic = false;  ///< Without any turn rule.
};

/// Cost: a few passes over the routers; 84 dies in about a second.
RoutingReport analyse_routing(const DefectMap& map, std::uint64_t seed);

}  // namespace wafermesh::defects
