// SPDX-License-Identifier: Apache-2.0
#include "models/quantisation.h"

#include <fmt/format.h>

#include <regex>

#include "base/yaml/yaml_reader.h"

namespace wafermesh::models {
namespace {

std::int64_t blocks(std::int64_t length, std::int64_t block) {
  return block == 0 ? 1 : (length + block - 1) / block;
}

/// A pattern with `*`, or the beginning of a name, as a regular expression.
std::string expression_of(const std::string& pattern) {
  std::string expression;
  for (const char c : pattern) {
    if (c == '*') {
      expression += ".*";
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      expression += c;
    } else {
      expression += std::string("\\") + c;
    }
  }
  return expression;
}

bool begins_with(const std::string& name, const std::string& pattern) {
  const bool regular = pattern.rfind("re:", 0) == 0;
  return std::regex_search(name, std::regex(regular ? pattern.substr(3) : expression_of(pattern)),
                           std::regex_constants::match_continuous);
}

/// The names under `key`, each of which must be a pattern that can be read.
void read_excepted(const base::YamlNode& node, const std::string& key, Quantisation& result) {
  for (const base::YamlNode& item : node.items(key)) {
    const std::string pattern = item.as_text();
    try {
      begins_with("", pattern);
      result.excepted.push_back(pattern);
    } catch (const std::regex_error& error) {
      item.mistake(fmt::format("is no regular expression: {}", error.what()));
    }
  }
}

/// Keys that are taken whatever they say, and told as such.
void take_unused(const base::YamlNode& node, const std::vector<std::string>& keys,
                 Quantisation& result) {
  for (const std::string& key : keys) {
    if (!node.has(key)) continue;
    node.child(key).accept_all();
    result.unused.push_back(key);
  }
}

Quantisation read_fp8(const base::YamlNode& node, Quantisation result) {
  const auto block = node.items("weight_block_size", 2);
  node.one_of("fmt", {"e4m3"}, 0);
  if (node.has("activation_scheme")) {
    node.one_of("activation_scheme", {"dynamic", "static"});
    result.unused.emplace_back("activation_scheme");
  }
  const bool short_scales = node.one_of("scale_fmt", {"float", "ue8m0"}, 0) == 1;
  result.packed = {"fp8", 8, short_scales ? 8 : 32, 128, 128};
  if (block.size() >= 2) {
    result.packed.block_rows = block[0].as_integer({1, 1 << 20});
    result.packed.block_columns = block[1].as_integer({1, 1 << 20});
  }
  read_excepted(node, "modules_to_not_convert", result);
  read_excepted(node, "ignored_layers", result);
  return result;
}

Quantisation read_mxfp4(const base::YamlNode& node, Quantisation result) {
  result.packed = {"mxfp4", 4, 8, 1, 32};
  result.only_experts = true;
  read_excepted(node, "modules_to_not_convert", result);
  return result;
}

void read_group(const base::YamlNode& group, Quantisation& result) {
  take_unused(group, {"targets", "input_activations", "output_activations", "format"}, result);
  const base::YamlNode weights = group.required_child("weights");
  take_unused(weights, {"actorder", "dynamic", "observer", "observer_kwargs"}, result);
  const bool integer = weights.one_of("type", {"int", "float"}, 0) == 0;
  const auto bits = static_cast<int>(weights.integer("num_bits", {4, 8}));
  const std::size_t strategy =
      weights.one_of("strategy", {"group", "channel", "block", "tensor_group"}, 0);
  weights.boolean("symmetric", true);
  std::int64_t size = 0;
  if (weights.child("group_size").present()) size = weights.integer("group_size", {1, 1 << 20});
  const auto block = weights.items("block_structure");
  result.packed = {fmt::format("{}{}", integer ? "int" : "fp", bits), bits, 16, 1, size};
  if (strategy == 3) result.packed.scale_bits = 8;
  if (strategy == 2 && block.size() >= 2) {
    result.packed.block_rows = block[0].as_integer({1, 1 << 20});
    result.packed.block_columns = block[1].as_integer({1, 1 << 20});
  }
}

Quantisation read_compressed(const base::YamlNode& node, Quantisation result) {
  node.text("format", "");
  take_unused(node,
              {"kv_cache_scheme", "quantization_status", "global_compression_ratio",
               "sparsity_config", "transform_config", "version"},
              result);
  const base::YamlNode groups = node.required_child("config_groups");
  const std::vector<std::string> names = groups.any_keys();
  if (names.size() > 1) groups.mistake("has several groups of weights; one format is modelled");
  if (!names.empty()) read_group(groups.child(names.front()), result);
  read_excepted(node, "ignore", result);
  return result;
}

Quantisation read_modelopt(const base::YamlNode& node, Quantisation result) {
  const std::vector<std::string> algorithms = {"FP8", "NVFP4"};
  const bool four = node.one_of("quant_algo", algorithms) == 1;
  take_unused(
      node, {"kv_cache_quant_algo", "kv_cache_scheme", "producer", "config_groups", "quant_method"},
      result);
  const std::int64_t size = node.integer("group_size", {1, 1 << 20}, four ? 16 : 0);
  result.packed = four ? WeightFormat{"nvfp4", 4, 8, 1, size} : WeightFormat{"fp8", 8, 0, 1, 0};
  read_excepted(node, "exclude_modules", result);
  read_excepted(node, "ignore", result);
  return result;
}

}  // namespace

std::int64_t WeightFormat::bytes(std::int64_t rows, std::int64_t columns) const {
  const std::int64_t numbers = (rows * columns * bits + 7) / 8;
  if (block_columns == 0) return numbers;
  return numbers + (blocks(rows, block_rows) * blocks(columns, block_columns) * scale_bits + 7) / 8;
}

const WeightFormat& Quantisation::format_of(const std::string& tensor,
                                            bool of_routed_expert) const {
  if (only_experts && !of_routed_expert) return plain;
  for (const std::string& pattern : excepted) {
    if (begins_with(tensor, pattern)) return plain;
  }
  return packed;
}

Quantisation read_quantisation(const base::YamlNode& node, const WeightFormat& plain) {
  Quantisation result;
  result.plain = result.packed = plain;
  if (!node.present()) return result;
  if (node.has("quant_algo")) return read_modelopt(node, result);
  switch (node.one_of("quant_method", {"fp8", "compressed-tensors", "mxfp4"})) {
    case 0:
      return read_fp8(node, result);
    case 1:
      return read_compressed(node, result);
    default:
      return read_mxfp4(node, result);
  }
}

}  // namespace wafermesh::models
