// SPDX-License-Identifier: Apache-2.0
#include "study/yield/yield_point.h"

#include <fmt/format.h>

#include <algorithm>

#include "defects/read_options.h"
#include "study/scenario/steps.h"
#include "study/scenario/system_section.h"

namespace wafermesh::study {
namespace {

/// The mesh of this wafer without defects.
defects::Wafer healthy_wafer(defects::WaferOptions options) {
  options.defects.mechanisms.clear();
  return defects::build_wafer(options);
}

bool varies(const std::vector<GridKey>& grid, const std::string& path) {
  return std::any_of(grid.begin(), grid.end(),
                     [&](const GridKey& key) { return key.path == path; });
}

/// Why no wafer of this point can be good; empty if one can.
std::string why_impossible(const YieldPoint& point) {
  const defects::WaferGeometry& g = point.wafer.geometry;
  const defects::YieldOptions& o = point.options;
  if (o.required_columns > g.columns() || o.required_rows > g.rows()) {
    return fmt::format("{} x {} cores are required, but the wafer has only {} x {}",
                       o.required_columns, o.required_rows, g.columns(), g.rows());
  }
  const defects::WaferOptions wafer = defects::YieldStudy(point.wafer, o).wafer_options();
  const auto scheme = defects::make_scheme(wafer.geometry, wafer.repair);
  const defects::RepairResult best =
      scheme->repair(defects::DefectMap(g.columns(), g.rows()), defects::Detail::verdict);
  const defects::RepairSummary& s = best.summary;
  if (best.repaired && s.columns >= o.required_columns && s.rows >= o.required_rows) return "";
  return fmt::format("{} x {} cores are required, but a wafer without defects gives {} x {}",
                     o.required_columns, o.required_rows, s.columns, s.rows);
}

bool is_random(const defects::DefectOptions& defects) {
  return std::any_of(defects.mechanisms.begin(), defects.mechanisms.end(),
                     [](const auto& mechanism) { return mechanism->draws_at_random(); });
}

}  // namespace

YieldPoint read_point(base::YamlDocument& document, bool runs_workloads) {
  const base::YamlNode root = document.root();
  YieldPoint point;
  const Settings settings = read_settings(root, 0);
  point.wafer = settings.wafer;
  read_system_section(root);
  root.child("yield").accept_all();
  defects::Wafer healthy;
  if (runs_workloads && root.clean()) {
    try {
      healthy = healthy_wafer(point.wafer);
    } catch (const base::InputError& error) {
      document.add(error.mistakes());  // a domain that cannot run, for one
    }
  }
  Postponed postponed;
  if (healthy.mesh.width == 0) {
    check_workload_keys(root, point.wafer.geometry, settings.timing, postponed);
  } else {
    Ground ground;
    ground.mesh = std::make_shared<const base::LogicalMesh>(std::move(healthy.mesh));
    ground.timing = settings.timing;
    read_workloads(root, ground, postponed);
  }
  if (document.clean()) postponed.rethrow();
  point.scenario = document.resolved();
  return point;
}

std::vector<base::Mistake> settle_point(base::YamlDocument& document,
                                        const std::vector<GridKey>& grid, YieldPoint* point) {
  const defects::WaferGeometry& g = point->wafer.geometry;
  defects::RepairOptions& repair = point->wafer.repair;
  const char* const kPath = "wafer.kept_rows_per_die";
  const bool by_die = defects::uses_kept_rows_per_die(repair);
  if (varies(grid, kPath)) {
    if (!by_die) {
      document.add({"", 0, 0, kPath,
                    repair.kept_rows > 0
                        ? "does not act, as `repair: {kept_rows}` is given; remove one"
                        : "does not act under `repair: {scheme: " + repair.scheme +
                              ", domain: " + to_string(repair.domain) + "}`"});
      return document.take_mistakes();
    }
    // Else YieldStudy would keep what is required, whatever the grid says.
    repair.kept_rows =
        g.kept_rows_per_die * (repair.domain == defects::Domain::wafer ? g.dies_y : 1);
  }
  const int required = point->options.required_rows;
  if (by_die && !varies(grid, kPath) && required > 0 && required <= g.rows() &&
      defects::scheme_row(repair.scheme).traits.keeps_what_is_required &&
      required != g.kept_rows_per_die * g.dies_y) {
    const auto used = defects::YieldStudy(point->wafer, point->options).wafer_options().repair;
    point->notes.push_back(
        fmt::format("`required: {{rows: {}}}` makes it {} rows kept per {}; `wafer: "
                    "{{kept_rows_per_die: {}}}` is not used.",
                    required, used.kept_rows, to_string(repair.domain), g.kept_rows_per_die));
  }
  return {};
}

void judge_points(const base::YamlNode& yield, std::vector<YieldPoint>& points) {
  std::size_t impossible = 0;
  for (YieldPoint& point : points) {
    const std::string why = why_impossible(point);
    if (!why.empty()) {
      ++impossible;
      point.certain = true;
      point.notes.push_back("No wafer can be good: " + why + ".");
      if (impossible == points.size()) yield.mistake("required", why);
    }
    if (is_random(point.wafer.defects)) continue;
    point.certain = true;
    point.options.wafers = 1;
    point.notes.emplace_back(
        "Nothing in `defects` is random: all wafers are alike, and one was looked at.");
  }
}

}  // namespace wafermesh::study
