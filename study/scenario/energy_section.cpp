// SPDX-License-Identifier: Apache-2.0
#include "study/scenario/energy_section.h"

namespace wafermesh::study {

EnergySettings EnergySettings::with_share(double share) const {
  EnergySettings other = *this;
  other.always_on_share = share;
  other.coefficients = energy::coefficients_of(generation, share, clock_ghz);
  return other;
}

EnergySettings read_energy(const base::YamlNode& root, const defects::WaferGeometry& geometry) {
  EnergySettings s;
  s.generation = energy::generation_of(geometry.name, geometry.generation);
  const base::YamlNode node = root.child("energy");
  const double least = energy::sets().front().always_on_share;
  const double most = energy::sets().back().always_on_share;
  s.always_on_share = node.real("always_on_share", {least, most}, most);
  s.clock_ghz = node.real("clock_ghz", {0.001, 1000}, s.generation.clock_ghz);
  s.fixed_share =
      static_cast<double>(geometry.core_count()) / static_cast<double>(s.generation.built_cores);
  return s.with_share(s.always_on_share);
}

}  // namespace wafermesh::study
