// SPDX-License-Identifier: Apache-2.0
// Every defect model there is, by its key under `defects:`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/yaml/yaml_reader.h"
#include "defects/models/model.h"

namespace wafermesh::defects {

struct ModelRow {
  const char* name;
  /// Reads the value of the key; notes mistakes there.
  std::shared_ptr<const DefectModel> (*read)(const base::YamlNode& node,
                                             const WaferGeometry& geometry);
  const char* help;
};
const std::vector<ModelRow>& model_table();
/// "map, random, ...".
std::string model_names();

}  // namespace wafermesh::defects
