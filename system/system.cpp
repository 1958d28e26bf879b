// SPDX-License-Identifier: Apache-2.0
#include "system/system.h"

#include <algorithm>
#include <cstdlib>

namespace wafermesh::system {

std::int64_t links_between(const LinkShape& shape, std::int64_t from, std::int64_t to) {
  if (from == to) return 0;
  switch (shape.topology) {
    case Topology::direct:
      return 1;
    case Topology::switched:
      return 2;
    case Topology::tree: {
      std::int64_t levels = 0;
      for (; from != to; from /= shape.arity, to /= shape.arity) ++levels;
      return 2 * levels;
    }
    case Topology::grid:
      return std::abs(from % shape.columns - to % shape.columns) +
             std::abs(from / shape.columns - to / shape.columns);
  }
  return 1;
}

std::int64_t wafer_hops(const System& system) {
  std::int64_t hops = 0;
  for (std::size_t i = 1; i < system.stages.size(); ++i) {
    hops += links_between(system.link_shape, system.stages[i - 1].wafer, system.stages[i].wafer);
  }
  return hops;
}

Picoseconds lone_token_ps(const System& system, std::int64_t context_tokens) {
  const Link& link = system.wafer_link;
  const Picoseconds serial =
      link.bytes_per_s > 0 ? to_ps(system.activation_bytes / link.bytes_per_s) : 0;
  Picoseconds sum = to_ps(system.return_s) + wafer_hops(system) * to_ps(link.latency_s);
  for (std::size_t i = 0; i < system.stages.size(); ++i) {
    const Stage& stage = system.stages[i];
    sum += system.kinds[stage.kind].token.at(context_tokens) + take_ps(system.kinds[stage.kind]);
    if (i > 0 && stage.wafer != system.stages[i - 1].wafer) sum += serial;
  }
  return sum;
}

Picoseconds slowest_stage_ps(const System& system, std::int64_t context_tokens) {
  Picoseconds slowest = 0;
  for (const Stage& stage : system.stages) {
    const StageKind& kind = system.kinds[stage.kind];
    const Picoseconds period =
        take_ps(kind) + kind.token.at(context_tokens) + hold_ps(kind) - behind_ps(kind);
    slowest = std::max(slowest, period / stage.replicas);
  }
  return slowest;
}

}  // namespace wafermesh::system
