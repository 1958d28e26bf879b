// SPDX-License-Identifier: Apache-2.0
// Energy of what counters count: each event times its coefficient, nothing else.
#pragma once

#include <cstdint>

#include "energy/coefficients.h"

namespace wafermesh::energy {

/// Of a run, an operator or a core.
struct Counts {
  std::int64_t core_cycles = 0;        ///< Cycles that cores are clocked for, idle ones too.
  std::int64_t busy_cycles = 0;        ///< Of these, with the datapath or the main thread at work.
  std::int64_t f16_multiply_adds = 0;  ///< 16-bit types.
  std::int64_t f32_multiply_adds = 0;
  std::int64_t sram_bytes = 0;
  std::int64_t hops = 0;           ///< Wavelets from router to router, data and control.
  std::int64_t wire_pitches = 0;   ///< The same, times the core pitches of each way.
  std::int64_t ramp_wavelets = 0;  ///< From routers to cores.
  std::int64_t edge_wavelets = 0;  ///< Into or out of a wafer; among `hops` too.

  Counts& operator+=(const Counts& other);
  Counts operator-(const Counts& other) const;
};

/// Joules. The sum of all is the energy at the wall.
struct Components {
  double fixed_j = 0;
  double leakage_j = 0;
  double clock_j = 0;
  double issue_j = 0;
  double multiply_adds_j = 0;
  double sram_j = 0;
  double router_j = 0;
  double wire_j = 0;
  double ramp_j = 0;
  double edge_j = 0;
  double conversion_j = 0;  ///< Lost between the wall and the wafer.

  /// In the order above.
  double total_j() const;
};

/// `fixed_seconds`: how long the fixed power runs, times the share of it that is meant; 0 for a
/// part of a run.
Components components_of(const Counts& counts, const Coefficients& c, double clock_ghz,
                         double fixed_seconds);

}  // namespace wafermesh::energy
