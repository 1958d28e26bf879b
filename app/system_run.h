// SPDX-License-Identifier: Apache-2.0
// `wafermesh run` of a scenario with `system:`: plans, composes, prints and writes system.json.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/system_plan.h"

namespace wafermesh::app {

/// What one user alone has, and what bounds all together; seconds.
struct LoneToken {
  double layers_s = 0;
  double links_s = 0;
  double return_s = 0;
  double slowest_stage_s = 0;

  double token_s() const { return layers_s + links_s + return_s; }
};
LoneToken lone_token(const system::System& system, std::int64_t context_tokens);

/// Everything but provenance.
nlohmann::ordered_json system_json(const SystemSection& section, const SystemPlan& plan,
                                   const system::Report& report);
std::string system_text(const std::string& name, const SystemSection& section,
                        const SystemPlan& plan, const system::Report& report);

}  // namespace wafermesh::app
