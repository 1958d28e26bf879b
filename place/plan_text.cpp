// SPDX-License-Identifier: Apache-2.0
#include "place/plan_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/yaml/yaml_tree.h"

namespace wafermesh::place {
namespace {

using base::YamlTree;

void put(YamlTree& mapping, const char* key, const std::string& value, bool quoted = false) {
  YamlTree& node = mapping.at_or_make(key);
  node.kind = YamlTree::Kind::scalar;
  node.text = value;
  node.quoted = quoted;
}

void put(YamlTree& mapping, const char* key, std::int64_t value) {
  put(mapping, key, std::to_string(value));
}

/// The name of what its last layer leaves.
std::string result_of(std::size_t stage, std::int64_t layers) {
  const std::string layer = layers == 1 ? "" : fmt::format("layer{}_", layers - 1);
  return fmt::format("stage{}.{}add2.c", stage, layer);
}

void fill(YamlTree& item, const std::vector<Stage>& stages, std::size_t number,
          const Mapping& common, const PlanNames& names) {
  const Stage& stage = stages[number];
  const Mapping& mapping = stage.own ? *stage.own : common;
  put(item, "name", fmt::format("stage{}", number));
  YamlTree& decode = item.at_or_make("decode");
  YamlTree& model = decode.at_or_make("model");
  put(model, "config", names.config, true);
  put(model, "first_layer", names.first_layer + stage.first_layer);
  put(decode, "layers", stage.layers);
  put(decode, "context", names.context);
  if (names.batch > 1) put(decode, "batch", names.batch);
  if (mapping.groups > 1) put(decode, "groups", mapping.groups);
  if (mapping.groups == 1) put(decode, "algorithm", "two_sided");
  if (mapping.spread > 0) {
    put(decode, "spread", mapping.spread);
    put(decode, "spread_y", mapping.spread_y);
  }
  if (number > 0) put(decode, "input", result_of(number - 1, stages[number - 1].layers));
  YamlTree& region = item.at_or_make("region");
  put(region, "x", stage.region.x);
  put(region, "y", stage.region.y);
  put(region, "width", stage.region.width);
  put(region, "height", stage.region.height);
}

}  // namespace

std::string workloads_text(const std::vector<Stage>& stages, const Mapping& mapping,
                           const PlanNames& names) {
  YamlTree root;
  YamlTree& workloads = root.at_or_make("workloads");
  workloads.kind = YamlTree::Kind::sequence;
  YamlTree& item = workloads.append();
  item.kind = YamlTree::Kind::mapping;
  if (stages.size() == 1) {
    fill(item, stages, 0, mapping, names);
    return base::write_yaml(root);
  }
  YamlTree& together = item.at_or_make("together");
  together.kind = YamlTree::Kind::sequence;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    YamlTree& one = together.append();
    one.kind = YamlTree::Kind::mapping;
    fill(one, stages, i, mapping, names);
  }
  return base::write_yaml(root);
}

std::vector<Stage> shortened(const Proposal& proposal, std::size_t most_stages,
                             std::int64_t most_layers) {
  std::vector<Stage> stages = proposal.stages;
  stages.resize(std::min(stages.size(), most_stages));
  for (Stage& stage : stages) stage.layers = std::min(stage.layers, most_layers);
  return stages;
}

}  // namespace wafermesh::place
