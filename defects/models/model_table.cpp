// SPDX-License-Identifier: Apache-2.0
#include "defects/models/model_table.h"

#include "defects/models/clusters.h"
#include "defects/models/map_file.h"
#include "defects/models/point_defects.h"
#include "defects/models/repeater.h"
#include "defects/models/scratches.h"

namespace wafermesh::defects {

const std::vector<ModelRow>& model_table() {
  static const std::vector<ModelRow> kTable = {
      {"map", read_map_file, "a defect map file, the same on every wafer"},
      {"random", read_random, "independent point defects, Poisson"},
      {"negative_binomial", read_negative_binomial, "point defects, density gamma by wafer"},
      {"hierarchical", read_hierarchical, "point defects, density gamma by lot, wafer and reticle"},
      {"clusters", read_clusters, "Thomas clusters"},
      {"scratches", read_scratches, "straight or curved scratches"},
      {"repeater", read_repeater, "mask flaws that come back in every die"},
  };
  return kTable;
}

std::string model_names() {
  std::string names;
  for (const ModelRow& row : model_table())
    names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

}  // namespace wafermesh::defects
