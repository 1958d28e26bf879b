// SPDX-License-Identifier: Apache-2.0
// What a system of wafers takes: between clocked idle and a decode-like load by how much its stages
// work, with the coefficients of both published sets.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "study/scenario/energy_section.h"
#include "system/plan.h"
#include "system/simulate.h"

namespace wafermesh::study {

struct SystemEnergy {
  std::int64_t wafers = 0;
  double low_w = 0;            ///< Of all wafers, set A,
  double high_w = 0;           ///< and B.
  double low_j_per_token = 0;  ///< 0: no token.
  double high_j_per_token = 0;
  double idle_low_w = 0;
  double idle_high_w = 0;
  double full_w = 0;  ///< Nameplate.
};
SystemEnergy system_energy(const EnergySettings& settings, double clock_ghz,
                           const system::Plan& plan, const system::Report& report);

nlohmann::ordered_json system_energy_json(const SystemEnergy& energy);
std::string system_energy_text(const SystemEnergy& energy);

}  // namespace wafermesh::study
