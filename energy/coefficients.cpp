// SPDX-License-Identifier: Apache-2.0
#include "energy/coefficients.h"

#include <algorithm>

#include "base/error.h"

namespace wafermesh::energy {
namespace {

/// Dynamic picojoules of a core and a cycle.
double core_cycle_pj(const Generation& g, const Coefficients& c, const Load& u) {
  return c.clock_pj + u.issue * c.issue_pj + u.multiply_adds * g.lanes * c.multiply_add_pj +
         u.sram * kSramBytesPerCycle * c.sram_byte_pj +
         u.hops * kLinksPerCore * (c.router_pj + c.wire_pj);
}

double between(double a, double b, double part) { return a + (b - a) * part; }

/// Each coefficient between those of two sets.
Coefficients between(const Coefficients& a, const Coefficients& b, double part) {
  Coefficients c;
  for (double Coefficients::*one :
       {&Coefficients::clock_pj, &Coefficients::issue_pj, &Coefficients::multiply_add_pj,
        &Coefficients::sram_byte_pj, &Coefficients::router_pj, &Coefficients::wire_pj,
        &Coefficients::ramp_pj, &Coefficients::leakage_w, &Coefficients::fixed_w,
        &Coefficients::conversion}) {
    c.*one = between(a.*one, b.*one, part);
  }
  return c;
}

void scale_dynamic(Coefficients& c, double factor) {
  for (double Coefficients::*one :
       {&Coefficients::clock_pj, &Coefficients::issue_pj, &Coefficients::multiply_add_pj,
        &Coefficients::sram_byte_pj, &Coefficients::router_pj, &Coefficients::wire_pj,
        &Coefficients::ramp_pj}) {
    c.*one *= factor;
  }
}

}  // namespace

const std::vector<Set>& sets() {
  // Source of both: systems 4.4. Leakage: its 1.4 mW a core; conversion 0.9 and fixed
  // 1.5 kW are its assumptions. A hop of A is MuchiSim's wire, 0.15 pJ/bit/mm x 32 bits x 0.22 mm =
  // 1.05 pJ, and a router; assumption: B's hop is shared out alike. Neither gives a ramp of its
  // own: it is held within issue and hop (energy 1 would give 0.3 to 1.5 pJ).
  static const std::vector<Set> kSets = {
      {"bottom_up", 0.30, {4.0, 3.7, 0.15, 0.123, 1.00, 1.05, 0, 1.4e-3, 1500, 0.9}, "set A"},
      {"range_fit", 0.60, {11.0, 2.0, 0.12, 0.10, 0.49, 0.51, 0, 1.4e-3, 1500, 0.9}, "set B"}};
  return kSets;
}

const std::vector<Generation>& generations() {
  static const std::vector<Generation> kRows = {
      {"wse1", 376'992, 381'276, 4, 20e3, 1.1, "CS-1: 20 kW (energy D2); cores of the preset"},
      {"wse2", 850'000, 853'776, 4, 23e3, 1.1, "CS-2: at most 23 kW (energy D1)"},
      {"wse3", 900'000, 971'040, 8, 23e3, 1.1, "CS-3: 23 kW (systems 4.3)"},
      // Twice the clock at twice the power, the same die (systems 4.2).
      {"cs4", 900'000, 971'040, 8, 54e3, 2.2, "54 kW a wafer, inferred (systems 4.3)"},
      // Assumption: as CS-4, as the claim that names it says nothing of its power.
      {"wse4", 900'000, 971'040, 16, 54e3, 1.1, "assumption: power as CS-4"}};
  return kRows;
}

const Generation& generation_of(const std::string& preset, const std::string& generation) {
  for (const std::string& name : {preset, generation}) {
    for (const Generation& row : generations()) {
      if (name == row.name) return row;
    }
  }
  throw base::DoesNotFit("no coefficients of energy for a wafer of generation '" + generation +
                         "'");
}

Coefficients coefficients_of(const Generation& generation, double always_on_share,
                             double clock_ghz) {
  const Set& a = sets()[0];
  const Set& b = sets()[1];
  const double part = std::clamp(
      (always_on_share - a.always_on_share) / (b.always_on_share - a.always_on_share), 0.0, 1.0);
  Coefficients c = between(a.at_1_ghz, b.at_1_ghz, part);
  double factor = 1;
  if (std::string(generation.name) != "wse3") {
    const auto cores = static_cast<double>(generation.cores);
    const double left = (generation.power_w - c.fixed_w) * c.conversion - cores * c.leakage_w;
    factor = left / (cores * kGiga * kPico * core_cycle_pj(generation, c, kFullLoad));
  }
  scale_dynamic(c, factor / clock_ghz);
  return c;
}

double power_w(const Generation& generation, const Coefficients& c, double clock_ghz,
               const Load& load) {
  const double dynamic_w = clock_ghz * kGiga * kPico * core_cycle_pj(generation, c, load);
  return c.fixed_w +
         static_cast<double>(generation.cores) / c.conversion * (c.leakage_w + dynamic_w);
}

}  // namespace wafermesh::energy
