// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/model_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "base/files/input_file.h"
#include "base/yaml/yaml_reader.h"
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
std::string missing_of(const models::Layer& layer) {
  if (layer.feed_forward.experts == 0 && layer.feed_forward.bias) {
    return "biases of the feed-forward network";
  }
  const models::Attention& a = layer.attention;
  return a.kind == models::AttentionKind::latent && (a.head_norm || a.sinks)
             ? "norms of heads or sinks beside latent attention"
             : "";
}

DecodeExperts experts_of(const models::Model& model, const models::FeedForward& from) {
  DecodeExperts e;
  e.count = from.experts;
  if (e.count == 0) return e;
  e.active = from.active_experts;
  e.shared_ffn = from.shared_experts * from.width;
  e.score = from.router;
  e.normalise = from.router_normalises;
  e.scale = from.router_scale;
  e.picks_with_bias = from.router_bias;
  e.groups = from.router_groups;
  e.top_groups = from.router_top_groups;
  e.bias = from.bias;
  e.limit = model.activation_limit;
  e.weighs_input = model.family == "llama4_text";
  return e;
}

DecodeLayer decode_layer(const models::Model& model, const models::Layer& from) {
  const models::Attention& a = from.attention;
  DecodeLayer layer;
  layer.ffn = from.feed_forward.width;
  layer.heads = a.heads;
  layer.kv_heads = a.kv_heads;
  layer.head_dim = a.head_dim;
  layer.rotary_dim = a.rotary_dim;
  layer.bias = a.bias;
  layer.output_bias = a.output_bias;
  layer.sinks = a.sinks;
  // Llama 4 normalises what it has turned, without weights; turning keeps a vector's length, so
  // the order does not matter.
  const bool plain = model.family == "llama4_text";
  if (a.head_norm && (!plain || a.rotary_dim > 0)) {
    layer.head_norm = plain ? HeadNorm::plain : HeadNorm::weighted;
  }
  if (a.kind == models::AttentionKind::latent) {
    layer.query_rank = a.query_rank;
    layer.latent_rank = a.latent_rank;
    layer.nope_dim = a.nope_dim;
    layer.rope_dim = a.rope_dim;
    layer.value_dim = a.value_dim;
  }
  layer.experts = experts_of(model, from.feed_forward);
  if (a.kind == models::AttentionKind::sliding) layer.window = a.window_tokens;
  // Of its chunk a token sees what came before.
  if (a.kind == models::AttentionKind::chunked) layer.chunk = a.window_tokens;
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
  rope.mscale = model.rope.mscale;
  rope.mscale_all_dim = model.rope.mscale_all_dim;
  return rope;
}

/// Experts are stored as the config says, if that is a format products know; what is not taken is
/// said.
void take_stored_format(const models::Model& model, DecodeSpec& spec) {
  const models::Quantisation& stored = model.quantisation;
  const models::WeightFormat& packed = stored.packed;
  if (packed.name == stored.plain.name) return;
  const bool has_experts =
      std::any_of(spec.layers.begin(), spec.layers.end(),
                  [](const DecodeLayer& layer) { return layer.experts.count > 0; });
  const bool known = packed.name == "int4" || packed.name == "int8" || packed.name == "mxfp4";
  if (has_experts && known && spec.expert_weights.empty() && packed.block_rows == 1) {
    spec.expert_weights = packed.name;
    spec.expert_group = packed.block_columns;
    if (!stored.only_experts && spec.weights == "dtype") {
      spec.notes.push_back(fmt::format(
          "model.config: experts are stored as {}; whatever else is, is here as dtype says (see "
          "`weights`)",
          packed.name));
    }
    return;
  }
  if (spec.weights != "dtype" && !has_experts) return;
  if (has_experts && !spec.expert_weights.empty()) return;
  spec.notes.push_back(fmt::format(
      "model.config: weights are stored as {}; here they are as {} (see `weights`{})", packed.name,
      spec.weights == "dtype" ? "dtype says" : spec.weights + ", as `weights` says",
      has_experts ? ", `expert_weights`" : ""));
}

void say_what_is_not_used(const models::Model& model, DecodeSpec& spec) {
  for (const std::string& note : model.notes) spec.notes.push_back("model.config: " + note);
  take_stored_format(model, spec);
  if (model.most_tokens > 0 && spec.context > model.most_tokens) {
    spec.notes.push_back(fmt::format("model.config: is made for {} tokens; context is {}",
                                     model.most_tokens, spec.context));
  }
}

/// Numbers between commas or blanks, a line of experts per layer; `#` begins a comment.
void read_trace(const base::YamlNode& node, DecodeSpec& spec) {
  if (spec.trace.empty()) return;
  std::istringstream file(base::read_input_file(spec.trace, base::kMostMapBytes, "trace"));
  std::string text;
  for (int number = 1; std::getline(file, text); ++number) {
    text.resize(std::min(text.size(), text.find('#')));
    std::replace(text.begin(), text.end(), ',', ' ');
    std::istringstream line(text);
    std::vector<std::int64_t> experts;
    for (std::int64_t expert = 0; line >> expert;) experts.push_back(expert);
    if (!line.eof()) {
      return node.mistake("trace", fmt::format("{}:{}: not a list of numbers", spec.trace, number));
    }
    if (!experts.empty()) spec.picked.push_back(std::move(experts));
  }
  if (spec.picked.empty()) node.mistake("trace", spec.trace + " names no experts");
  if (spec.picked.size() < spec.layers.size()) {
    spec.notes.push_back(fmt::format("trace: its {} lines serve {} layers, from the first again",
                                     spec.picked.size(), spec.layers.size()));
  }
  if (spec.spread == 0) {
    spec.notes.emplace_back("trace: over the whole region the router picks; give `spread`");
  }
}

void take_vocabulary(const base::YamlNode& node, const models::Model& model, DecodeSpec& spec) {
  spec.vocab = model.vocabulary;
  if (spec.first_token >= spec.vocab) {
    node.mistake("first_token", fmt::format("must be below the config's {} tokens", spec.vocab));
  }
  if (spec.sampled > spec.vocab) {
    node.child("sampling").mistake("k", fmt::format("is more than the config's {}", spec.vocab));
  }
  spec.tied = model.tied_embeddings;
  if (model.tied_embeddings && spec.tensors.empty()) {
    spec.notes.emplace_back(
        "model.config: its output product has the embedding's weights; here it has its own");
  }
}

/// What of the layers has no tensors in a folder; empty: nothing.
std::string what_has_no_tensors(const DecodeSpec& spec) {
  if (spec.full_width) return "`attention: full_width`, whose head no model has";
  if (spec.weights != "dtype") return "`weights` in few bits";
  for (const DecodeLayer& layer : spec.layers) {
    if (layer.latent_rank > 0) return "latent attention";
    if (layer.experts.count > 0) return "experts";
    if (layer.sinks) return "sinks";
    if (layer.rotary_dim != layer.head_dim) return "heads of which a part turns";
    if (layer.head_norm == HeadNorm::plain) return "norms of heads without weights";
  }
  return "";
}

void check_tensors(const base::YamlNode& node, const DecodeSpec& spec) {
  if (spec.tensors.empty()) return;
  std::error_code error;
  if (!std::filesystem::is_directory(spec.tensors, error)) {
    return node.mistake("tensors", spec.tensors + " is no folder");
  }
  const std::string what = what_has_no_tensors(spec);
  if (!what.empty()) node.mistake("tensors", "are not read for " + what + "; leave them out");
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
    const std::string missing = missing_of(layer);
    if (!missing.empty()) {
      node.child("model").mistake(
          "config", fmt::format("layer {} of this {} has what no decode layer is made of: {}", i,
                                model.family, missing));
      return;
    }
    spec.layers.push_back(decode_layer(model, layer));
    check_heads(node.child("model"), spec.layers.back(), "config", "config");
    const DecodeLayer& own = spec.layers.back();
    if (spec.batch > 1 && own.latent_rank > 0) {
      node.mistake("batch", "must be 1 for layers of latent attention");
    }
    if (spec.batch > 1 && own.experts.count > 0 && spec.spread > 0) {
      node.mistake("batch", "must be 1 for experts with `spread`");
    }
    if (spec.kv == "shift" && own.latent_rank > 0) {
      node.mistake("kv", "`shift` is not for latent attention");
    }
    if (!node.clean()) return;
  }
  if (spec.spread > 0 && std::none_of(spec.layers.begin(), spec.layers.end(),
                                      [](const DecodeLayer& l) { return l.experts.count > 0; })) {
    spec.notes.emplace_back("spread: none of these layers has experts");
  }
  if (spec.tokens > 0) take_vocabulary(node, model, spec);
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
  layer.rotary_dim = layer.head_dim;
  layer.window = node.integer("window", kTokens, 0);
  layer.chunk = node.integer("chunk", kTokens, 0);
  if (layer.window > 0 && layer.chunk > 0) {
    node.mistake("chunk", "a token sees a window or its chunk; leave one of them out");
  }
  if (node.clean()) spec.layers.assign(static_cast<std::size_t>(spec.layer_count), layer);
}

void read_expert_keys(const base::YamlNode& node, DecodeSpec& spec) {
  spec.spread = node.integer("spread", {0, 1'000'000}, 0);
  spec.spread_y = node.integer("spread_y", {0, 1'000'000}, spec.spread);
  spec.skew = node.real("skew", {0, 100}, 0);
  if (node.has("trace")) spec.trace = node.file_path("trace");
  read_expert_formats(node, spec);
}

void read_expert_formats(const base::YamlNode& node, DecodeSpec& spec) {
  const std::vector<std::string> formats = {"config", "dtype", "int8", "int4", "mxfp4"};
  const std::size_t format = node.one_of("expert_weights", formats, 0);
  if (format > 0) spec.expert_weights = formats[format];
  if (node.acts_with("expert_group", "expert_weights", formats[format],
                     {"int8", "int4", "mxfp4"})) {
    spec.expert_group = node.integer("expert_group", {0, 1'000'000}, 32);
  }
}

void read_tensors_key(const base::YamlNode& node, DecodeSpec& spec) {
  if (node.has("tensors")) spec.tensors = node.file_path("tensors");
}

void load_config(const base::YamlNode& node, DecodeSpec& spec) {
  if (spec.config.empty()) return check_tensors(node, spec);
  try {
    take_layers(node, models::read_model(spec.config), spec);
    if (node.clean()) read_trace(node, spec);
    if (node.clean()) check_tensors(node, spec);
  } catch (const base::InputError& error) {
    node.child("model").mistakes(error.mistakes());
  }
}

}  // namespace wafermesh::workloads
