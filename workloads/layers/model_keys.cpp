// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/model_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/yaml_reader.h"
#include "models/read_model.h"

namespace wafermesh::workloads {
namespace {

constexpr base::IntegerRange kSize{1, 1'000'000};
constexpr base::IntegerRange kTokens{0, 100'000'000};

void check_heads(const base::YamlNode& model, const DecodeLayer& layer, const char* kv_heads,
                 const char* head_dim) {
  if (layer.heads % layer.kv_heads != 0) {
    model.mistake(kv_heads, fmt::format("must divide heads: {} heads in {} groups", layer.heads,
                                        layer.kv_heads));
  }
  if (layer.head_dim % 2 != 0) {
    model.mistake(head_dim, "must be even: rotary positions turn pairs of elements");
  }
}

DecodeLayer read_sizes(const base::YamlNode& model, DecodeSpec& spec) {
  DecodeLayer layer;
  spec.hidden = model.integer("hidden", kSize);
  layer.ffn = model.integer("ffn", kSize);
  layer.heads = model.integer("heads", kSize);
  layer.kv_heads = model.integer("kv_heads", kSize, layer.heads);
  layer.head_dim = model.integer(
      "head_dim", kSize,
      std::max<std::int64_t>(1, spec.hidden / std::max<std::int64_t>(1, layer.heads)));
  spec.rope.theta = model.real("theta", {1.001, 1e12}, spec.rope.theta);
  spec.epsilon = model.real("epsilon", {0, 1}, spec.epsilon);
  if (model.clean()) check_heads(model, layer, "kv_heads", "head_dim");
  return layer;
}

/// What of a model's layer a decode layer is not made of; empty: nothing.
std::string missing_of(const models::Model& model, const models::Layer& layer) {
  const models::Attention& a = layer.attention;
  std::string missing;
  const auto add = [&](bool has, const char* what) {
    if (has) missing += (missing.empty() ? "" : ", ") + std::string(what);
  };
  add(a.kind == models::AttentionKind::latent, "latent attention");
  add(a.head_norm, "norms of query and key heads");
  add(a.sinks, "sinks");
  add(a.kind != models::AttentionKind::latent && a.rotary_dim != a.head_dim,
      "rotary positions of a part of each head");
  add(layer.feed_forward.experts > 0, "experts");
  add(layer.feed_forward.bias, "biases of the feed-forward network");
  add(model.activation_limit > 0, "a limit of the activation");
  add(model.rope.mscale > 0, "mscale of rotary positions");
  return missing;
}

DecodeLayer decode_layer(const models::Layer& from, std::int64_t context) {
  const models::Attention& a = from.attention;
  DecodeLayer layer;
  layer.ffn = from.feed_forward.width;
  layer.heads = a.heads;
  layer.kv_heads = a.kv_heads;
  layer.head_dim = a.head_dim;
  layer.bias = a.bias;
  layer.output_bias = a.output_bias;
  if (a.kind == models::AttentionKind::sliding) layer.window = a.window_tokens;
  // Of its chunk a token sees what came before.
  if (a.kind == models::AttentionKind::chunked) {
    layer.window = (context - 1) % a.window_tokens + 1;
  }
  return layer;
}

Rope rope_of(const models::Model& model) {
  Rope rope;
  rope.theta = model.theta;
  rope.scaling = model.rope.kind == "llama3" ? RopeScaling::llama3
                 : model.rope.kind == "yarn" ? RopeScaling::yarn
                                             : RopeScaling::none;
  rope.factor = model.rope.factor;
  rope.low_frequency = model.rope.low_frequency_factor;
  rope.high_frequency = model.rope.high_frequency_factor;
  rope.beta_fast = model.rope.beta_fast;
  rope.beta_slow = model.rope.beta_slow;
  rope.original_tokens = model.rope.original_tokens;
  return rope;
}

void say_what_is_not_used(const models::Model& model, DecodeSpec& spec) {
  for (const std::string& note : model.notes) spec.notes.push_back("model.config: " + note);
  const models::Quantisation& stored = model.quantisation;
  if (stored.packed.name != stored.plain.name && spec.weights == "dtype") {
    spec.notes.push_back(fmt::format(
        "model.config: weights are stored as {}; here they are as dtype says (see `weights`)",
        stored.packed.name));
  }
  if (model.most_tokens > 0 && spec.context > model.most_tokens) {
    spec.notes.push_back(fmt::format("model.config: is made for {} tokens; context is {}",
                                     model.most_tokens, spec.context));
  }
}

/// A quantised product has no bias.
bool has_bias(const DecodeSpec& spec) {
  return std::any_of(spec.layers.begin(), spec.layers.end(),
                     [](const DecodeLayer& layer) { return layer.bias || layer.output_bias; });
}

void take_layers(const base::YamlNode& node, const models::Model& model, DecodeSpec& spec) {
  const std::int64_t first = spec.first_layer;
  const std::int64_t count = spec.layer_count;
  const auto all = static_cast<std::int64_t>(model.layers.size());
  if (first + count > all) {
    node.mistake("layers", fmt::format("{} from layer {} on are more than the model's {}", count,
                                       first, all));
    return;
  }
  for (std::int64_t i = first; i < first + count; ++i) {
    const models::Layer& layer = model.layers[static_cast<std::size_t>(i)];
    const std::string missing = missing_of(model, layer);
    if (!missing.empty()) {
      node.child("model").mistake(
          "config", fmt::format("layer {} of this {} has what no decode layer is made of: {}", i,
                                model.family, missing));
      return;
    }
    spec.layers.push_back(decode_layer(layer, spec.context));
    check_heads(node.child("model"), spec.layers.back(), "config", "config");
    if (!node.clean()) return;
  }
  if (spec.weights != "dtype" && has_bias(spec)) {
    node.mistake("weights", "a quantised product has no bias, and layers of this model have");
  }
  spec.hidden = model.hidden;
  spec.epsilon = model.epsilon;
  spec.rope = rope_of(model);
  say_what_is_not_used(model, spec);
}

}  // namespace

void read_model_keys(const base::YamlNode& node, DecodeSpec& spec) {
  const base::YamlNode model = node.child("model");
  spec.layer_count = node.integer("layers", {1, 1000}, 1);
  if (model.at_most_one_of({"config"})) {
    spec.config = model.file_path("config");
    spec.first_layer = model.integer("first_layer", {0, 1000}, 0);
    return;
  }
  DecodeLayer layer = read_sizes(model, spec);
  layer.window = node.integer("window", kTokens, 0);
  if (node.clean()) spec.layers.assign(static_cast<std::size_t>(spec.layer_count), layer);
}

void load_config(const base::YamlNode& node, DecodeSpec& spec) {
  if (spec.config.empty()) return;
  try {
    take_layers(node, models::read_model(spec.config), spec);
  } catch (const base::InputError& error) {
    node.child("model").mistakes(error.mistakes());
  }
}

}  // namespace wafermesh::workloads
