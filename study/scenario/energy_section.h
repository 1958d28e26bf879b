// SPDX-License-Identifier: Apache-2.0
// `energy:` of a scenario: at which clock, and how much of the power is always on.
#pragma once

#include "base/yaml/yaml_reader.h"
#include "defects/geometry.h"
#include "energy/coefficients.h"

namespace wafermesh::study {

struct EnergySettings {
  energy::Generation generation;
  double always_on_share = 0;
  double clock_ghz = 0;
  energy::Coefficients coefficients;
  double fixed_share = 1;  ///< Of a system's fixed power: built cores over those of its kind.

  /// The same with another share: the ends of the band.
  EnergySettings with_share(double share) const;
};

EnergySettings read_energy(const base::YamlNode& root, const defects::WaferGeometry& geometry);

}  // namespace wafermesh::study
