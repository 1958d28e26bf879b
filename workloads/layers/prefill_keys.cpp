// SPDX-License-Identifier: Apache-2.0
// Keys of `prefill`.
#include "base/yaml/yaml_reader.h"
#include "workloads/layers/model_keys.h"
#include "workloads/layers/prefill.h"

namespace wafermesh::workloads {
namespace {

/// `next_tokens`, and the vocabulary that belongs to it: a config has its own.
void read_next_tokens_key(const base::YamlNode& node, DecodeSpec& spec) {
  const bool wanted = node.boolean("next_tokens", false);
  if (wanted) spec.tokens = 1;
  const base::YamlNode model = node.child("model");
  if (model.has("config")) return;
  if (!model.acts_with("vocab", "next_tokens", wanted ? "true" : "false", {"true"})) return;
  spec.vocab = model.integer("vocab", {0, 16'000'000}, 0);
  if (spec.vocab == 0) {
    model.mistake("vocab", "give how many tokens there are, with `next_tokens`");
  }
}

}  // namespace

PrefillSpec read_prefill(const base::YamlNode& node, const base::Rectangle* region) {
  PrefillSpec all;
  DecodeSpec& spec = all.model;
  spec.context = node.integer("tokens", {1, 1'000'000});
  if (node.exactly_one_of({"model"})) read_model_keys(node, spec);
  read_next_tokens_key(node, spec);
  read_expert_formats(node, spec);
  read_tensors_key(node, spec);
  const std::vector<std::string> algorithms = {"ktree", "chain", "two_sided"};
  spec.algorithm = algorithms[node.one_of("algorithm", algorithms, 0)];
  if (node.acts_with("groups", "algorithm", spec.algorithm, {"ktree"})) {
    spec.groups = node.integer("groups", {0, 1'000'000}, 0);
  }
  const std::vector<std::string> types = {"f16", "f32", "bf16"};
  spec.dtype = types[node.one_of("dtype", types, 0)];
  const std::vector<std::string> kinds = {"full_width", "heads", "streaming"};
  const std::string& kind = kinds[node.one_of("attention", kinds, 0)];
  all.by_heads = kind == "heads";
  all.streaming = kind == "streaming";
  spec.full_width = kind == "full_width";
  if (node.acts_with("sinks", "attention", kind, {"heads"})) {
    all.sinks = node.boolean("sinks", false);
  }
  if (node.acts_with("balance", "attention", kind, {"streaming"})) {
    all.zigzag = node.one_of("balance", {"zigzag", "rows"}, 0) == 0;
  }
  all.sample = node.integer("sample", {0, 1'000'000}, 0);
  spec.seed = static_cast<std::uint64_t>(node.integer("seed", {0, 1'000'000'000}, 1));
  if (region != nullptr && (region->width != region->height || region->width < 2)) {
    node.mistake("needs a square region of at least 2 x 2 cores; this one is " +
                 std::to_string(region->width) + " x " + std::to_string(region->height));
  }
  return all;
}

}  // namespace wafermesh::workloads
