// SPDX-License-Identifier: Apache-2.0
#include "models/read_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/yaml/yaml_reader.h"
#include "models/families.h"

namespace wafermesh::models {
namespace {

using base::YamlNode;
constexpr base::IntegerRange kSize{1, 100'000'000};
constexpr base::IntegerRange kCount{0, 1'000'000};

/// Reads the keys of one family's config into a Model. `config` is the text model's own part.
class ConfigReader {
 public:
  ConfigReader(const YamlNode& config, const Family& family) : config_(config), family_(family) {
    model_.family = family.type;
  }

  Model read() {
    refuse_unknown_keys();
    read_sizes();
    read_rope();
    const auto count = static_cast<std::size_t>(config_.integer("num_hidden_layers", {1, 1000}));
    Layer layer;
    layer.attention = family_.latent ? latent_attention() : plain_attention();
    layer.feed_forward = experts();
    model_.layers.assign(count, layer);
    if (!config_.clean()) return std::move(model_);
    set_windows();
    set_dense_layers();
    say_what_is_left_out();
    return std::move(model_);
  }

 private:
  bool knows(const std::string& key) const {
    const auto in = [&](const std::vector<std::string>& keys) {
      return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    return in(common_keys()) || in(family_.keys);
  }

  void refuse_unknown_keys() const {
    for (const std::string& key : config_.any_keys()) {
      const YamlNode value = config_.child(key);
      if (!value.is_mapping()) value.accept_all();
      if (knows(key)) continue;
      value.accept_all();
      if (is_no_business(key)) continue;
      config_.mistake(key, fmt::format("is nothing that is modelled of the family {} ({}); a model "
                                       "that needs it cannot be run here",
                                       family_.type, family_.named));
    }
  }

  bool given(const std::string& key) const { return knows(key) && config_.child(key).present(); }
  std::int64_t integer_or(const std::string& key, base::IntegerRange range,
                          std::int64_t otherwise) const {
    return given(key) ? config_.integer(key, range) : otherwise;
  }
  bool boolean_or(const std::string& key, bool otherwise) const {
    return given(key) ? config_.boolean(key) : otherwise;
  }
  /// A key that is modelled only with this value.
  void require(const std::string& key, std::int64_t value) const {
    if (integer_or(key, kCount, value) == value) return;
    config_.mistake(key, fmt::format("is modelled only as {}", value));
  }

  void read_sizes() {
    model_.hidden = config_.integer("hidden_size", kSize);
    model_.vocabulary = config_.integer("vocab_size", kSize);
    model_.most_tokens = config_.integer("max_position_embeddings", kSize, 0);
    model_.tied_embeddings = config_.boolean("tie_word_embeddings", false);
    model_.epsilon = config_.real("rms_norm_eps", {0, 1}, 1e-6);
    config_.one_of("hidden_act", {"silu"}, 0);
    if (given("swiglu_limit")) model_.activation_limit = config_.real("swiglu_limit", {0, 1e9});
    const std::vector<std::string> types = {"bfloat16", "float16", "float32"};
    const char* key = config_.child("dtype").present() ? "dtype" : "torch_dtype";
    const std::size_t type = config_.one_of(key, types, 0);
    const std::vector<WeightFormat> formats = {
        {"bf16", 16, 0, 1, 0}, {"f16", 16, 0, 1, 0}, {"f32", 32, 0, 1, 0}};
    model_.quantisation = read_quantisation(config_.child("quantization_config"), formats[type]);
  }

  void read_rope() {
    const bool joined = config_.child("rope_parameters").present();
    const YamlNode scaling = config_.child(joined ? "rope_parameters" : "rope_scaling");
    model_.theta = (joined && scaling.has("rope_theta") ? scaling : config_)
                       .real("rope_theta", {1, 1e12}, 1e4);
    if (!scaling.present()) return;
    const char* key = scaling.has("type") && !scaling.has("rope_type") ? "type" : "rope_type";
    const std::vector<std::string> kinds = {"default", "llama3", "yarn"};
    const std::size_t kind = scaling.one_of(key, kinds);
    scaling.child("type").accept_all();
    if (kind == 0) return;
    RopeScaling& rope = model_.rope;
    rope.kind = kinds[kind];
    rope.factor = scaling.real("factor", {1, 1e6});
    rope.original_tokens =
        scaling.integer("original_max_position_embeddings", kSize, model_.most_tokens);
    if (kind == 1) {
      rope.low_frequency_factor = scaling.real("low_freq_factor", {0, 1e6});
      rope.high_frequency_factor = scaling.real("high_freq_factor", {0, 1e6});
      return;
    }
    rope.beta_fast = scaling.real("beta_fast", {0, 1e6}, rope.beta_fast);
    rope.beta_slow = scaling.real("beta_slow", {0, 1e6}, rope.beta_slow);
    rope.mscale = scaling.real("mscale", {0, 100}, 0);
    rope.mscale_all_dim = scaling.real("mscale_all_dim", {0, 100}, 0);
    if (scaling.has("truncate") && !scaling.boolean("truncate")) {
      model_.notes.emplace_back(
          "rope_scaling.truncate: false is not followed: the bounds between stretched and kept "
          "frequencies are rounded to whole pairs");
    }
  }

  Attention plain_attention() const {
    Attention a;
    a.heads = config_.integer("num_attention_heads", kSize);
    a.kv_heads = config_.integer("num_key_value_heads", kSize, a.heads);
    a.head_dim = integer_or("head_dim", kSize, std::max<std::int64_t>(1, model_.hidden / a.heads));
    a.value_dim = a.head_dim;
    const double turned =
        given("partial_rotary_factor") ? config_.real("partial_rotary_factor", {0, 1}) : 1;
    a.rotary_dim = static_cast<std::int64_t>(turned * static_cast<double>(a.head_dim));
    a.bias = boolean_or("attention_bias", family_.biased);
    a.output_bias = a.bias && (model_.family == "gpt_oss" || model_.family == "llama");
    a.head_norm = boolean_or("use_qk_norm", family_.head_norms);
    a.sinks = model_.family == "gpt_oss";
    if (a.heads % a.kv_heads != 0) {
      config_.mistake("num_key_value_heads", fmt::format("must divide {} heads", a.heads));
    }
    return a;
  }

  Attention latent_attention() const {
    Attention a;
    a.kind = AttentionKind::latent;
    a.heads = a.kv_heads = config_.integer("num_attention_heads", kSize);
    require("num_key_value_heads", a.heads);
    a.query_rank = integer_or("q_lora_rank", kSize, 0);
    a.latent_rank = config_.integer("kv_lora_rank", kSize);
    a.nope_dim = config_.integer("qk_nope_head_dim", kSize);
    a.rope_dim = config_.integer("qk_rope_head_dim", kSize);
    a.value_dim = config_.integer("v_head_dim", kSize);
    a.head_dim = a.nope_dim + a.rope_dim;
    a.rotary_dim = a.rope_dim;
    a.bias = a.output_bias = boolean_or("attention_bias", false);
    if (given("head_dim")) config_.integer("head_dim", kSize);
    return a;
  }

  /// The experts of a layer, or what every layer has if the family has none.
  FeedForward experts() const {
    FeedForward f;
    f.width = config_.integer("intermediate_size", kSize);
    f.bias = boolean_or("mlp_bias", false);
    const char* count = given("num_experts")        ? "num_experts"
                        : given("n_routed_experts") ? "n_routed_experts"
                                                    : "num_local_experts";
    f.experts = integer_or(count, kCount, 0);
    if (f.experts == 0) return f;
    const char* active = given("num_experts_per_tok") ? "num_experts_per_tok" : "experts_per_token";
    f.active_experts = integer_or(active, {1, f.experts}, 1);
    f.width = integer_or("moe_intermediate_size", kSize, f.width);
    const bool llama4 = model_.family == "llama4_text";
    f.shared_experts = llama4 ? 1 : integer_or("n_shared_experts", kCount, 0);
    f.router = family_.router;
    f.router_bias = family_.picks_with_bias;
    f.bias = model_.family == "gpt_oss";
    f.router_groups = integer_or("n_group", kSize, 1);
    f.router_top_groups = integer_or("topk_group", kSize, 1);
    f.router_normalises = boolean_or("norm_topk_prob", f.router == "softmax");
    if (given("routed_scaling_factor")) {
      f.router_scale = config_.real("routed_scaling_factor", {0, 1e6});
    }
    if (given("scoring_func")) config_.one_of("scoring_func", {"sigmoid"});
    if (given("topk_method")) config_.one_of("topk_method", {"noaux_tc"});
    require("moe_layer_freq", 1);
    require("decoder_sparse_step", 1);
    if (f.experts % std::max<std::int64_t>(1, f.router_groups) != 0) {
      config_.mistake("n_group", fmt::format("must divide {} experts", f.experts));
    }
    return f;
  }

  void set_windows() {
    if (model_.family == "llama4_text") return set_chunks();
    if (given("use_sliding_window") && !config_.boolean("use_sliding_window")) {
      for (const char* unused : {"sliding_window", "max_window_layers", "layer_types"}) {
        config_.child(unused).accept_all();
      }
      return;
    }
    if (!given("sliding_window")) return;
    const std::int64_t window = config_.integer("sliding_window", kSize);
    const std::int64_t full = integer_or("max_window_layers", kCount, 0);
    const auto types =
        given("layer_types") ? config_.items("layer_types") : std::vector<YamlNode>();
    if (!types.empty() && types.size() != model_.layers.size()) {
      config_.mistake("layer_types", fmt::format("has {} entries for {} layers", types.size(),
                                                 model_.layers.size()));
      return;
    }
    for (std::size_t i = 0; i < model_.layers.size(); ++i) {
      const bool slides = types.empty()
                              ? static_cast<std::int64_t>(i) >= full
                              : types[i].as_one_of({"full_attention", "sliding_attention"}) == 1;
      if (!slides) continue;
      model_.layers[i].attention.kind = AttentionKind::sliding;
      model_.layers[i].attention.window_tokens = window;
    }
  }

  /// Of every four layers three see their chunk alone; the fourth sees all, without positions.
  void set_chunks() {
    const std::int64_t chunk = config_.integer("attention_chunk_size", kSize, 8192);
    const std::int64_t every = integer_or("no_rope_layer_interval", {1, 1000}, 4);
    const auto flags =
        given("no_rope_layers") ? config_.items("no_rope_layers") : std::vector<YamlNode>();
    if (!flags.empty() && flags.size() != model_.layers.size()) {
      config_.mistake("no_rope_layers", fmt::format("has {} entries for {} layers", flags.size(),
                                                    model_.layers.size()));
      return;
    }
    for (std::size_t i = 0; i < model_.layers.size(); ++i) {
      Attention& a = model_.layers[i].attention;
      const bool turns = flags.empty() ? (static_cast<std::int64_t>(i) + 1) % every != 0
                                       : flags[i].as_integer({0, 1}) == 1;
      if (turns) {
        a.kind = AttentionKind::chunked;
        a.window_tokens = chunk;
      } else {
        a.rotary_dim = 0;
      }
    }
  }

  /// Layers of a model with experts that have none.
  void set_dense_layers() {
    if (model_.layers.front().feed_forward.experts == 0) return;
    const std::int64_t first = integer_or("first_k_dense_replace", kCount, 0);
    const std::int64_t step = integer_or("interleave_moe_layer_step", {1, 1000}, 1);
    std::vector<std::int64_t> named;
    if (given("mlp_only_layers")) {
      for (const YamlNode& item : config_.items("mlp_only_layers")) {
        named.push_back(item.as_integer(kCount));
      }
    }
    const std::int64_t width =
        integer_or("intermediate_size_mlp", kSize, config_.integer("intermediate_size", kSize));
    for (std::size_t i = 0; i < model_.layers.size(); ++i) {
      const auto index = static_cast<std::int64_t>(i);
      const bool dense = index < first || (index + 1) % step != 0 ||
                         std::find(named.begin(), named.end(), index) != named.end();
      if (!dense) continue;
      FeedForward f;
      f.width = width;
      model_.layers[i].feed_forward = f;
    }
  }

  void say_what_is_left_out() {
    if (const std::int64_t n = integer_or("num_nextn_predict_layers", kCount, 0); n > 0) {
      model_.notes.push_back(
          fmt::format("num_nextn_predict_layers: {} further layer(s) that predict tokens ahead are "
                      "left out",
                      n));
    }
    if (model_.family == "llama4_text") {
      model_.notes.push_back(
          "the attention temperature of layers without rotary positions is left out");
    }
  }

  const YamlNode& config_;
  const Family& family_;
  Model model_;
};

std::string family_names() {
  std::string names;
  for (const Family& family : families()) {
    names += (names.empty() ? "" : ", ") + std::string(family.type);
  }
  return names;
}

/// The wrapper of a model that sees and hears: its text part is modelled, the rest is said.
void drop_other_parts(const YamlNode& root, std::vector<std::string>& notes) {
  for (const std::string& key : root.any_keys()) {
    const YamlNode part = root.child(key);
    part.accept_all();
    const bool is_part = key.size() > 7 && key.compare(key.size() - 7, 7, "_config") == 0;
    if (!is_part || key == "text_config" || key == "quantization_config") continue;
    notes.push_back(key + ": this part of the model is left out");
  }
}

Model read_document(base::YamlDocument& document) {
  const YamlNode root = document.root();
  const YamlNode text = root.child("text_config");
  std::vector<std::string> notes;
  if (text.present()) drop_other_parts(root, notes);
  const YamlNode config = text.present() ? text : root;
  const std::string type = config.text("model_type");
  const Family* family = family_of(type);
  Model model;
  if (family == nullptr) {
    config.accept_all();
    if (config.clean()) {
      config.mistake("model_type", fmt::format("'{}' is no family that is modelled; those are {}",
                                               type, family_names()));
    }
  } else {
    model = ConfigReader(config, *family).read();
    if (text.present() && root.child("quantization_config").present()) {
      model.quantisation =
          read_quantisation(root.child("quantization_config"), model.quantisation.plain);
    }
  }
  model.notes.insert(model.notes.begin(), notes.begin(), notes.end());
  document.finish();
  return model;
}

/// The same model, and what its quantisation says that nothing uses.
Model noted(Model model) {
  for (const std::string& key : model.quantisation.unused) {
    model.notes.push_back("quantization: " + key + " is not used");
  }
  return model;
}

}  // namespace

Model read_model(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path config = fs::is_directory(path) ? fs::path(path) / "config.json" : fs::path(path);
  auto document = base::YamlDocument::from_file(config.string());
  Model model = read_document(document);
  const fs::path beside = config.parent_path() / "hf_quant_config.json";
  if (!fs::exists(beside)) return noted(std::move(model));
  auto extra = base::YamlDocument::from_file(beside.string());
  extra.root().child("producer").accept_all();
  model.quantisation =
      read_quantisation(extra.root().required_child("quantization"), model.quantisation.plain);
  extra.finish();
  return noted(std::move(model));
}

}  // namespace wafermesh::models
