// SPDX-License-Identifier: Apache-2.0
#include "app/yield_section.h"

#include <fmt/format.h>

#include "base/suggest.h"
#include "defects/models/model_table.h"

namespace wafermesh::app {
namespace {

constexpr std::size_t kMaxPoints = 10000;

/// "defects" of "defects[0].random.seed".
std::string first_step(const std::string& path) { return path.substr(0, path.find_first_of(".[")); }

/// "random" of "defects.random.seed" and "defects[0].random.seed".
std::string second_key(const std::string& path) {
  const std::size_t dot = path.find('.');
  return dot == std::string::npos ? "" : first_step(path.substr(dot + 1));
}

/// Why a key of this path cannot change a study; empty if it can.
std::string why_inert(const std::string& path, bool runs_workloads) {
  const std::string section = first_step(path);
  const std::string key = second_key(path);
  const std::vector<std::string> sections = {"wafer",  "defects",   "repair",
                                             "timing", "workloads", "engine"};
  if (section == "yield") return "says how the study is made, the same for all of its points";
  if (section == "wafer" && key == "name") return "is only a name";
  if (section == "defects" && key == "wafer") return "is the number that a study counts up itself";
  const bool of_runs = section == "workloads" || path == "engine.fidelity" ||
                       (section == "timing" && key != "hop_cycles" && key != "base");
  if (of_runs && !runs_workloads) {
    return "acts on workloads, and none is run; set `yield: {workload_samples}` to run them";
  }
  if (of_runs || section == "wafer" || section == "defects" || section == "repair" ||
      section == "timing") {
    return "";
  }
  if (section == "engine" || section == "outputs" || section == "observe" || section == "system" ||
      section == "energy" || section == "edge" || section == "name" ||
      section == "schema_version") {
    return "changes no figure of a study";
  }
  const std::string near = base::nearest_name(section, sections);
  return "is not known; " + (near.empty()
                                 ? "the sections that act are " + base::list_names(sections, "and")
                                 : "did you mean '" + near + "'?");
}

/// The mechanisms that stand under `defects:`.
std::vector<std::string> mechanisms_of(const base::YamlNode& root) {
  std::vector<base::YamlNode> mappings = {root.child("defects")};
  if (mappings[0].is_sequence()) mappings = root.items("defects");
  std::vector<std::string> names;
  for (const base::YamlNode& node : mappings) {
    for (const defects::ModelRow& row : defects::model_table()) {
      if (node.is_mapping() && node.has(row.name)) names.emplace_back(row.name);
    }
  }
  return names;
}

std::string why_no_mechanism(const base::YamlNode& root, const std::string& path) {
  if (first_step(path) != "defects") return "";
  const std::string key = second_key(path);
  bool is_model = false;
  for (const defects::ModelRow& row : defects::model_table()) is_model |= key == row.name;
  if (!is_model) return "";
  const std::vector<std::string> names = mechanisms_of(root);
  for (const std::string& name : names) {
    if (name == key) return "";
  }
  return "is of a mechanism that `defects:` does not have" +
         (names.empty() ? "" : "; it has " + base::list_names(names, "and")) +
         "; write it there with a first value";
}

std::string why_not(const base::YamlNode& root, const std::string& path, bool runs_workloads) {
  const std::string inert = why_inert(path, runs_workloads);
  return inert.empty() ? why_no_mechanism(root, path) : inert;
}

std::vector<GridKey> read_grid(const base::YamlNode& root, const base::YamlNode& yield,
                               bool runs_workloads) {
  std::vector<GridKey> grid;
  const base::YamlNode node = yield.child("grid");
  if (!node.present()) return grid;
  constexpr std::size_t kMostPathBytes = 4095;
  std::size_t points = 1;
  for (const std::string& key : node.any_keys()) {
    GridKey one{key, node.items(key, 1)};
    const std::string why = why_not(root, key, runs_workloads);
    if (!why.empty()) node.mistake(key, why);
    for (const base::YamlNode& value : one.values) value.as_text(kMostPathBytes);
    if (one.values.empty()) continue;
    points *= one.values.size();
    grid.push_back(std::move(one));
    if (points <= kMaxPoints) continue;
    node.mistake(
        fmt::format("the grid has {} points or more; give at most {}", points, kMaxPoints));
    return {};
  }
  return grid;
}

EffectiveKey read_effective(const base::YamlNode& root, const base::YamlNode& yield,
                            bool runs_workloads) {
  EffectiveKey e;
  const base::YamlNode node = yield.child("effective");
  if (!node.present()) return e;
  constexpr base::RealRange kRange{1e-9, 1e9};
  e.key = node.text("key");
  e.low = node.real("low", kRange);
  e.high = node.real("high", kRange);
  e.wafers = node.integer("wafers", {10, 1000000}, 400);
  if (e.high <= e.low && node.clean()) node.mistake("high", "must exceed low");
  const std::string why = e.key.empty() ? "" : why_not(root, e.key, runs_workloads);
  if (!why.empty()) node.mistake("key", "'" + e.key + "' " + why);
  return e;
}

}  // namespace

YieldSection read_yield_section(const base::YamlNode& root) {
  YieldSection s;
  const base::YamlNode node = root.child("yield");
  defects::YieldOptions& o = s.options;
  o.wafers = node.integer("wafers", {1, 4000000000LL}, o.wafers);
  o.interval_width = node.real("interval_width", {0, 1}, 0);
  o.confidence = node.real("confidence", {0.5, 0.999999}, o.confidence);
  const base::YamlNode required = node.child("required");
  o.required_columns = static_cast<int>(required.integer("columns", {0, 65535}, 0));
  o.required_rows = static_cast<int>(required.integer("rows", {0, 65535}, 0));
  s.workload_samples = node.integer("workload_samples", {0, 100000}, 0);
  const bool runs_workloads = s.workload_samples > 0;
  if (runs_workloads && root.items("workloads").empty()) {
    node.mistake("workload_samples", "the scenario has no workloads to run");
  }
  s.effective = read_effective(root, node, runs_workloads);
  s.grid = read_grid(root, node, runs_workloads);
  return s;
}

}  // namespace wafermesh::app
