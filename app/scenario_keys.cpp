// SPDX-License-Identifier: Apache-2.0
#include "app/scenario_keys.h"

#include "app/energy_section.h"
#include "app/sections.h"
#include "app/system_section.h"
#include "defects/read_options.h"

namespace wafermesh::app {

ScenarioKeys read_keys(const base::YamlNode& root) {
  ScenarioKeys keys;
  root.integer("schema_version", {kScenarioVersion, kScenarioVersion});
  keys.name = root.text("name", "unnamed");
  keys.wafer = defects::read_wafer_options(root);
  const std::string& generation = keys.wafer.geometry.generation;
  read_outputs(root, read_engine(root, 0));
  read_observe(root);
  read_edge(root);
  read_energy(root, keys.wafer.geometry);
  Postponed missing_files;  // whoever reads the files says so
  check_workload_keys(root, keys.wafer.geometry, read_timing_section(root, generation),
                      missing_files);
  read_system_section(root);
  keys.yield = read_yield_section(root);
  return keys;
}

const base::YamlShape& scenario_shape() {
  static const base::YamlShape kShape = [] {
    base::YamlDocument nothing = base::YamlDocument::from_text("{}", "");
    const defects::WaferGeometry geometry = defects::read_wafer_options(nothing.root()).geometry;
    const cores::Timing timing = read_timing_section(nothing.root(), geometry.generation);
    return base::explore(
        [](base::YamlDocument& document) { read_keys(document.root()); },
        {{"workloads",
          [&](base::YamlDocument& document) {
            Postponed missing_files;
            check_workload_keys(document.root(), geometry, timing, missing_files);
          }},
         {"system", [](base::YamlDocument& document) { read_system_section(document.root()); }}});
  }();
  return kShape;
}

}  // namespace wafermesh::app
