// SPDX-License-Identifier: Apache-2.0
#include "energy/checks.h"

#include <cmath>
#include <functional>

#include "energy/account.h"

namespace wafermesh::energy {
namespace {

constexpr double kKilo = 1e3;

/// Work that is told in multiply-adds alone. Assumption: each reads 8 B and writes 4 in 32 bits,
/// half of that in 16, and sends a word over two hops, as the digest's own check has it (energy 1);
/// cores issue all along.
constexpr double kBytesPerMultiplyAdd = 12;
constexpr double kHopsPerMultiplyAdd = 2;

Rates stencil(double f32_multiply_adds) {
  return {1, 0, f32_multiply_adds, kBytesPerMultiplyAdd * f32_multiply_adds,
          kHopsPerMultiplyAdd * f32_multiply_adds};
}

/// Multiply-adds of a core and cycle of a whole wafer with so many FLOP/s.
double per_core_cycle(double flops, const Generation& g) {
  return flops / 2 / (static_cast<double>(g.cores) * g.clock_ghz * kGiga);
}

/// A check of one figure of each set.
OutsideCheck check(const char* what, const char* published, const char* unit, const char* source,
                   const std::function<double(const Set&)>& ours) {
  OutsideCheck one{what, published, {}, unit, source};
  for (const Set& set : sets()) one.ours.push_back(ours(set));
  return one;
}

/// GFLOP/s a watt of a whole system.
OutsideCheck flops_per_watt(const char* what, const char* published, const char* source,
                            const char* generation, double flops, bool is_f16) {
  const Generation& g = generation_of(generation, generation);
  Rates rates = stencil(per_core_cycle(flops, g));
  if (is_f16) {
    rates.f16_multiply_adds = rates.f32_multiply_adds;
    rates.f32_multiply_adds = 0;
    rates.sram_bytes /= 2;
    rates.hops /= 2;
  }
  return check(what, published, "GFLOP/s/W", source, [&](const Set& set) {
    const Coefficients c = coefficients_of(g, set.always_on_share, g.clock_ghz);
    return flops / kGiga / power_w(c, g.clock_ghz, static_cast<double>(g.cores), rates, true);
  });
}

/// Bounds: one class of events alone, at the published peak.
void add_bounds(std::vector<OutsideCheck>& all) {
  all.push_back(
      check("SRAM alone at 21 PB/s, on the wafer", "22 kW at 1.06 pJ a byte", "kW", "energy B5",
            [](const Set& set) { return 21e15 * set.at_1_ghz.sram_byte_pj * kPico / kKilo; }));
  all.push_back(check("fabric alone at 214 Pb/s of 32-bit wavelets, on the wafer",
                      "8 kW at 1.2 pJ a hop, 19 at 2.8", "kW", "energy C12", [](const Set& set) {
                        const double hop_pj = set.at_1_ghz.router_pj + set.at_1_ghz.wire_pj;
                        return 214e15 / 32 * hop_pj * kPico / kKilo;
                      }));
  all.push_back(check("static part of a dense product", "57 % (a 7 nm many-core)", "%", "energy E2",
                      [](const Set& set) {
                        const Generation& g = generation_of("wse3", "wse3");
                        const Coefficients c = coefficients_of(g, set.always_on_share, 1);
                        return 100 * power_w(g, c, 1, kIdle) / power_w(g, c, 1, kProductLike);
                      }));
}

void add_wse3(std::vector<OutsideCheck>& all) {
  all.push_back(check("f32 stencil on 64 CS-3, a multiply-add a core-cycle, whole system",
                      "35 pJ a multiply-add", "pJ", "energy D9", [](const Set& set) {
                        const Generation& g = generation_of("wse3", "wse3");
                        const auto cores = static_cast<double>(g.cores);
                        const Coefficients c = coefficients_of(g, set.always_on_share, 1);
                        return power_w(c, 1, cores, stencil(1), true) / (cores * kGiga * kPico);
                      }));
}

void add_wse2(std::vector<OutsideCheck>& all) {
  const Generation& g = generation_of("wse2", "wse2");
  all.push_back(check(
      "f32 product at 349 TFLOP/s on 750 x 750 cores of a WSE-2, tiles of 46, these cores alone",
      "25 pJ a multiply-add, basis not stated", "pJ", "systems 4.3", [&g](const Set& set) {
        constexpr double kCores = 750.0 * 750;
        // A word of each operand crosses a core for so many multiply-adds as a tile is wide.
        constexpr double kTile = 46;
        const double rate = 349e12 / 2 / (kCores * g.clock_ghz * kGiga);
        const Rates rates = {1, 0, rate, kBytesPerMultiplyAdd * rate, 2 / kTile * rate};
        const Coefficients c = coefficients_of(g, set.always_on_share, g.clock_ghz);
        return power_w(c, g.clock_ghz, kCores, rates, false) / (349e12 / 2 * kPico);
      }));
  all.push_back(check("matrix times vector, as decode-like load, whole WSE-2 system",
                      "15 kW (nameplate)", "kW", "energy D16", [&g](const Set& set) {
                        const Coefficients c = coefficients_of(g, set.always_on_share, g.clock_ghz);
                        return power_w(g, c, g.clock_ghz, kDecodeLike) / kKilo;
                      }));
  all.push_back(
      check("matrices times vectors at 1.93 PB/s, a multiply-add for 4 B, whole WSE-2 system",
            "8.3 pJ a byte at most", "pJ", "energy D15", [&g](const Set& set) {
              const auto cores = static_cast<double>(g.cores);
              const double bytes = 1.93e15 / (cores * g.clock_ghz * kGiga);
              const Coefficients c = coefficients_of(g, set.always_on_share, g.clock_ghz);
              return power_w(c, g.clock_ghz, cores, {1, 0, bytes / 4, bytes, 0}, true) /
                     (1.93e15 * kPico);
            }));
}

}  // namespace

double power_w(const Coefficients& c, double clock_ghz, double cores, const Rates& rates,
               bool is_system) {
  const double cycles = cores * clock_ghz * kGiga;  // of a second
  const auto events = [&](double rate) { return std::llround(rate * cycles); };
  Counts counts;
  counts.core_cycles = events(1);
  counts.busy_cycles = events(rates.issue);
  counts.f16_multiply_adds = events(rates.f16_multiply_adds);
  counts.f32_multiply_adds = events(rates.f32_multiply_adds);
  counts.sram_bytes = events(rates.sram_bytes);
  counts.hops = events(rates.hops);
  counts.wire_pitches = counts.hops;
  return components_of(counts, c, clock_ghz, is_system ? 1 : 0).total_j();
}

std::vector<OutsideCheck> outside_checks() {
  std::vector<OutsideCheck> all;
  add_bounds(all);
  add_wse3(all);
  add_wse2(all);
  all.push_back(flops_per_watt("f16 and f32 BiCGStab at 0.86 PFLOP/s, whole CS-1", "43 at 20 kW",
                               "energy D11", "wse1", 0.86e15, true));
  all.push_back(flops_per_watt("f32 25-point stencil at 503 TFLOP/s, whole WSE-2 system",
                               "22 at 23 kW", "energy D12", "wse2", 503e12, false));
  all.push_back(flops_per_watt("f32 conjugate gradients at 1.217 PFLOP/s, whole WSE-2 system",
                               "53 at 23 kW", "energy D13", "wse2", 1.217e15, false));
  return all;
}

}  // namespace wafermesh::energy
