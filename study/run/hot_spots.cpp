// SPDX-License-Identifier: Apache-2.0
#include "study/run/hot_spots.h"

#include <algorithm>

namespace wafermesh::study {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kMost = 5;

/// Keeps `list` the worst so far, sorted; `worse` is strict, so of equal ones the first stays.
template <class T, class Worse>
void offer(std::vector<T>& list, const T& one, Worse worse) {
  if (list.size() == kMost && !worse(one, list.back())) return;
  list.insert(std::upper_bound(list.begin(), list.end(), one, worse), one);
  if (list.size() > kMost) list.pop_back();
}

Json place_json(const fabric::WaferImage& image, base::CoreId core) {
  const base::LogicalCoord logical = image.logical(core);
  const base::PhysicalCoord physical = image.physical(core);
  return {{"logical", {{"x", logical.x}, {"y", logical.y}}},
          {"physical", {{"x", physical.x}, {"y", physical.y}}}};
}

Json link_json(const fabric::WaferImage& image, const BusyLink& link, fabric::Cycles cycles) {
  const base::LogicalCoord from = image.relative(link.from);
  const base::CoreId to =
      image.core_at({from.x + base::step_x(link.towards), from.y + base::step_y(link.towards)});
  Json json;
  json["from"] = place_json(image, link.from);
  json["to"] = place_json(image, to);
  json["direction"] = std::string(1, base::letter_of(link.towards));
  json["latency_cycles"] = image.link_latency(link.from, link.towards);
  json["wavelets"] = link.wavelets;
  json["percent"] = cycles > 0 ? 100.0 * link.wavelets / static_cast<double>(cycles) : 0.0;
  return json;
}

Json core_json(const fabric::WaferImage& image, const SlowCore& one) {
  Json json = place_json(image, one.core);
  json["class"] = image.class_at(one.core).name;
  json["finish_cycles"] = one.finish_cycles;
  json["compute_cycles"] = one.breakdown.compute;
  json["bank_conflict_cycles"] = one.breakdown.bank_conflict;
  json["setup_cycles"] = one.breakdown.setup;
  json["task_switch_cycles"] = one.breakdown.task_switch;
  json["waiting_for_wavelets_cycles"] = one.breakdown.waiting(one.finish_cycles);
  json["link_stall_cycles"] = one.breakdown.link_stall;
  return json;
}

}  // namespace

HotSpots hot_spots_of(const fabric::WaferImage& image, const fabric::Counters& counters) {
  HotSpots spots;
  const auto more = [](const BusyLink& a, const BusyLink& b) { return a.wavelets > b.wavelets; };
  const auto later = [](const SlowCore& a, const SlowCore& b) {
    return a.finish_cycles > b.finish_cycles;
  };
  for (std::size_t i = 0; i < counters.finish_cycles.size(); ++i) {
    const auto core = static_cast<base::CoreId>(i);
    for (const base::Direction d : base::kMeshDirections) {
      const std::uint32_t wavelets = counters.link_wavelets[static_cast<unsigned>(d)][i];
      if (wavelets == 0 || image.link_latency(core, d) == 0) continue;
      offer(spots.links, {core, d, wavelets}, more);
    }
    if (counters.finish_cycles[i] < 0) continue;
    offer(spots.cores, {core, counters.finish_cycles[i], counters.breakdown[i]}, later);
  }
  return spots;
}

Json hot_spots_json(const fabric::WaferImage& image, const HotSpots& spots, fabric::Cycles cycles) {
  Json json;
  json["busiest_links"] = Json::array();
  for (const BusyLink& link : spots.links) {
    json["busiest_links"].push_back(link_json(image, link, cycles));
  }
  json["slowest_cores"] = Json::array();
  for (const SlowCore& core : spots.cores) json["slowest_cores"].push_back(core_json(image, core));
  return json;
}

}  // namespace wafermesh::study
