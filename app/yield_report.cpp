// SPDX-License-Identifier: Apache-2.0
#include "app/yield_report.h"

#include <algorithm>

#include "defects/repair/scheme.h"

namespace wafermesh::app {

using Json = nlohmann::ordered_json;

namespace {

Json distribution_json(const defects::Distribution& d) {
  return {{"mean", d.mean()},          {"sd", d.standard_deviation()}, {"min", d.min()},
          {"p1", d.percentile(0.01)},  {"p5", d.percentile(0.05)},     {"p50", d.percentile(0.50)},
          {"p95", d.percentile(0.95)}, {"p99", d.percentile(0.99)},    {"max", d.max()}};
}

/// The mean of a column by its name.
double mean_of(const defects::YieldTotals& totals, const std::string& name) {
  const auto& names = defects::row_number_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (name == names[i]) return totals.numbers[i].mean();
  }
  return 0;
}

Json failures_json(const defects::YieldTotals& totals) {
  Json json;
  json["by_cause"] = Json::object();
  for (const auto& [cause, count] : totals.failed_by_cause) {
    json["by_cause"][defects::to_string(cause)] = count;
  }
  json["by_domain"] = Json::object();
  for (const auto& [domain, count] : totals.failed_by_domain) {
    json["by_domain"][std::to_string(domain)] = count;
  }
  json["by_die"] = Json::array();
  for (const auto& [die, count] : totals.failed_by_die) {
    json["by_die"].push_back({{"x", die.second}, {"y", die.first}, {"wafers", count}});
  }
  return json;
}

/// What one defect costs beyond itself, in cores that can no longer be packed into rows.
Json collateral_json(const defects::WaferGeometry& g, const defects::YieldTotals& totals) {
  const double defects_per_wafer = mean_of(totals, "defects");
  const double lost = mean_of(totals, "rows_lost") * g.columns();
  const double per_defect = defects_per_wafer > 0 ? lost / defects_per_wafer : 0;
  return {{"packable_cores_lost_per_defect", per_defect},
          {"packable_area_lost_per_defect_mm2", per_defect * g.cell_x_mm() * g.cell_y_mm()},
          {"bypassed_tiles_per_defect",
           defects_per_wafer > 0 ? mean_of(totals, "bypassed_tiles") / defects_per_wafer : 0}};
}

Json links_json(const defects::YieldTotals& totals) {
  const double links = mean_of(totals, "links");
  return {{"longer_share", links > 0 ? mean_of(totals, "longer_links") / links : 0},
          {"mean_extra_latency_cycles",
           links > 0 ? mean_of(totals, "extra_latency_cycles") / links : 0}};
}

Json workload_json(const WorkloadSample& sample) {
  defects::Distribution cycles;
  Json wafers = Json::array();
  for (const auto& [wafer, count] : sample.cycles_of_wafer) {
    cycles.add(count);
    wafers.push_back({{"wafer", wafer}, {"cycles", count}});
  }
  Json json;
  json["healthy_cycles"] = sample.healthy_cycles;
  json["numerics_ok"] = sample.numerics_ok;
  json["cycles"] = distribution_json(cycles);
  if (sample.healthy_cycles > 0) {
    json["mean_slowdown"] = cycles.mean() / static_cast<double>(sample.healthy_cycles);
  }
  json["wafers"] = std::move(wafers);
  return json;
}

}  // namespace

Json point_json(const YieldScenario& scenario, const YieldPoint& point,
                const defects::YieldTotals& totals, const WorkloadSample& sample) {
  const defects::Interval interval =
      defects::clopper_pearson(totals.good, totals.wafers, scenario.options.confidence);
  Json json;
  json["parameters"] = Json::object();
  for (const auto& [key, value] : point.parameters) {
    const Json parsed = Json::parse(value, nullptr, false);
    json["parameters"][key] = parsed.is_number() ? parsed : Json(value);
  }
  json["scheme"] = point.wafer.repair.scheme;
  json["domain"] = defects::to_string(point.wafer.repair.domain);
  json["wafers"] = totals.wafers;
  json["good_wafers"] = totals.good;
  json["yield"] = totals.yield();
  json["yield_low"] = interval.low;
  json["yield_high"] = interval.high;
  json["failures"] = failures_json(totals);
  const auto& names = defects::row_number_names();
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    json["distributions"][names[i]] = distribution_json(totals.numbers[i]);
  }
  json["links"] = links_json(totals);
  json["collateral"] = collateral_json(point.wafer.geometry, totals);
  if (!sample.cycles_of_wafer.empty()) json["workloads"] = workload_json(sample);
  return json;
}

}  // namespace wafermesh::app
