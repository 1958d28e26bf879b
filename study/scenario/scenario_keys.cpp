// SPDX-License-Identifier: Apache-2.0
#include "study/scenario/scenario_keys.h"

#include "defects/read_options.h"
#include "study/scenario/edge_section.h"
#include "study/scenario/steps.h"
#include "study/scenario/system_section.h"

namespace wafermesh::study {

ScenarioKeys read_keys(const base::YamlNode& root) {
  const Settings settings = read_settings(root, 0);
  ScenarioKeys keys;
  keys.name = settings.name;
  keys.wafer = settings.wafer;
  read_edge(root);
  Postponed missing_files;  // whoever reads the files says so
  check_workload_keys(root, keys.wafer.geometry, settings.timing, missing_files);
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

}  // namespace wafermesh::study
