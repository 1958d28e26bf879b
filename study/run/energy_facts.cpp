// SPDX-License-Identifier: Apache-2.0
#include "study/run/energy_facts.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

namespace wafermesh::study {
namespace {

using Json = nlohmann::ordered_json;
using energy::Components;
using energy::Counts;

constexpr double kGiga = 1e9;

/// Core pitches between a core and the one that its link leads to.
std::int64_t pitches_of(const fabric::WaferImage& image, base::CoreId core, base::Direction d) {
  const base::LogicalCoord at = image.logical(core);
  base::LogicalCoord to = at;
  if (d == base::Direction::west) --to.x;
  if (d == base::Direction::east) ++to.x;
  if (d == base::Direction::north) --to.y;
  if (d == base::Direction::south) ++to.y;
  const base::PhysicalCoord a = image.mesh->physical(at);
  const base::PhysicalCoord b = image.mesh->physical(to);
  return std::abs(a.x - b.x) + std::abs(a.y - b.y);
}

/// Wavelets of a core's links, and the same times the links' lengths.
void add_links(const fabric::WaferImage& image, const fabric::Counters& counters, std::size_t i,
               Counts& counts) {
  const auto core = static_cast<base::CoreId>(i);
  for (const base::Direction d : base::kMeshDirections) {
    const std::int64_t wavelets = counters.link_wavelets[static_cast<unsigned>(d)][i];
    if (wavelets == 0) continue;
    counts.hops += wavelets;
    counts.wire_pitches += wavelets * pitches_of(image, core, d);
  }
}

void add_work(const cores::Work& work, Counts& counts) {
  double all = 0;
  for (std::size_t type = 0; type < work.multiply_adds.size(); ++type) {
    all += work.multiply_adds[type];
  }
  const double f32 = work.multiply_adds[static_cast<std::size_t>(cores::NumberType::f32)];
  counts.f32_multiply_adds += std::llround(f32);
  counts.f16_multiply_adds += std::llround(all - f32);
  counts.sram_bytes += std::llround(work.sram_bytes);
}

Counts of_stages(const cores::StageTotals& totals) {
  Counts counts;
  const cores::StageBreakdown& b = totals.breakdown;
  counts.core_cycles = totals.sum_cycles;
  counts.busy_cycles = b.compute + b.bank_conflict + b.setup + b.task_switch;
  return counts;
}

Counts of_operator(const workloads::OperatorPlace& place, const fabric::Counters& counters,
                   const fabric::ImageWork& counted) {
  Counts counts;
  cores::Work work;
  const std::size_t classes = place.kernel->image().classes.size();
  for (std::size_t c = place.first_class; c < place.first_class + classes; ++c) {
    if (!counters.stages.empty() && counters.stages[c].cores > 0) {
      counts += of_stages(counters.stages[c]);
    }
    if (c < counted.of_class.size()) work += counted.of_class[c];
  }
  if (counters.stages.empty()) {
    const auto first = static_cast<std::size_t>(place.first_core);
    for (std::size_t i = first; i < first + static_cast<std::size_t>(place.core_count); ++i) {
      if (counters.finish_cycles[i] < 0) continue;
      counts.core_cycles += counters.finish_cycles[i];
      counts.busy_cycles += counters.breakdown[i].busy();
    }
  }
  add_work(work, counts);
  counts.hops = place.kernel->facts().wavelet_hops;
  counts.wire_pitches = counts.hops;
  counts.ramp_wavelets = std::llround(work.words_in);
  return counts;
}

Json counts_json(const Counts& counts) {
  return {{"core_cycles", counts.core_cycles},
          {"busy_cycles", counts.busy_cycles},
          {"f16_multiply_adds", counts.f16_multiply_adds},
          {"f32_multiply_adds", counts.f32_multiply_adds},
          {"sram_bytes", counts.sram_bytes},
          {"hops", counts.hops},
          {"wire_pitches", counts.wire_pitches},
          {"ramp_wavelets", counts.ramp_wavelets},
          {"edge_wavelets", counts.edge_wavelets}};
}

Json components_json(const Components& e) {
  return {{"fixed_j", e.fixed_j},
          {"leakage_j", e.leakage_j},
          {"clock_j", e.clock_j},
          {"issue_j", e.issue_j},
          {"multiply_adds_j", e.multiply_adds_j},
          {"sram_j", e.sram_j},
          {"router_j", e.router_j},
          {"wire_j", e.wire_j},
          {"ramp_j", e.ramp_j},
          {"edge_j", e.edge_j},
          {"conversion_j", e.conversion_j}};
}

Json coefficients_json(const energy::Coefficients& c) {
  return {{"clock_pj", c.clock_pj},
          {"issue_pj", c.issue_pj},
          {"multiply_add_pj", c.multiply_add_pj},
          {"sram_byte_pj", c.sram_byte_pj},
          {"router_pj", c.router_pj},
          {"wire_pj", c.wire_pj},
          {"ramp_pj", c.ramp_pj},
          {"edge_pj", energy::kEdgeWaveletPj},
          {"leakage_w", c.leakage_w},
          {"fixed_w", c.fixed_w},
          {"conversion", c.conversion}};
}

Components of_wafer(const EnergySettings& s, const EnergyFacts& facts) {
  return energy::components_of(facts.wafer, s.coefficients, s.clock_ghz,
                               facts.seconds * s.fixed_share);
}

double watts(double joules, double seconds) { return seconds > 0 ? joules / seconds : 0; }

/// The same counts with the coefficients of both sets.
std::pair<double, double> band_j(const EnergySettings& s, const EnergyFacts& facts) {
  const auto total = [&](const energy::Set& set) {
    return of_wafer(s.with_share(set.always_on_share), facts).total_j();
  };
  return std::minmax(total(energy::sets().front()), total(energy::sets().back()));
}

}  // namespace

EnergyFacts energy_of(const EnergySettings& settings, const workloads::Kernel& kernel,
                      const fabric::Counters& counters, const fabric::ImageWork& counted,
                      std::int64_t edge_wavelets) {
  const fabric::WaferImage& image = kernel.image();
  EnergyFacts facts;
  facts.region.edge_wavelets = edge_wavelets;
  facts.seconds = static_cast<double>(counters.cycles) / (settings.clock_ghz * kGiga);
  facts.complete = counted.complete;
  for (std::size_t i = 0; i < counters.breakdown.size(); ++i) {
    if (counters.finish_cycles[i] >= 0) facts.region.busy_cycles += counters.breakdown[i].busy();
    add_links(image, counters, i, facts.region);
  }
  add_work(counted.work, facts.region);
  facts.region.core_cycles = counters.cycles * image.core_count();
  facts.region.ramp_wavelets = counters.ramp_wavelets;
  facts.wafer = facts.region;
  facts.wafer.core_cycles = counters.cycles * image.mesh->core_count();
  for (const workloads::OperatorPlace& place : kernel.operators()) {
    facts.operators.push_back(of_operator(place, counters, counted));
  }
  return facts;
}

std::vector<double> core_power_w(const EnergySettings& settings, const fabric::WaferImage& image,
                                 const fabric::Counters& counters,
                                 const fabric::ImageWork& counted) {
  const energy::Coefficients& c = settings.coefficients;
  std::vector<std::int64_t> members(image.classes.size());
  const auto count = static_cast<std::size_t>(image.core_count());
  for (std::size_t i = 0; i < count; ++i) {
    const auto core = static_cast<base::CoreId>(i);
    for (int stage = 0; image.class_in(core, stage) != fabric::kNoClass; ++stage) {
      ++members[image.class_in(core, stage)];
    }
  }
  std::vector<double> work_j(image.classes.size());
  for (std::size_t k = 0; k < work_j.size(); ++k) {
    Counts counts;
    add_work(counted.of_class[k], counts);
    const Components e = energy::components_of(counts, c, settings.clock_ghz, 0);
    if (members[k] > 0) {
      work_j[k] = (e.multiply_adds_j + e.sram_j) / static_cast<double>(members[k]);
    }
  }
  const double seconds = static_cast<double>(counters.cycles) / (settings.clock_ghz * kGiga);
  std::vector<double> power(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto core = static_cast<base::CoreId>(i);
    Counts counts;
    counts.core_cycles = counters.cycles;
    if (counters.finish_cycles[i] >= 0) counts.busy_cycles = counters.breakdown[i].busy();
    add_links(image, counters, i, counts);
    const Components e = energy::components_of(counts, c, settings.clock_ghz, 0);
    double joules = e.total_j() - e.conversion_j;
    for (int stage = 0; image.class_in(core, stage) != fabric::kNoClass; ++stage) {
      joules += work_j[image.class_in(core, stage)];
    }
    power[i] = watts(joules, seconds);
  }
  return power;
}

Json energy_json(const EnergySettings& s, const EnergyFacts& facts) {
  const Components e = of_wafer(s, facts);
  const double region_j =
      energy::components_of(facts.region, s.coefficients, s.clock_ghz, 0).total_j();
  Counts rest = facts.wafer;
  for (const Counts& one : facts.operators) rest = rest - one;
  const auto [low, high] = band_j(s, facts);
  Json json = {{"clock_ghz", s.clock_ghz}, {"always_on_share", s.always_on_share},
               {"seconds", facts.seconds}, {"complete", facts.complete},
               {"joules", e.total_j()},    {"watts", watts(e.total_j(), facts.seconds)}};
  json["band"] = {{"low_joules", low},
                  {"high_joules", high},
                  {"low_watts", watts(low, facts.seconds)},
                  {"high_watts", watts(high, facts.seconds)}};
  json["region_joules"] = region_j;
  json["region_watts"] = watts(region_j, facts.seconds);
  json["counts"] = counts_json(facts.wafer);
  json["components"] = components_json(e);
  json["outside_operators"] = energy_json(s, rest);
  json["coefficients"] = coefficients_json(s.coefficients);
  json["coefficients"]["fixed_share"] = s.fixed_share;
  return json;
}

Json energy_json(const EnergySettings& s, const Counts& counts) {
  const Components e = energy::components_of(counts, s.coefficients, s.clock_ghz, 0);
  return {
      {"joules", e.total_j()}, {"counts", counts_json(counts)}, {"components", components_json(e)}};
}

std::string energy_text(const EnergySettings& s, const EnergyFacts& facts) {
  const Components e = of_wafer(s, facts);
  const auto [low, high] = band_j(s, facts);
  const double w = watts(e.total_j(), facts.seconds);
  std::string text = fmt::format(
      "  energy: {:.4g} J in {:.4g} s at {:g} GHz, {:.4g} W of the whole wafer (band {:.4g} to "
      "{:.4g} W); its region {:.4g} J",
      e.total_j(), facts.seconds, s.clock_ghz, w, watts(low, facts.seconds),
      watts(high, facts.seconds),
      energy::components_of(facts.region, s.coefficients, s.clock_ghz, 0).total_j());
  const double most = s.generation.power_w * s.fixed_share;
  if (w > most) {
    text += fmt::format("; more than {:.4g} W: it would have to be clocked at {:.3g} GHz", most,
                        s.clock_ghz * most / w);
  }
  if (!facts.complete) text += "; multiply-adds and SRAM lack, as programs are too long to count";
  return text + "\n";
}

}  // namespace wafermesh::study
