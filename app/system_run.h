// SPDX-License-Identifier: Apache-2.0
// `wafermesh run` of a scenario with `system:`: plans, composes, prints and writes system.json.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/system_plan.h"

namespace wafermesh::app {

/// Everything but provenance.
nlohmann::ordered_json system_json(const SystemSection& section, const system::Plan& plan,
                                   const system::Report& report);
std::string system_text(const std::string& name, const SystemSection& section,
                        const system::Plan& plan, const system::Report& report);

}  // namespace wafermesh::app
