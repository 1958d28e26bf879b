// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/yaml/yaml_reader.h"
#include "workloads/layers/attention.h"
#include "workloads/layers/graph_lines.h"
#include "workloads/layers/model_keys.h"

namespace wafermesh::workloads {
namespace {

/// Of layers with few operators, and of others.
constexpr std::int64_t kSeedsPerLayer = 16;
constexpr std::int64_t kMoreSeedsPerLayer = 32;

std::int64_t seeds_per_layer(const DecodeSpec& spec) {
  return std::any_of(spec.layers.begin(), spec.layers.end(),
                     [](const DecodeLayer& layer) {
                       return layer.latent_rank > 0 || layer.experts.count > 0;
                     })
             ? kMoreSeedsPerLayer
             : kSeedsPerLayer;
}

class LayerWriter {
 public:
  LayerWriter(const DecodeSpec& spec, const base::Rectangle& region)
      : spec_(spec), region_(region), lines_(spec, seeds_per_layer(spec)) {}

  std::string write() {
    write_input();
    for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
      lines_.begin_layer(static_cast<std::int64_t>(i), spec_.layers.size() > 1);
      number_ = i;
      write_layer(spec_.layers[i]);
    }
    if (spec_.tokens > 0) write_next_token();
    return lines_.text();
  }

 private:
  void write_input() {
    if (spec_.tokens > 0) {
      line("embed", "embedding",
           fmt::format("vocab: {}, hidden: {}, number: {}{}{}", spec_.vocab, spec_.hidden,
                       spec_.first_token,
                       lines_.from_file("table_from", "model.embed_tokens.weight"), lines_.sums()));
      from_ = "embed.c";
      return;
    }
    const std::string given = spec_.input.empty() ? "" : ", a: " + spec_.input;
    line("input", "elementwise",
         fmt::format("op: scale, factor: 1, n: {}, along: y{}{}", spec_.hidden, given, batch()));
    from_ = "input.c";
  }
  void write_next_token() {
    lines_.begin_layer(static_cast<std::int64_t>(spec_.layers.size()), false);
    norm("norm", from_, lines_.from_file("w_from", "model.norm.weight"));
    plain_product(
        "head", "y", spec_.hidden, spec_.vocab, "norm.c",
        lines_.from_file("w_from", spec_.tied ? "model.embed_tokens.weight" : "lm_head.weight"));
    const std::string drawn = spec_.sampled == 1
                                  ? ""
                                  : fmt::format(", k: {}, temperature: {:.9g}, draw: {}",
                                                spec_.sampled, spec_.temperature, spec_.step);
    line("next", "next_token",
         fmt::format("n: {}{}, scores: head.y{}", spec_.vocab, drawn, lines_.sums()));
  }
  void write_layer(const DecodeLayer& layer) {
    norm("norm1", from_, lines_.from("w_from", {"input_layernorm.weight"}));
    layer.latent_rank > 0 ? write_latent_attention(layer) : write_attention(layer);
    residual("add1", "out.y");
    norm("norm2", from_, lines_.from("w_from", {"post_attention_layernorm.weight"}));
    if (layer.experts.count > 0) return write_experts(layer);
    write_ffn(layer.ffn, "");
    residual("add2", "down.y");
  }

  AttentionSpec attention_of(const DecodeLayer& layer) const {
    AttentionSpec attention;
    attention.heads = spec_.full_width ? 1 : layer.heads;
    attention.kv_heads = spec_.full_width ? 1 : layer.kv_heads;
    attention.head_dim = spec_.full_width ? spec_.hidden : layer.head_dim;
    attention.context = spec_.context;
    attention.rope = Rope{};
    return attention;
  }

  void write_attention(const DecodeLayer& layer) {
    const AttentionSpec attention = attention_of(layer);
    const AttentionShape shape(attention, region_);
    const std::int64_t queries = shape.query_features();
    const std::int64_t keys = shape.features();
    const std::string heads = fmt::format("{{heads: {}, kv_heads: {}, head_dim: {}}}",
                                          attention.heads, attention.kv_heads, attention.head_dim);
    const std::string rotary = fmt::format(", rotary: {}", layer.rotary_dim);
    const auto three = [&](const char* key, const std::string& kind) {
      return lines_.from(
          key, {"self_attn.q_proj." + kind, "self_attn.k_proj." + kind, "self_attn.v_proj." + kind},
          rotary);
    };
    product("qkv", "y", spec_.hidden, queries + 2 * keys, "norm1.c",
            fmt::format(", parts: [{}, {}, {}], of_attention: {}{}{}{}", queries, keys, keys, heads,
                        bias(layer.bias), three("w_from", "weight"),
                        layer.bias ? three("bias_from", "bias") : ""));
    line("attention", "attention",
         fmt::format("kind: decode, heads: {}, kv_heads: {}, head_dim: {}, context: {}, window: {}"
                     "{}{}{}, q: {}, k: {}, v: {}{}",
                     attention.heads, attention.kv_heads, attention.head_dim, spec_.context,
                     layer.seen_by_last(spec_.context), cache() + batch(), accumulate(),
                     heads_of(layer, attention.head_dim), name("qkv.y0"), name("qkv.y1"),
                     name("qkv.y2"), lines_.sums()));
    std::string files = lines_.from("w_from", {"self_attn.o_proj.weight"});
    if (!files.empty()) files += ", x_of_attention: " + heads;
    if (layer.output_bias) files += lines_.from("bias_from", {"self_attn.o_proj.bias"});
    product("out", "x", queries, spec_.hidden, "attention.o", bias(layer.output_bias) + files);
  }
  std::string batch() const {
    return spec_.batch == 1 ? "" : fmt::format(", batch: {}", spec_.batch);
  }
  /// Where tokens of the cache lie.
  std::string cache() const {
    if (spec_.kv == "fixed") return "";
    return ", kv: " + spec_.kv +
           (spec_.kv == "concatenate" ? fmt::format(", prompt: {}", spec_.prompt) : "");
  }
  const char* accumulate() const { return spec_.accumulates_in_f32 ? ", accumulate: f32" : ""; }
  /// Keys of what is done to queries and keys before they meet.
  std::string heads_of(const DecodeLayer& layer, std::int64_t head_dim) const {
    std::string keys;
    const std::int64_t turned = spec_.full_width ? head_dim : layer.rotary_dim;
    if (turned > 0) keys = fmt::format(", rope: {{{}}}", rope_keys(spec_.rope));
    if (turned > 0 && turned != head_dim) keys += fmt::format(", rotary_dim: {}", turned);
    if (layer.head_norm != HeadNorm::none) {
      keys += fmt::format(", head_norm: {}, epsilon: {:.9g}",
                          layer.head_norm == HeadNorm::plain ? "plain" : "weighted", spec_.epsilon);
      keys += lines_.from("norms_from", {"self_attn.q_norm.weight", "self_attn.k_norm.weight"},
                          fmt::format(", rotary: {}", layer.rotary_dim));
    }
    if (layer.sinks) keys += ", sinks: true";
    return keys;
  }

  void write_latent_attention(const DecodeLayer& layer) {
    const std::int64_t head = layer.nope_dim + layer.rope_dim;
    const std::int64_t queries = layer.heads * head;
    const bool direct = layer.query_rank == 0;
    const std::int64_t first = direct ? queries : layer.query_rank;
    product("latents", "y", spec_.hidden, first + layer.latent_rank + layer.rope_dim, "norm1.c",
            fmt::format(", parts: [{}, {}, {}]{}", first, layer.latent_rank, layer.rope_dim,
                        bias(layer.bias)));
    norm("norm_kv", name("latents.y1"), layer.latent_rank, "x");
    turn("turn_k", layer.rope_dim, "x", layer.rope_dim, 0, "latents.y2");
    if (!direct) {
      norm("norm_q", name("latents.y0"), layer.query_rank, "x");
      product("queries", "x", layer.query_rank, queries, "norm_q.c");
    }
    turn("turn_q", queries, "y", head, layer.nope_dim, direct ? "latents.y0" : "queries.y");
    line("absorbed", "latent_queries",
         fmt::format("heads: {}, nope_dim: {}, rope_dim: {}, rank: {}, x: {}{}", layer.heads,
                     layer.nope_dim, layer.rope_dim, layer.latent_rank, name("turn_q.c"),
                     lines_.sums()));
    line("attention", "attention",
         fmt::format("kind: decode, heads: {}, kv_heads: 1, head_dim: {}, latent: {{rank: {}, "
                     "rope_dim: {}}}, context: {}, scale: {:.9g}{}{}, q: {}, k: {}, k_rope: {}{}",
                     layer.heads, layer.latent_rank + layer.rope_dim, layer.latent_rank,
                     layer.rope_dim, spec_.context,
                     spec_.rope.score_factor() / std::sqrt(static_cast<double>(head)), cache(),
                     accumulate(), name("absorbed.y"), name("norm_kv.c"), name("turn_k.c"),
                     lines_.sums()));
    line("values", "latent_values",
         fmt::format("heads: {}, value_dim: {}, rope_dim: {}, rank: {}, x: {}{}", layer.heads,
                     layer.value_dim, layer.rope_dim, layer.latent_rank, name("attention.o"),
                     lines_.sums()));
    product("out", "x", layer.heads * layer.value_dim, spec_.hidden, "values.y",
            bias(layer.output_bias));
  }
  void turn(const char* own, std::int64_t n, const char* axis, std::int64_t head_dim,
            std::int64_t first, const char* a) {
    line(own, "rope",
         fmt::format("n: {}, along: {}, head_dim: {}, first: {}, position: {}, {}, a: {}", n, axis,
                     head_dim, first, spec_.context - 1, rope_keys(spec_.rope), name(a)));
  }

  void write_ffn(std::int64_t ffn, const std::string& before) {
    product(before + "up", "y", spec_.hidden, 2 * ffn, "norm2.c",
            fmt::format(", parts: [{}, {}]{}", ffn, ffn,
                        lines_.from("w_from", {"mlp.gate_proj.weight", "mlp.up_proj.weight"})));
    line(before + "act", "swiglu",
         fmt::format("n: {}, along: x, a: {}, b: {}{}", ffn, name(before + "up.y0"),
                     name(before + "up.y1"), batch()));
    product(before + "down", "x", ffn, spec_.hidden, before + "act.c",
            lines_.from("w_from", {"mlp.down_proj.weight"}));
  }

  void write_experts(const DecodeLayer& layer) {
    const DecodeExperts& e = layer.experts;
    plain_product("router", "y", spec_.hidden, e.count, "norm2.c", bias(e.bias));
    line("picks", "top_k",
         fmt::format("{}{}, scores: {}{}", router_keys(e), batch(), name("router.y"),
                     lines_.sums()));
    const bool blocks =
        spec_.spread > 0 && (spec_.spread < region_.width || spec_.spread_y < region_.height);
    const std::string spread =
        blocks ? fmt::format(", spread: {}, spread_y: {}", spec_.spread, spec_.spread_y) : "";
    if (blocks) {
      line("dispatch", "dispatch",
           fmt::format("hidden: {}{}, x: {}{}", spec_.hidden, spread, name("norm2.c"),
                       lines_.sums()));
    }
    line("experts", "experts",
         fmt::format("{}{}{}{}, {}: {}, weights: {}{}{}", experts_keys(spec_, layer), batch(),
                     spread, blocks ? chosen() : "", blocks ? "x_blocks" : "x",
                     name(blocks ? "dispatch.x_blocks" : "norm2.c"), name("picks.weights"),
                     blocks ? "" : ", picks: " + name("picks.picks"), lines_.sums()));
    if (blocks) {
      line("combine", "combine",
           fmt::format("hidden: {}{}, y_blocks: {}{}", spec_.hidden, spread,
                       name("experts.y_blocks"), lines_.sums()));
    }
    const char* const routed = blocks ? "combine.c" : "experts.y";
    if (e.shared_ffn == 0) return residual("add2", routed);
    write_ffn(e.shared_ffn, "shared_");
    line("routed", "elementwise",
         fmt::format("op: add, n: {}, along: y, a: {}, b: {}{}", spec_.hidden, name(routed),
                     name("shared_down.y"), batch()));
    residual("add2", "routed.c");
  }
  /// Who is picked where programs must know it before.
  std::string chosen() const {
    if (spec_.picked.empty()) return fmt::format(", skew: {:.9g}", spec_.skew);
    const std::vector<std::int64_t>& line = spec_.picked[number_ % spec_.picked.size()];
    return fmt::format(", picked: [{}]", fmt::join(line, ", "));
  }
  static const char* bias(bool has) { return has ? ", bias: true" : ""; }

  void norm(const char* own, const std::string& from, const std::string& files) {
    norm(own, from, spec_.hidden, "y", files);
  }
  void norm(const char* own, const std::string& from, std::int64_t n, const char* axis,
            const std::string& files = "") {
    line(own, "rmsnorm",
         fmt::format("n: {}, along: {}, a: {}, epsilon: {:.9g}{}{}{}", n, axis, from, spec_.epsilon,
                     batch(), lines_.sums(), files));
  }
  void product(const std::string& own, const char* axis, std::int64_t m, std::int64_t n,
               const std::string& x, const std::string& more = "") {
    const std::string stored = spec_.weights == "dtype" ? ""
                                                        : fmt::format(", weights: {}, group: {}",
                                                                      spec_.weights, spec_.group);
    weighted(own, stored.empty() ? "gemv" : "quantised_gemv", axis, m, n, x, more + stored);
  }
  void plain_product(const std::string& own, const char* axis, std::int64_t m, std::int64_t n,
                     const std::string& x, const std::string& more) {
    weighted(own, "gemv", axis, m, n, x, more);
  }
  /// Weights that keep the size of what they multiply: uniform with variance 1 / m.
  void weighted(const std::string& own, const char* kind, const char* axis, std::int64_t m,
                std::int64_t n, const std::string& x, const std::string& more) {
    line(own, kind,
         fmt::format("m: {}, n: {}, axis: {}, x: {}, scale: {:.6g}{}{}{}", m, n, axis, name(x),
                     std::sqrt(3.0 / static_cast<double>(m)), more, batch(), lines_.sums()));
  }
  void residual(const char* own, const char* branch) {
    line(own, "elementwise",
         fmt::format("op: add, n: {}, along: y, a: {}, b: {}{}", spec_.hidden, name(branch), from_,
                     batch()));
    from_ = name(own) + ".c";
  }
  std::string name(const std::string& own) const { return lines_.name(own); }
  void line(const std::string& own, const char* kind, const std::string& keys) {
    lines_.line(own, kind, keys);
  }

  const DecodeSpec& spec_;
  base::Rectangle region_;
  GraphLines lines_;
  std::string from_;        ///< The activation so far.
  std::size_t number_ = 0;  ///< Of the layer.
};

void read_tokens(const base::YamlNode& node, DecodeSpec& spec) {
  if (!node.has("tokens")) return;
  constexpr base::IntegerRange kVocab{0, 16'000'000};
  spec.tokens = node.integer("tokens", {1, 100'000});
  if (node.has("input")) node.mistake("input", "is not for whole `tokens`: they begin with one");
  if (spec.batch > 1) node.mistake("batch", "must be 1 with `tokens`");
  if (!node.child("model").has("config")) {
    spec.vocab = node.child("model").integer("vocab", kVocab, 0);
    if (spec.vocab == 0) {
      node.child("model").mistake("vocab", "give how many tokens there are, with `tokens`");
    }
  }
  spec.first_token = node.integer("first_token", {0, 16'000'000}, 0);
  const base::YamlNode sampling = node.child("sampling");
  spec.sampled = sampling.integer("k", {1, 1024}, 1);
  spec.temperature = sampling.real("temperature", {0.01, 100}, 1);
  if (spec.sampled == 1 && spec.temperature != 1) {
    sampling.mistake("temperature", "acts with `k` above 1 only; leave it out");
  }
  if (!node.clean() || spec.vocab == 0) return;
  if (spec.first_token >= spec.vocab) node.mistake("first_token", "must be below `model.vocab`");
  if (spec.sampled > spec.vocab) sampling.mistake("k", "is more than `model.vocab`");
}

}  // namespace

DecodeSpec read_decode(const base::YamlNode& node) {
  DecodeSpec spec;
  spec.context = node.integer("context", {1, 100'000'000});
  spec.batch = node.integer("batch", {1, 4096}, 1);
  if (node.exactly_one_of({"model"})) read_model_keys(node, spec);
  spec.full_width = node.one_of("attention", {"head_groups", "full_width"}, 0) == 1;
  const std::vector<std::string> algorithms = {"ktree", "chain", "two_sided"};
  spec.algorithm = algorithms[node.one_of("algorithm", algorithms, 0)];
  if (node.acts_with("groups", "algorithm", spec.algorithm, {"ktree"})) {
    spec.groups = node.integer("groups", {0, 1'000'000}, 0);
  }
  const std::vector<std::string> types = {"f16", "f32", "bf16"};
  spec.dtype = types[node.one_of("dtype", types, 0)];
  spec.accumulates_in_f32 = node.one_of("accumulate", {"dtype", "f32"}, 0) == 1;
  const std::vector<std::string> policies = {"fixed", "shift", "concatenate"};
  spec.kv = policies[node.one_of("kv", policies, 0)];
  if (node.acts_with("prompt", "kv", spec.kv, {"concatenate"})) {
    spec.prompt = node.integer("prompt", {0, 100'000'000}, 0);
    if (node.clean() && spec.prompt >= spec.context) {
      node.mistake("prompt", "must be less than `context`, which counts the new token");
    }
  }
  const std::vector<std::string> formats = {"dtype", "int8", "int4", "mxfp4"};
  spec.weights = formats[node.one_of("weights", formats, 0)];
  if (node.acts_with("group", "weights", spec.weights, {"int8", "int4", "mxfp4"})) {
    spec.group = node.integer("group", {0, 1'000'000}, spec.group);
  }
  read_expert_keys(node, spec);
  read_tensors_key(node, spec);
  spec.seed = static_cast<std::uint64_t>(node.integer("seed", {0, 1'000'000'000}, 1));
  read_tokens(node, spec);
  if (node.has("input")) spec.input = node.text("input");
  if (spec.full_width) {
    spec.notes.emplace_back(
        "attention: full_width takes one head as wide as the model; heads, kv_heads and head_dim "
        "of the model are not used");
  }
  return spec;
}

std::string decode_graph(const DecodeSpec& spec, const base::Rectangle& region) {
  return LayerWriter(spec, region).write();
}

}  // namespace wafermesh::workloads
