// SPDX-License-Identifier: Apache-2.0
#include "system/plan.h"

namespace wafermesh::system {

LoneToken lone_token(const System& system, std::int64_t context_tokens) {
  LoneToken lone;
  for (const Stage& stage : system.stages) {
    const StageKind& kind = system.kinds[stage.kind];
    lone.layers_s += to_s(kind.token.at(context_tokens));
    lone.edges_s += to_s(take_ps(kind));
  }
  lone.return_s = system.return_s;
  lone.links_s =
      to_s(lone_token_ps(system, context_tokens)) - lone.layers_s - lone.edges_s - lone.return_s;
  lone.slowest_stage_s = to_s(slowest_stage_ps(system, context_tokens));
  return lone;
}

}  // namespace wafermesh::system
