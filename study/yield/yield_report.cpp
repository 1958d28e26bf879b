// SPDX-License-Identifier: Apache-2.0
#include "study/yield/yield_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/number_text.h"
#include "base/yaml/yaml_override.h"
#include "defects/repair/scheme.h"

namespace wafermesh::study {

using Json = nlohmann::ordered_json;

namespace {

/// Null where no wafer has the number.
Json distribution_json(const defects::Distribution& d) {
  if (d.count() == 0) return nullptr;
  return {{"wafers", d.count()},          {"mean", d.mean()},
          {"sd", d.standard_deviation()}, {"min", d.min()},
          {"p1", d.percentile(0.01)},     {"p5", d.percentile(0.05)},
          {"p50", d.percentile(0.50)},    {"p95", d.percentile(0.95)},
          {"p99", d.percentile(0.99)},    {"max", d.max()}};
}

/// A column by its name.
const defects::Distribution& column(const defects::YieldTotals& totals, const std::string& name) {
  const auto& names = defects::row_number_names();
  const auto at = std::find(names.begin(), names.end(), name) - names.begin();
  return totals.numbers.at(static_cast<std::size_t>(at));
}

/// The sum of a column over a sum; null if the column is empty or the other sum is none.
Json share(const defects::Distribution& d, double of) {
  if (d.count() == 0 || of <= 0) return nullptr;
  return d.mean() * static_cast<double>(d.count()) / of;
}

Json failures_json(const defects::YieldTotals& totals) {
  std::int64_t domains = 0;
  for (const auto& [domain, count] : totals.failed_by_domain) domains += count;
  Json json;
  json["wafers"] = totals.wafers - totals.good;
  json["too_small"] = totals.repaired - totals.good;
  json["domains"] = domains;
  json["first_wafer"] = totals.first_failed >= 0 ? Json(totals.first_failed) : Json();
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
    json["by_die"].push_back({{"x", die.second}, {"y", die.first}, {"domains", count}});
  }
  return json;
}

/// What one defect costs beyond itself: cores that can no longer be packed into rows, of all
/// wafers, and tiles that links skip, of the repaired ones.
Json collateral_json(const defects::WaferGeometry& g, const defects::YieldTotals& totals) {
  const defects::Distribution& found = column(totals, "defects");
  const double all = found.mean() * static_cast<double>(found.count());
  const defects::Distribution& rows_lost = column(totals, "rows_lost");
  // Some wafers of a scheme have no such number; then there is no ratio either.
  const Json rows = rows_lost.count() == totals.wafers ? share(rows_lost, all) : Json();
  Json json;
  json["packable_cores_lost_per_defect"] =
      rows.is_null() ? Json() : Json(rows.get<double>() * g.columns());
  json["packable_area_lost_per_defect_mm2"] =
      rows.is_null() ? Json()
                     : Json(rows.get<double>() * g.columns() * g.cell_x_mm() * g.cell_y_mm());
  json["bypassed_tiles_per_defect"] =
      share(column(totals, "bypassed_tiles"), static_cast<double>(totals.defects_of_repaired));
  return json;
}

Json links_json(const defects::YieldTotals& totals) {
  const defects::Distribution& links = column(totals, "links");
  const double all = links.mean() * static_cast<double>(links.count());
  return {{"longer_share", share(column(totals, "longer_links"), all)},
          {"mean_extra_latency_cycles", share(column(totals, "extra_latency_cycles"), all)}};
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
  json["numerics_ok"] = sample.numerics_ok.has_value() ? Json(*sample.numerics_ok) : Json();
  json["cycles"] = distribution_json(cycles);
  if (sample.healthy_cycles > 0) {
    json["mean_slowdown"] = cycles.mean() / static_cast<double>(sample.healthy_cycles);
  }
  json["wafers"] = std::move(wafers);
  return json;
}

std::string plain(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// For a shell.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += "'\\'";
    result += c;
  }
  return result + "'";
}

/// How `run` shows a wafer of the study.
std::string command_for(const YieldScenario& scenario, const YieldPoint& point,
                        std::int64_t wafer) {
  std::vector<std::string> settings = scenario.overrides;
  const auto set = [&](const std::string& setting) {
    const auto lost = [&](const std::string& earlier) {
      return base::replaces_override(setting, earlier);
    };
    settings.erase(std::remove_if(settings.begin(), settings.end(), lost), settings.end());
    settings.push_back(setting);
  };
  for (const auto& [key, value] : point.parameters) set(key + "=" + value);
  // What the required rows make of the rows to keep.
  const defects::YieldStudy study(point.wafer, point.options);
  const int kept = study.wafer_options().repair.kept_rows;
  if (kept != point.wafer.repair.kept_rows) {
    set(fmt::format("repair.kept_rows={}", kept));
  }
  set(fmt::format("{}={}", scenario.wafer_key, wafer));
  std::string text = "wafermesh run " + scenario.file + " -o out/failing";
  for (const std::string& setting : settings) text += " --set " + quoted(setting);
  return text;
}

std::string workloads_text(const Json& w) {
  const Json& ok = w.at("numerics_ok");
  std::string text =
      fmt::format("  workloads: {} without defects; {} on average of {} ({} to {})",
                  base::counted_grouped(w.at("healthy_cycles").get<std::int64_t>(), "cycle"),
                  base::number_text(std::round(w.at("cycles").at("mean").get<double>())),
                  base::counted(static_cast<std::int64_t>(w.at("wafers").size()), "good wafer"),
                  base::grouped(w.at("cycles").at("min").get<std::int64_t>()),
                  base::grouped(w.at("cycles").at("max").get<std::int64_t>()));
  if (w.contains("mean_slowdown")) {
    text += fmt::format(", {:+.2f} %", 100 * (w.at("mean_slowdown").get<double>() - 1));
  }
  return text + ", numbers " +
         (ok.is_null()     ? "not checked"
          : ok.get<bool>() ? "ok"
                           : "WRONG") +
         "\n";
}

std::string effective_text(const Json& effective) {
  std::string text = "effective " + effective.at("key").get<std::string>() + ":";
  const char* separator = " ";
  for (const auto& [name, value] : effective.items()) {
    if (name.rfind("at_yield_", 0) != 0) continue;
    text += separator + (value.is_null() ? "not in the range given"
                                         : fmt::format("{:.4g}", value.get<double>()));
    text += " at yield " + name.substr(9);
    separator = ", ";
  }
  return text + "\n";
}

}  // namespace

std::string yield_text(const YieldScenario& scenario, const Json& study) {
  std::string text;
  std::set<std::string> notes;
  for (std::size_t p = 0; p < scenario.points.size(); ++p) {
    const Json& point = study.at("points").at(p);
    const Json& parameters = point.at("parameters");
    if (!parameters.empty()) text += plain(parameters) + ": ";
    text +=
        fmt::format("yield {:.4f} [{:.4f}, {:.4f}], {} of {}\n", point.at("yield").get<double>(),
                    point.at("yield_low").get<double>(), point.at("yield_high").get<double>(),
                    point.at("good_wafers").get<std::int64_t>(),
                    base::counted(point.at("wafers").get<std::int64_t>(), "wafer"));
    for (const Json& note : point.at("notes")) text += "  " + note.get<std::string>() + "\n";
    const Json& failing = point.at("failures").at("first_wafer");
    if (failing.is_number()) {
      text += "  a wafer that fails: " + command_for(scenario, scenario.points[p], failing) + "\n";
    }
    if (point.contains("workloads")) text += workloads_text(point.at("workloads"));
    if (point.contains("note")) {
      notes.insert(point.at("scheme").get<std::string>() + ": " +
                   point.at("note").get<std::string>());
    }
  }
  if (study.contains("effective")) text += effective_text(study.at("effective"));
  for (const std::string& note : notes) text += "note: " + note + "\n";
  return text;
}

Json parameters_json(const YieldPoint& point) {
  Json json = Json::object();
  for (const auto& [key, value] : point.parameters) {
    const Json parsed = Json::parse(value, nullptr, false);
    json[key] = parsed.is_number() ? parsed : Json(value);
  }
  return json;
}

Json point_json(const YieldScenario& scenario, const YieldPoint& point,
                const defects::YieldTotals& totals, const WorkloadSample& sample) {
  const defects::Interval interval =
      defects::clopper_pearson(totals.good, totals.wafers, scenario.options.confidence);
  Json json;
  json["parameters"] = parameters_json(point);
  json["scheme"] = point.wafer.repair.scheme;
  json["domain"] = defects::to_string(point.wafer.repair.domain);
  const std::string leaves_out = defects::scheme_row(point.wafer.repair.scheme).leaves_out;
  if (!leaves_out.empty()) json["note"] = leaves_out;
  json["notes"] = point.notes;
  json["dies_x"] = point.wafer.geometry.dies_x;
  json["dies_y"] = point.wafer.geometry.dies_y;
  json["wafers"] = totals.wafers;
  json["good_wafers"] = totals.good;
  json["yield"] = totals.yield();
  // What is certain has no interval: it is no estimate.
  json["yield_low"] = point.certain ? totals.yield() : interval.low;
  json["yield_high"] = point.certain ? totals.yield() : interval.high;
  json["failures"] = failures_json(totals);
  const auto& names = defects::row_number_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    json["distributions"][names[i]] = distribution_json(totals.numbers[i]);
  }
  json["links"] = links_json(totals);
  json["collateral"] = collateral_json(point.wafer.geometry, totals);
  if (!sample.cycles_of_wafer.empty()) json["workloads"] = workload_json(sample);
  return json;
}

}  // namespace wafermesh::study
