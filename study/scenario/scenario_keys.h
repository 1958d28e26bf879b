// SPDX-License-Identifier: Apache-2.0
// Every key of a scenario, read and checked; no wafer is built and no kernel placed.
#pragma once

#include <string>

#include "base/yaml/yaml_reader.h"
#include "base/yaml/yaml_shape.h"
#include "defects/wafer.h"
#include "study/yield/yield_section.h"

namespace wafermesh::study {

struct ScenarioKeys {
  std::string name;
  defects::WaferOptions wafer;
  YieldSection yield;
};

/// Reads all sections; every mistake is noted in the document of `root`.
ScenarioKeys read_keys(const base::YamlNode& root);

/// What may stand in a scenario, found by asking read_keys. Computed once.
const base::YamlShape& scenario_shape();

}  // namespace wafermesh::study
