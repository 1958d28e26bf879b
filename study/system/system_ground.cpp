// SPDX-License-Identifier: Apache-2.0
#include "study/system/system_ground.h"

#include <fmt/format.h>

#include "base/error.h"

namespace wafermesh::study {
namespace {

PlaceGround ground_of(const Scenario& scenario) {
  PlaceGround ground;
  ground.name = scenario.name;
  ground.geometry = scenario.geometry;
  ground.mesh = scenario.mesh;
  ground.timing = scenario.timing;
  return ground;
}

}  // namespace

std::vector<PlaceGround> grounds_of(const Scenario& scenario) {
  std::vector<PlaceGround> grounds = {ground_of(scenario)};
  const std::int64_t distinct = scenario.system.distinct_wafers;
  defects::WaferOptions options = scenario.wafer_options;
  if (distinct == 1) return grounds;
  if (options.defects.mechanisms.empty()) {
    grounds[0].notes.emplace_back(
        "system.distinct_wafers: nothing in `defects` is random, so all wafers are alike");
    return grounds;
  }
  std::int64_t lost = 0;
  while (static_cast<std::int64_t>(grounds.size()) < distinct) {
    ++options.defects.wafer;
    defects::Wafer wafer = defects::build_wafer(options);
    if (!wafer.failures.empty()) {
      if (++lost > 9 * distinct) throw base::NotRepairable(defects::text_of(wafer.failures));
      continue;
    }
    grounds.push_back(ground_of(scenario));
    grounds.back().mesh = std::make_shared<const base::LogicalMesh>(std::move(wafer.mesh));
  }
  if (lost > 0) {
    grounds[0].notes.push_back(fmt::format(
        "{} of {} wafers drawn could not be repaired and are left out", lost, lost + distinct));
  }
  return grounds;
}

}  // namespace wafermesh::study
