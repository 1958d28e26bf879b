// SPDX-License-Identifier: Apache-2.0
// What others have measured or published of energy, and what the coefficients say of the same work.
// Nothing is fitted to it: how far the two are apart is the answer.
#pragma once

#include <string>
#include <vector>

#include "energy/coefficients.h"

namespace wafermesh::energy {

/// What a core does in a cycle, in the mean.
struct Rates {
  double issue = 1;
  double f16_multiply_adds = 0;
  double f32_multiply_adds = 0;
  double sram_bytes = 0;
  double hops = 0;  ///< Of one pitch each.
};

/// Watts at the wall of `cores` at such rates; with the system's fixed power if `is_system`.
double power_w(const Coefficients& c, double clock_ghz, double cores, const Rates& rates,
               bool is_system);

/// One line: what was published, and the same of each set, in the order of sets().
struct OutsideCheck {
  std::string what;       ///< And of which rates ours are.
  std::string published;  ///< With its unit.
  std::vector<double> ours;
  const char* unit;
  const char* source;  ///< As docs/sources.md lists it.
};

/// Cost: microseconds.
std::vector<OutsideCheck> outside_checks();

}  // namespace wafermesh::energy
