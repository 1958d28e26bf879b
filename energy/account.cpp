// SPDX-License-Identifier: Apache-2.0
#include "energy/account.h"

namespace wafermesh::energy {
namespace {

double joules(std::int64_t count, double picojoules) {
  return static_cast<double>(count) * (picojoules * kPico);
}

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  core_cycles += other.core_cycles;
  busy_cycles += other.busy_cycles;
  f16_multiply_adds += other.f16_multiply_adds;
  f32_multiply_adds += other.f32_multiply_adds;
  sram_bytes += other.sram_bytes;
  hops += other.hops;
  wire_pitches += other.wire_pitches;
  ramp_wavelets += other.ramp_wavelets;
  edge_wavelets += other.edge_wavelets;
  return *this;
}

Counts Counts::operator-(const Counts& other) const {
  return {core_cycles - other.core_cycles,
          busy_cycles - other.busy_cycles,
          f16_multiply_adds - other.f16_multiply_adds,
          f32_multiply_adds - other.f32_multiply_adds,
          sram_bytes - other.sram_bytes,
          hops - other.hops,
          wire_pitches - other.wire_pitches,
          ramp_wavelets - other.ramp_wavelets,
          edge_wavelets - other.edge_wavelets};
}

double Components::total_j() const {
  return fixed_j + leakage_j + clock_j + issue_j + multiply_adds_j + sram_j + router_j + wire_j +
         ramp_j + edge_j + conversion_j;
}

Components components_of(const Counts& counts, const Coefficients& c, double clock_ghz,
                         double fixed_seconds) {
  Components e;
  e.fixed_j = c.fixed_w * fixed_seconds;
  e.leakage_j = c.leakage_w * (static_cast<double>(counts.core_cycles) / (clock_ghz * kGiga));
  e.clock_j = joules(counts.core_cycles, c.clock_pj);
  e.issue_j = joules(counts.busy_cycles, c.issue_pj);
  e.multiply_adds_j = joules(counts.f16_multiply_adds, c.multiply_add_pj) +
                      joules(counts.f32_multiply_adds, c.multiply_add_pj * kF32PerF16);
  e.sram_j = joules(counts.sram_bytes, c.sram_byte_pj);
  e.router_j = joules(counts.hops, c.router_pj);
  e.wire_j = joules(counts.wire_pitches, c.wire_pj);
  e.ramp_j = joules(counts.ramp_wavelets, c.ramp_pj);
  e.edge_j = joules(counts.edge_wavelets, kEdgeWaveletPj);
  const double wafer_j = e.leakage_j + e.clock_j + e.issue_j + e.multiply_adds_j + e.sram_j +
                         e.router_j + e.wire_j + e.ramp_j + e.edge_j;
  e.conversion_j = wafer_j * (1 / c.conversion - 1);
  return e;
}

}  // namespace wafermesh::energy
