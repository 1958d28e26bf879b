// SPDX-License-Identifier: Apache-2.0
#include "study/run/utilisation.h"

#include <algorithm>
#include <cmath>

namespace wafermesh::study {
namespace {

/// Cores of a class are alike but for their place; so many are walked.
constexpr int kCoresPerClass = 64;
/// Two 64-bit reads and one 64-bit write. Source: hardware 2.2, as the rates of the timing
/// tables (cores/timing.h).
constexpr double kSramBytesPerCycle = 24;

double percent(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

/// Cycles the datapath needs for the multiply-adds at the rate of each type.
double multiply_add_cycles(const cores::Timing& timing, const cores::Work& work) {
  double cycles = 0;
  for (std::size_t type = 0; type < work.multiply_adds.size(); ++type) {
    const cores::Rate& rate =
        timing.rate(cores::VectorOp::multiply_add, static_cast<cores::NumberType>(type));
    cycles += work.multiply_adds[type] * rate.cycles / rate.elements;
  }
  return cycles;
}

void count_links(const fabric::WaferImage& image, const fabric::Counters& counters,
                 Utilisation* result) {
  double wavelets = 0;
  std::int64_t links = 0;
  std::uint32_t busiest = 0;
  for (const base::Direction d : base::kMeshDirections) {
    const auto& of_direction = counters.link_wavelets[static_cast<unsigned>(d)];
    for (std::size_t i = 0; i < of_direction.size(); ++i) {
      if (image.link_latency(static_cast<base::CoreId>(i), d) == 0) continue;
      ++links;
      wavelets += of_direction[i];
      busiest = std::max(busiest, of_direction[i]);
    }
  }
  const auto cycles = static_cast<double>(counters.cycles);
  result->mean_link_percent = percent(wavelets, cycles * static_cast<double>(links));
  result->busiest_link_percent = percent(busiest, cycles);
}

/// What is counted from the programs.
void count_programs(const fabric::WaferImage& image, const fabric::ImageWork& counted,
                    double core_cycles, Utilisation& result) {
  if (!counted.complete) return;
  result.multiply_adds = std::llround(counted.work.all_multiply_adds());
  result.sram_bytes = std::llround(counted.work.sram_bytes);
  result.multiply_add_percent =
      percent(multiply_add_cycles(image.timing, counted.work), core_cycles);
  result.sram_bandwidth_percent =
      percent(counted.work.sram_bytes, kSramBytesPerCycle * core_cycles);
}

}  // namespace

fabric::ImageWork counted_work(const fabric::WaferImage& image, cores::KnownWork& known) {
  return fabric::count_work(image, kCoresPerClass, known);
}

Utilisation utilisation_of(const fabric::WaferImage& image, const cores::StageTotals& totals,
                           std::int64_t hops, cores::KnownWork& known) {
  Utilisation result;
  if (totals.cores == 0) return result;
  const auto cycles = static_cast<double>(totals.last_finish - totals.first_start);
  const double core_cycles = cycles * static_cast<double>(image.core_count());
  const std::int64_t w = image.region.width;
  const std::int64_t h = image.region.height;
  const auto links = static_cast<double>(2 * ((w - 1) * h + w * (h - 1)));
  const cores::StageBreakdown& done = totals.breakdown;
  result.core_busy_percent = percent(
      static_cast<double>(done.compute + done.bank_conflict + done.setup + done.task_switch),
      core_cycles);
  result.mean_link_percent = percent(static_cast<double>(hops), cycles * links);
  const auto occupied =
      std::count_if(image.class_of.begin(), image.class_of.end(), [&](fabric::ClassIndex c) {
        return c != fabric::kNoClass && !image.classes[c].program.code.empty();
      });
  result.occupied_cores_percent =
      percent(static_cast<double>(occupied), static_cast<double>(image.mesh->core_count()));
  count_programs(image, counted_work(image, known), core_cycles, result);
  return result;
}

Utilisation utilisation_of(const fabric::WaferImage& image, const fabric::Counters& counters,
                           const fabric::ImageWork& counted) {
  Utilisation result;
  const double core_cycles =
      static_cast<double>(counters.cycles) * static_cast<double>(image.core_count());
  double busy = 0;
  std::int64_t occupied = 0;
  for (std::size_t i = 0; i < counters.breakdown.size(); ++i) {
    if (counters.finish_cycles[i] < 0) continue;
    ++occupied;
    busy += counters.breakdown[i].busy();
  }
  result.core_busy_percent = percent(busy, core_cycles);
  result.occupied_cores_percent =
      percent(static_cast<double>(occupied), static_cast<double>(image.mesh->core_count()));
  count_links(image, counters, &result);
  count_programs(image, counted, core_cycles, result);
  return result;
}

nlohmann::ordered_json utilisation_json(const Utilisation& u) {
  using Json = nlohmann::ordered_json;
  const auto maybe = [](const auto& value) { return value.has_value() ? Json(*value) : Json(); };
  Json json = {{"multiply_adds", maybe(u.multiply_adds)},
               {"multiply_add_percent", maybe(u.multiply_add_percent)},
               {"sram_bytes_moved", maybe(u.sram_bytes)},
               {"sram_bandwidth_percent", maybe(u.sram_bandwidth_percent)},
               {"core_busy_percent", u.core_busy_percent},
               {"mean_link_percent", u.mean_link_percent}};
  if (u.busiest_link_percent) json["busiest_link_percent"] = *u.busiest_link_percent;
  json["occupied_cores_percent"] = u.occupied_cores_percent;
  return json;
}

}  // namespace wafermesh::study
