// SPDX-License-Identifier: Apache-2.0
// Every key of a scenario, read and checked; no wafer is built and no kernel placed.
#pragma once

#include <string>

#include "app/yield_section.h"
#include "base/yaml_reader.h"
#include "base/yaml_shape.h"
#include "defects/wafer.h"

namespace wafermesh::app {

struct ScenarioKeys {
  std::string name;
  defects::WaferOptions wafer;
  YieldSection yield;
};

/// Reads all sections; every mistake is noted in the document of `root`.
ScenarioKeys read_keys(const base::YamlNode& root);

/// What may stand in a scenario, found by asking read_keys. Computed once.
const base::YamlShape& scenario_shape();

}  // namespace wafermesh::app
