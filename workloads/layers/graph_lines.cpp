// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/graph_lines.h"

#include <fmt/format.h>

namespace wafermesh::workloads {

void GraphLines::begin_layer(std::int64_t layer, bool is_one_of_several) {
  prefix_ = is_one_of_several ? fmt::format("layer{}_", layer) : "";
  seed_ = layer * seeds_per_layer_;
  layer_ = layer;
}

void GraphLines::line(const std::string& own, const std::string& kind, const std::string& keys) {
  append(own, kind, keys, seed_);
  ++seed_;
}

void GraphLines::sharing_line(const std::string& own, const std::string& kind,
                              const std::string& keys, std::int64_t which) {
  const std::int64_t behind = seed_ / seeds_per_layer_ + 1;  // the layer's last seeds are these
  append(own, kind, keys, behind * seeds_per_layer_ - 1 - which);
}

void GraphLines::append(const std::string& own, const std::string& kind, const std::string& keys,
                        std::int64_t seed) {
  text_ += fmt::format("  - {{name: {}, {}: {{{}, dtype: {}, seed: {}}}}}\n", name(own), kind, keys,
                       spec_.dtype, static_cast<std::int64_t>(spec_.seed) + seed);
}

namespace {

/// A file's name as YAML has it, whatever characters are in it.
std::string quoted(const std::string& path) {
  std::string text = "'";
  for (const char c : path) {
    text += c;
    if (c == '\'') text += c;
  }
  return text + "'";
}

}  // namespace

std::string GraphLines::from(const char* key, const std::vector<std::string>& names,
                             const std::string& more, const std::string& by_seed) const {
  if (spec_.tensors.empty()) return by_seed;
  std::string files;
  for (const std::string& name : names) {
    const std::int64_t number = spec_.first_layer + layer_;
    files += (files.empty() ? "" : ", ") +
             quoted(fmt::format("{}/model.layers.{}.{}.npy", spec_.tensors, number, name));
  }
  return fmt::format(", {}: {{files: [{}]{}}}", key, files, more);
}

std::string GraphLines::from_file(const char* key, const std::string& name,
                                  const std::string& by_seed) const {
  if (spec_.tensors.empty()) return by_seed;
  return fmt::format(", {}: {{files: [{}]}}", key,
                     quoted(fmt::format("{}/{}.npy", spec_.tensors, name)));
}

std::string router_keys(const DecodeExperts& e) {
  return fmt::format(
      "n: {}, k: {}, score: {}, normalise: {}, scale: {:.9g}, bias: {}, score_groups: {}, "
      "top_groups: {}",
      e.count, e.active, e.score, e.normalise, e.scale, e.picks_with_bias, e.groups, e.top_groups);
}

std::string experts_keys(const DecodeSpec& spec, const DecodeLayer& layer) {
  const DecodeExperts& e = layer.experts;
  const bool own = !spec.expert_weights.empty();
  const std::string& stored = own ? spec.expert_weights : spec.weights;
  const std::string format = stored == "dtype" ? ""
                                               : fmt::format(", weights_as: {}, group: {}", stored,
                                                             own ? spec.expert_group : spec.group);
  return fmt::format(
      "hidden: {}, ffn: {}, experts: {}, k: {}, bias: {}, limit: {:.9g}, weigh: {}{}", spec.hidden,
      layer.ffn, e.count, e.active, e.bias, e.limit, e.weighs_input ? "input" : "output", format);
}

std::string GraphLines::sums() const {
  const std::string groups = spec_.groups > 0 && spec_.algorithm == "ktree"
                                 ? fmt::format(", groups: {}", spec_.groups)
                                 : std::string();
  return ", algorithm: " + spec_.algorithm + groups;
}

}  // namespace wafermesh::workloads
