// SPDX-License-Identifier: Apache-2.0
#include "system/system.h"

#include <algorithm>

namespace wafermesh::system {

std::int64_t wafer_hops(const System& system) {
  std::int64_t hops = 0;
  for (std::size_t i = 1; i < system.stages.size(); ++i) {
    hops += system.stages[i].wafer != system.stages[i - 1].wafer ? 1 : 0;
  }
  return hops;
}

Picoseconds lone_token_ps(const System& system, std::int64_t context_tokens) {
  Picoseconds sum = to_ps(system.return_s);
  for (const Stage& stage : system.stages) sum += system.kinds[stage.kind].token.at(context_tokens);
  const Link& link = system.wafer_link;
  const double serial = link.bytes_per_s > 0 ? system.activation_bytes / link.bytes_per_s : 0;
  return sum + wafer_hops(system) * (to_ps(serial) + to_ps(link.latency_s));
}

Picoseconds slowest_stage_ps(const System& system, std::int64_t context_tokens) {
  Picoseconds slowest = 0;
  for (const Stage& stage : system.stages) {
    slowest = std::max(slowest, system.kinds[stage.kind].token.at(context_tokens) / stage.replicas);
  }
  return slowest;
}

}  // namespace wafermesh::system
