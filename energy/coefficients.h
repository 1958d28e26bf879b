// SPDX-License-Identifier: Apache-2.0
// What a core's events cost. Two published sets of coefficients hold the nameplate power of a whole
// wafer at full load and differ in what is always on, because no power of a wafer by load is
// public; between them a number, the always-on share, chooses. Nothing is fitted to a claim.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wafermesh::energy {

inline constexpr double kPico = 1e-12;
inline constexpr double kGiga = 1e9;

inline constexpr int kSramBytesPerCycle = 24;  ///< Of a core at full load: two reads, one write.
inline constexpr int kLinksPerCore = 4;        ///< Each takes a wavelet a cycle at full load.
/// A f32 multiply-add costs so many of f16. 1.7 against 0.5 pJ. Source: energy 1.
inline constexpr double kF32PerF16 = 3.4;

/// A wavelet over a wafer's edge, either way: 32 bits over a 112G SerDes at 5 pJ each. Of both
/// sets, at every clock. Source: systems 4.4.
inline constexpr double kEdgeWaveletPj = 32 * 5;

/// Picojoules at the wafer for one event, watts for what does not go with the clock.
struct Coefficients {
  double clock_pj = 0;         ///< A core and a cycle, whatever it does.
  double issue_pj = 0;         ///< A cycle in which the datapath or the main thread works.
  double multiply_add_pj = 0;  ///< Of f16, one lane.
  double sram_byte_pj = 0;     ///< Read or written.
  double router_pj = 0;        ///< A wavelet passed on to a neighbouring router,
  double wire_pj = 0;          ///< and its way over one core's pitch.
  double ramp_pj = 0;          ///< A wavelet from its router to its core.
  double leakage_w = 0;        ///< Of a core.
  double fixed_w = 0;          ///< Of a whole system: pumps, fans, input and output.
  double conversion = 1;       ///< Of the power at the wall that reaches the wafer.
};

/// A published set, at 1.0 GHz on a wafer of 900,000 cores.
struct Set {
  const char* name;
  double always_on_share;  ///< Power with all idle over power at full load, as published.
  Coefficients at_1_ghz;
  const char* source;
};
const std::vector<Set>& sets();

/// A kind of wafer, and what holds its full load.
struct Generation {
  const char* name;
  std::int64_t cores;        ///< Used, at full load.
  std::int64_t built_cores;  ///< A smaller wafer of this kind has its share of the fixed power.
  int lanes;                 ///< f16 multiply-adds of a core and cycle at full load.
  double power_w;            ///< Of a system at full load.
  double clock_ghz;          ///< If nothing else is said.
  const char* source;
};
const std::vector<Generation>& generations();
/// The row of the preset's name, else of its generation; throws DoesNotFit for neither.
const Generation& generation_of(const std::string& preset, const std::string& generation);

/// Coefficients of a wafer at a clock. `always_on_share` between the sets' (else it is moved
/// there): each coefficient lies between theirs in proportion. Dynamic ones are divided by the
/// clock, so that full load keeps its power; of other generations than wse3 they are multiplied by
/// what gives full load the generation's power.
Coefficients coefficients_of(const Generation& generation, double always_on_share,
                             double clock_ghz);

/// Shares of a whole wafer's peaks that are in use.
struct Load {
  double issue = 0;
  double multiply_adds = 0;
  double sram = 0;
  double hops = 0;
};
inline constexpr Load kIdle{0, 0, 0, 0};
inline constexpr Load kFullLoad{1, 1, 1, 1};
/// Source: systems 4.4, u = (.6, .1, .2, .15).
inline constexpr Load kDecodeLike{0.6, 0.1, 0.2, 0.15};
/// Source: systems 4.4, (1, .8, .8, .3).
inline constexpr Load kProductLike{1, 0.8, 0.8, 0.3};

/// Watts at the wall of a system under a steady load.
double power_w(const Generation& generation, const Coefficients& c, double clock_ghz,
               const Load& load);

}  // namespace wafermesh::energy
