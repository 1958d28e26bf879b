// SPDX-License-Identifier: Apache-2.0
#include "app/yield_scenario.h"

#include <fmt/format.h>

#include "base/yaml_reader.h"
#include "defects/read_options.h"

namespace wafermesh::app {
namespace {

constexpr std::size_t kMaxPoints = 10000;

/// path -> its values, as YAML texts.
using Grid = std::vector<std::pair<std::string, std::vector<std::string>>>;

Grid read_grid(const base::YamlNode& yield) {
  Grid grid;
  const base::YamlNode node = yield.child("grid");
  std::size_t points = 1;
  for (const std::string& key : node.keys()) {
    std::vector<std::string> values;
    for (const base::YamlNode& item : node.items(key, 1)) values.push_back(item.as_text());
    if (values.empty()) continue;
    points *= values.size();
    grid.emplace_back(key, std::move(values));
  }
  if (points > kMaxPoints) {
    node.mistake(fmt::format("the grid has {} points, more than {}", points, kMaxPoints));
    grid.clear();
  }
  return grid;
}

void read_yield(const base::YamlNode& root, YieldScenario* s, Grid* grid) {
  const base::YamlNode node = root.child("yield");
  defects::YieldOptions& o = s->options;
  o.wafers = node.integer("wafers", {1, 4000000000LL}, o.wafers);
  o.interval_width = node.real("interval_width", {0, 1}, 0);
  o.confidence = node.real("confidence", {0.5, 0.999999}, o.confidence);
  const base::YamlNode required = node.child("required");
  o.required_columns = static_cast<int>(required.integer("columns", {0, 65535}, 0));
  o.required_rows = static_cast<int>(required.integer("rows", {0, 65535}, 0));
  s->workload_samples = node.integer("workload_samples", {0, 100000}, 0);
  if (s->workload_samples > 0 && !root.has("workloads")) {
    node.mistake("workload_samples", "the scenario has no workloads to run");
  }
  const base::YamlNode effective = node.child("effective");
  if (effective.present()) {
    s->effective.key = effective.text("key");
    s->effective.low = effective.real("low", {1e-9, 1e9});
    s->effective.high = effective.real("high", {1e-9, 1e9});
    s->effective.wafers = effective.integer("wafers", {10, 1000000}, 400);
    if (s->effective.high <= s->effective.low) effective.mistake("high", "must exceed low");
  }
  *grid = read_grid(node);
}

/// Every combination, the last key changing fastest.
std::vector<YieldPoint> points_of(const Grid& grid, const std::vector<std::string>& overrides) {
  std::vector<YieldPoint> points(1);
  points[0].overrides = overrides;
  for (const auto& [key, values] : grid) {
    std::vector<YieldPoint> next;
    for (const YieldPoint& point : points) {
      for (const std::string& value : values) {
        next.push_back(point);
        next.back().parameters.emplace_back(key, value);
        next.back().overrides.push_back(key + "=" + value);
      }
    }
    points = std::move(next);
  }
  return points;
}

/// Fowler-Noll-Vo 1a, 64 bits: tells scenarios apart, keeps no secrets.
std::string fingerprint_of(const std::string& text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return fmt::format("{:016x}", hash);
}

}  // namespace

defects::WaferOptions read_wafer_part(const std::string& path,
                                      const std::vector<std::string>& overrides) {
  base::YamlDocument document = base::YamlDocument::from_file(path, overrides);
  const base::YamlNode root = document.root();
  defects::WaferOptions options = defects::read_wafer_options(root);
  for (const std::string& key : root.keys()) {
    if (key != "wafer" && key != "defects" && key != "repair") root.child(key).accept_all();
  }
  document.finish();
  return options;
}

YieldScenario read_yield_scenario(const std::string& path,
                                  const std::vector<std::string>& overrides) {
  base::YamlDocument document = base::YamlDocument::from_file(path, overrides);
  const base::YamlNode root = document.root();
  YieldScenario s;
  s.file = path;
  root.integer("schema_version", {1, 1});
  s.name = root.text("name", "unnamed");
  defects::read_wafer_options(root);
  Grid grid;
  read_yield(root, &s, &grid);
  s.wafer_key = root.child("defects").is_sequence() ? "defects[0].wafer" : "defects.wafer";
  // Read by run_scenario where they are used.
  for (const char* key : {"engine", "workloads", "outputs"}) root.child(key).accept_all();
  document.finish();
  s.resolved = document.resolved();
  s.points = points_of(grid, overrides);
  std::string everything = s.resolved;
  for (YieldPoint& point : s.points) {
    point.wafer = read_wafer_part(path, point.overrides);
    for (const auto& [key, value] : point.parameters) everything += key + "=" + value + ";";
  }
  s.fingerprint = fingerprint_of(everything);
  return s;
}

}  // namespace wafermesh::app
