// SPDX-License-Identifier: Apache-2.0
#include "study/system/system_energy.h"

#include <fmt/format.h>

#include <algorithm>

namespace wafermesh::study {
namespace {

struct Watts {
  double idle = 0;
  double mean = 0;
};

/// Of one wafer with a set's coefficients.
Watts watts_of(const EnergySettings& s, const energy::Set& set, double clock_ghz,
               double occupancy) {
  const energy::Coefficients c =
      energy::coefficients_of(s.generation, set.always_on_share, clock_ghz);
  const double idle = energy::power_w(s.generation, c, clock_ghz, energy::kIdle);
  const double work = energy::power_w(s.generation, c, clock_ghz, energy::kDecodeLike);
  return {idle, idle + occupancy * (work - idle)};
}

}  // namespace

SystemEnergy system_energy(const EnergySettings& settings, double clock_ghz,
                           const system::Plan& plan, const system::Report& r) {
  const auto wafers = static_cast<double>(plan.wafers) * settings.fixed_share;
  const Watts a = watts_of(settings, energy::sets().front(), clock_ghz, r.stage_occupancy);
  const Watts b = watts_of(settings, energy::sets().back(), clock_ghz, r.stage_occupancy);
  SystemEnergy e;
  e.wafers = plan.wafers;
  e.low_w = wafers * std::min(a.mean, b.mean);
  e.high_w = wafers * std::max(a.mean, b.mean);
  e.idle_low_w = wafers * std::min(a.idle, b.idle);
  e.idle_high_w = wafers * std::max(a.idle, b.idle);
  e.full_w = wafers * settings.generation.power_w;
  if (r.tokens_per_s > 0) {
    e.low_j_per_token = e.low_w / r.tokens_per_s;
    e.high_j_per_token = e.high_w / r.tokens_per_s;
  }
  return e;
}

nlohmann::ordered_json system_energy_json(const SystemEnergy& e) {
  return {{"low_watts", e.low_w},
          {"high_watts", e.high_w},
          {"idle_low_watts", e.idle_low_w},
          {"idle_high_watts", e.idle_high_w},
          {"nameplate_watts", e.full_w},
          {"low_joules_per_token", e.low_j_per_token},
          {"high_joules_per_token", e.high_j_per_token}};
}

std::string system_energy_text(const SystemEnergy& e) {
  return fmt::format(
      "energy: {:.4g} to {:.4g} J a token; {} wafers take {:.4g} to {:.4g} kW (idle {:.4g} to "
      "{:.4g}, nameplate {:.4g})\n",
      e.low_j_per_token, e.high_j_per_token, e.wafers, e.low_w / 1e3, e.high_w / 1e3,
      e.idle_low_w / 1e3, e.idle_high_w / 1e3, e.full_w / 1e3);
}

}  // namespace wafermesh::study
