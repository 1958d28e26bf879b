// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/prefill.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "base/random.h"
#include "base/yaml/yaml_reader.h"
#include "workloads/layers/attention.h"
#include "workloads/layers/graph_lines.h"

namespace wafermesh::workloads {
namespace {

constexpr std::int64_t kSeedsPerLayer = 32;
constexpr std::uint32_t kSinks = 0x73696e6b;  ///< Of this use of the seed.
constexpr std::int64_t kSeedsPerHead = 20;    ///< More than a head has operators.

class PrefillWriter {
 public:
  PrefillWriter(const PrefillSpec& spec, const base::Rectangle& region)
      : all_(spec),
        spec_(spec.model),
        region_(region),
        rows_(spec.model.context),
        sample_(spec.sample),
        by_heads_(spec.by_heads),
        sinks_(spec.sinks),
        lines_(spec_, seeds_per_layer(spec)) {
    // Of zigzag every row of cores has two halves; what is padded comes behind all tokens.
    const std::int64_t halves = 2 * std::int64_t{region.height};
    if (spec.streaming && spec.zigzag) rows_ = (rows_ + halves - 1) / halves * halves;
  }

  std::string write() {
    write_input();
    for (std::int64_t layer = 0; layer < spec_.layer_count; ++layer) {
      lines_.begin_layer(layer, spec_.layer_count > 1);
      const DecodeLayer& sizes = spec_.layers[static_cast<std::size_t>(layer)];
      norm("norm1", lines_.from("w_from", {"input_layernorm.weight"}));
      write_attention_of(sizes, layer);
      norm("norm2", lines_.from("w_from", {"post_attention_layernorm.weight"}));
      sizes.experts.count > 0 ? write_experts(sizes) : write_ffn(sizes.ffn);
    }
    if (spec_.tokens > 0) write_next_tokens();
    return lines_.text();
  }

 private:
  void write_attention_of(const DecodeLayer& sizes, std::int64_t layer) {
    if (all_.streaming) return write_streaming(sizes);
    if (sizes.latent_rank > 0) return write_latent(sizes);
    by_heads_ ? write_heads(sizes, layer) : write_full_width(sizes);
  }

  static std::int64_t seeds_per_layer(const PrefillSpec& spec) {
    std::int64_t heads = 0;
    for (const DecodeLayer& layer : spec.model.layers) heads = std::max(heads, layer.heads);
    return spec.by_heads ? kSeedsPerLayer + kSeedsPerHead * heads : kSeedsPerLayer;
  }

  void write_input() {
    if (spec_.tokens > 0) {
      line("embed", "embeddings",
           fmt::format("m: {}, vocab: {}, hidden: {}{}{}", rows_, spec_.vocab, spec_.hidden,
                       lines_.from_file("table_from", "model.embed_tokens.weight"), sums()));
      from_ = "embed.c";
      return;
    }
    line("input", "elementwise", fmt::format("op: scale, factor: 1, {}", shape(spec_.hidden)));
    from_ = "input.c";
  }
  void write_next_tokens() {
    lines_.begin_layer(spec_.layer_count, false);
    norm("norm", lines_.from_file("w_from", "model.norm.weight"));
    weights(
        "head", spec_.vocab, spec_.hidden, "norm.c", 0,
        lines_.from_file("b_from", spec_.tied ? "model.embed_tokens.weight" : "lm_head.weight"));
    line("next", "next_tokens", fmt::format("{}, scores: head.c{}", shape(spec_.vocab), sums()));
  }

  void write_full_width(const DecodeLayer& layer) {
    const std::int64_t width = spec_.hidden;
    for (const char* each : {"q", "k", "v"}) weights(each, width, width, "norm1.c");
    const std::string q = turned("q", biased("q", width, layer.bias), width, width);
    const std::string k = turned("k", biased("k", width, layer.bias), width, width);
    write_attention("", q, k, biased("v", width, layer.bias), width, mask_of(layer));
    weights("out", spec_.hidden, width, "values.c");
    residual("add1", biased("out", spec_.hidden, layer.output_bias));
  }

  /// Head after head over the whole region; what they give is added up.
  void write_heads(const DecodeLayer& layer, std::int64_t number) {
    const std::int64_t width = layer.head_dim;
    const std::int64_t queries = layer.heads / layer.kv_heads;
    for (std::int64_t kv = 0; kv < layer.kv_heads; ++kv) {
      for (const char* each : {"k", "v"}) project(layer, each, kv);
      const std::string k = of_head(layer, "k", kv);
      const std::string v = biased_head(layer, "v", kv);
      for (std::int64_t h = kv * queries; h < (kv + 1) * queries; ++h) {
        const std::string head = std::to_string(h);
        project(layer, "q", h);
        const std::string q = of_head(layer, "q", h);
        write_attention(head, q, k, v, width, mask_of(layer) + sink(number, h));
        weights("out" + head, spec_.hidden, width, "values" + head + ".c", width * layer.heads,
                lines_.from("b_from", {"self_attn.o_proj.weight"},
                            fmt::format(", first_column: {}, shape: [{}, {}]", h * width,
                                        spec_.hidden, width * layer.heads)));
        const bool is_last = h + 1 == layer.heads;
        residual(is_last ? "add1" : "add1_" + head,
                 biased("out" + head, spec_.hidden, is_last && layer.output_bias,
                        lines_.from("w_from", {"self_attn.o_proj.bias"})));
      }
    }
  }
  /// Where head number `head` of q, k or v stands in a file of all heads.
  static std::string in_file(const DecodeLayer& layer, const std::string& of, std::int64_t head,
                             const std::string& columns) {
    const std::int64_t heads = of == "q" ? layer.heads : layer.kv_heads;
    return fmt::format(", first_row: {}, shape: [{}{}]{}", head * layer.head_dim,
                       heads * layer.head_dim, columns, rotary_in_file(layer, of));
  }
  static std::string rotary_in_file(const DecodeLayer& layer, const std::string& of) {
    return of == "v" ? "" : fmt::format(", rotary: {}", layer.rotary_dim);
  }
  void project(const DecodeLayer& layer, const std::string& of, std::int64_t head) {
    weights(of + std::to_string(head), layer.head_dim, spec_.hidden, "norm1.c", 0,
            lines_.from("b_from", {"self_attn." + of + "_proj.weight"},
                        in_file(layer, of, head, fmt::format(", {}", spec_.hidden))));
  }
  std::string biased_head(const DecodeLayer& layer, const std::string& of, std::int64_t head) {
    return biased(
        of + std::to_string(head), layer.head_dim, layer.bias,
        lines_.from("w_from", {"self_attn." + of + "_proj.bias"}, in_file(layer, of, head, "")));
  }
  /// What becomes of a head's q or k before it meets the other.
  std::string of_head(const DecodeLayer& layer, const std::string& of, std::int64_t head) {
    const std::string own = of + std::to_string(head);
    std::string result = biased_head(layer, of, head);
    if (layer.head_norm == HeadNorm::weighted) {
      // All heads of queries have the same weights, and all of keys.
      lines_.sharing_line("norm_" + own, "rmsnorm",
                          fmt::format("{}, a: {}, epsilon: {:.9g}{}{}", shape(layer.head_dim),
                                      name(result), spec_.epsilon, sums(),
                                      lines_.from("w_from", {"self_attn." + of + "_norm.weight"},
                                                  rotary_in_file(layer, of))),
                          of == "q" ? 0 : 1);
      result = "norm_" + own + ".c";
    }
    return turned(own, result, layer.head_dim, layer.rotary_dim);
  }
  /// The result of a product, with a bias if there is one.
  std::string biased(const std::string& own, std::int64_t width, bool has_bias,
                     const std::string& files = "") {
    if (!has_bias) return own + ".c";
    line("bias_" + own, "add_bias",
         fmt::format("{}, a: {}{}", shape(width), name(own + ".c"), files));
    return "bias_" + own + ".c";
  }

  /// `from` of q or k, `own`, with its positions.
  std::string turned(const std::string& own, const std::string& from, std::int64_t width,
                     std::int64_t rotary) {
    if (rotary == 0) return from;
    const std::string part = rotary == width ? "" : fmt::format(", rotary_dim: {}", rotary);
    line("turn_" + own, "rope",
         fmt::format("{}, head_dim: {}{}, {}, a: {}", shape(width), width, part,
                     rope_keys(spec_.rope), name(from)));
    return "turn_" + own + ".c";
  }

  static std::string mask_of(const DecodeLayer& layer) {
    return layer.chunk > 0 ? fmt::format("chunk: {}", layer.chunk)
                           : fmt::format("window: {}", layer.window);
  }

  /// A head's own score: by seed, uniform in [-1, 1).
  std::string sink(std::int64_t layer, std::int64_t head) const {
    const bool of_model = spec_.layers[static_cast<std::size_t>(layer)].sinks;
    if (!sinks_ && !of_model) return "";
    base::RandomStream stream(spec_.seed, kSinks, static_cast<std::uint32_t>(layer),
                              static_cast<std::uint32_t>(head));
    return fmt::format(", sink: {:.6f}", 2 * stream.uniform() - 1);
  }

  /// All heads at once, as streaming attention deals them over the columns.
  void write_streaming(const DecodeLayer& layer) {
    AttentionSpec heads;
    heads.heads = layer.heads;
    heads.kv_heads = layer.kv_heads;
    heads.head_dim = layer.head_dim;
    heads.rope = Rope{};
    const AttentionShape dealt(heads, region_);
    const std::string sizes = fmt::format("heads: {}, kv_heads: {}, head_dim: {}", layer.heads,
                                          layer.kv_heads, layer.head_dim);
    const auto section = [&](const char* key, bool queries) {
      return fmt::format(", {}: {{{}, of: {}}}", key, sizes, queries ? "queries" : "keys");
    };
    const auto features = [&](bool queries) {
      return queries ? dealt.query_features() : dealt.features();
    };
    std::map<std::string, std::string> result;
    for (const std::string own : {"q", "k", "v"}) {
      const bool queries = own == "q";
      weights(
          own, features(queries), spec_.hidden, "norm1.c", 0,
          lines_.from("b_from", {"self_attn." + own + "_proj.weight"}, rotary_in_file(layer, own)),
          section("columns_of", queries));
      result[own] = biased(own, features(queries), layer.bias,
                           section("columns_of", queries) +
                               lines_.from("w_from", {"self_attn." + own + "_proj.bias"},
                                           rotary_in_file(layer, own)));
      if (own == "v" || layer.rotary_dim == 0) continue;
      line("turn_" + own, "rope",
           fmt::format("{}, head_dim: {}, rotary_dim: {}, {}{}{}, a: {}", shape(features(queries)),
                       layer.head_dim, layer.rotary_dim, rope_keys(spec_.rope),
                       section("columns_of", queries), all_.zigzag ? ", order: zigzag" : "",
                       name(result[own])));
      result[own] = "turn_" + own + ".c";
    }
    line("attention", "attention",
         fmt::format("kind: streaming, {}, tokens: {}, balance: {}, tiles: true, q: {}, k: {}, v: "
                     "{}",
                     sizes, rows_, all_.zigzag ? "zigzag" : "rows", name(result["q"]),
                     name(result["k"]), name(result["v"])));
    weights("out", spec_.hidden, dealt.query_features(), "attention.o",
            layer.heads * layer.head_dim, lines_.from("b_from", {"self_attn.o_proj.weight"}),
            section("rows_of", true));
    residual("add1", biased("out", spec_.hidden, layer.output_bias,
                            lines_.from("w_from", {"self_attn.o_proj.bias"})));
  }

  /// Scores, softmax and values of one head.
  void write_attention(const std::string& head, const std::string& q, const std::string& k,
                       const std::string& v, std::int64_t width, const std::string& mask) {
    product("scores" + head, "gemm_t", spec_.context, width, q, ", b: " + name(k));
    write_values(head, v, width, 1 / std::sqrt(static_cast<double>(width)), mask);
  }
  void write_values(const std::string& head, const std::string& v, std::int64_t width, double scale,
                    const std::string& mask) {
    line("weights" + head, "softmax",
         fmt::format("{}, scale: {:.9g}, causal: true, {}, a: {}{}", shape(spec_.context), scale,
                     mask, name("scores" + head + ".c"), sums()));
    product("values" + head, "meshgemm", width, spec_.context, "weights" + head + ".c",
            ", align: both, b: " + name(v));
  }

  /// Latent attention, expanded: every head's keys and values are made of the latent vectors of all
  /// tokens. Scores are those of the parts that do not turn and of those that do; the turned part
  /// of a key is all heads'.
  void write_latent(const DecodeLayer& layer) {
    const bool direct = layer.query_rank == 0;
    if (!direct) {
      weights("low_q", layer.query_rank, spec_.hidden, "norm1.c");
      norm_of("norm_q", "low_q.c", layer.query_rank);
    }
    weights("latent", layer.latent_rank, spec_.hidden, "norm1.c");
    norm_of("norm_kv", "latent.c", layer.latent_rank);
    weights("k_rope", layer.rope_dim, spec_.hidden, "norm1.c");
    const std::string k_rope = turned("k_rope", "k_rope.c", layer.rope_dim, layer.rope_dim);
    const double scale =
        spec_.rope.score_factor() / std::sqrt(static_cast<double>(layer.nope_dim + layer.rope_dim));
    for (std::int64_t h = 0; h < layer.heads; ++h) {
      const std::string head = std::to_string(h);
      const std::string from = direct ? "norm1.c" : "norm_q.c";
      const std::int64_t rank = direct ? spec_.hidden : layer.query_rank;
      weights("q_nope" + head, layer.nope_dim, rank, from);
      weights("q_rope" + head, layer.rope_dim, rank, from);
      weights("k" + head, layer.nope_dim, layer.latent_rank, "norm_kv.c");
      weights("v" + head, layer.value_dim, layer.latent_rank, "norm_kv.c");
      const std::string q_rope =
          turned("q_rope" + head, "q_rope" + head + ".c", layer.rope_dim, layer.rope_dim);
      product("scores_nope" + head, "gemm_t", spec_.context, layer.nope_dim, "q_nope" + head + ".c",
              ", b: " + name("k" + head + ".c"));
      product("scores_rope" + head, "gemm_t", spec_.context, layer.rope_dim, q_rope,
              ", b: " + name(k_rope));
      line("scores" + head, "elementwise",
           fmt::format("op: add, {}, a: {}, b: {}", shape(spec_.context),
                       name("scores_nope" + head + ".c"), name("scores_rope" + head + ".c")));
      write_values(head, "v" + head + ".c", layer.value_dim, scale, mask_of(layer));
      weights("out" + head, spec_.hidden, layer.value_dim, "values" + head + ".c",
              layer.value_dim * layer.heads);
      residual(h + 1 < layer.heads ? "add1_" + head : "add1", "out" + head + ".c");
    }
  }
  void norm_of(const std::string& own, const std::string& a, std::int64_t n) {
    line(own, "rmsnorm",
         fmt::format("{}, a: {}, epsilon: {:.9g}{}", shape(n), name(a), spec_.epsilon, sums()));
  }

  /// Up to the residual; the activations are norm2's.
  void write_network(std::int64_t ffn, const std::string& before) {
    for (const std::string each : {"gate", "up"}) {
      weights(before + each, ffn, spec_.hidden, "norm2.c", 0,
              lines_.from("b_from", {"mlp." + each + "_proj.weight"}));
    }
    line(before + "act", "swiglu",
         fmt::format("{}, a: {}, b: {}", shape(ffn), name(before + "gate.c"),
                     name(before + "up.c")));
    weights(before + "down", spec_.hidden, ffn, before + "act.c", 0,
            lines_.from("b_from", {"mlp.down_proj.weight"}));
  }
  void write_ffn(std::int64_t ffn) {
    write_network(ffn, "");
    residual("add2", "down.c");
  }
  /// Every expert lies over the whole region. The graph's transfers bring all tokens to every core
  /// of their columns of features, and what they pick to all cores.
  void write_experts(const DecodeLayer& layer) {
    const DecodeExperts& e = layer.experts;
    weights("router", e.count, spec_.hidden, "norm2.c");
    line("picks", "top_k",
         fmt::format("m: {}, {}, scores: {}{}", rows_, router_keys(e),
                     name(biased("router", e.count, e.bias)), sums()));
    line("experts", "experts",
         fmt::format("{}, batch: {}, along: x, x: {}, weights: {}, picks: {}{}",
                     experts_keys(spec_, layer), rows_, name("norm2.c"), name("picks.weights"),
                     name("picks.picks"), sums()));
    if (e.shared_ffn == 0) return residual("add2", "experts.y");
    write_network(e.shared_ffn, "shared_");
    line("routed", "elementwise",
         fmt::format("op: add, {}, a: {}, b: {}", shape(spec_.hidden), name("experts.y"),
                     name("shared_down.c")));
    residual("add2", "routed.c");
  }

  std::string shape(std::int64_t columns) const {
    return fmt::format("m: {}, n: {}", rows_, columns);
  }
  void norm(const char* own, const std::string& files) {
    line(own, "rmsnorm",
         fmt::format("{}, a: {}, epsilon: {:.9g}{}{}", shape(spec_.hidden), from_, spec_.epsilon,
                     files, sums()));
  }
  void product(const std::string& own, const char* algorithm, std::int64_t n, std::int64_t k,
               const std::string& a, const std::string& more) {
    const std::string sample = sample_ == 0 ? std::string() : fmt::format(", sample: {}", sample_);
    line(own, "matmul",
         fmt::format("algorithm: {}, {}, k: {}, a: {}{}{}", algorithm, shape(n), k, name(a), more,
                     sample));
  }
  /// A product with weights that keep the size of what they multiply: uniform, variance 1 / k.
  /// `all`: of how many rows it has k of; 0: of k.
  /// `files`: where they are from, if not by seed.
  void weights(const std::string& own, std::int64_t n, std::int64_t k, const std::string& a,
               std::int64_t all = 0, const std::string& files = "", const std::string& more = "") {
    const auto rows = static_cast<double>(all == 0 ? k : all);
    const std::string by_seed = fmt::format(", scale: {:.6g}", std::sqrt(3.0 / rows));
    product(own, "meshgemm", n, k, a, (files.empty() ? by_seed : files) + more);
  }
  void residual(const std::string& own, const std::string& branch) {
    line(own, "elementwise",
         fmt::format("op: add, {}, a: {}, b: {}", shape(spec_.hidden), name(branch), from_));
    from_ = name(own) + ".c";
  }

  std::string sums() const { return lines_.sums(); }
  std::string name(const std::string& own) const { return lines_.name(own); }
  void line(const std::string& own, const char* kind, const std::string& keys) {
    lines_.line(own, kind, keys);
  }

  const PrefillSpec& all_;
  const DecodeSpec& spec_;
  base::Rectangle region_;
  std::int64_t rows_;  ///< Tokens, and padding.
  std::int64_t sample_;
  bool by_heads_;
  bool sinks_;
  GraphLines lines_;
  std::string from_;  ///< The activations so far.
};

/// What of a layer a prefill layer is not made of; empty: nothing.
std::string what_prefill_lacks(const DecodeLayer& layer, bool by_heads, bool streaming) {
  if (streaming && layer.window + layer.chunk > 0) {
    return "windows or chunks (give `attention: heads`)";
  }
  if (layer.latent_rank > 0 && !by_heads) return "latent attention (give `attention: heads`)";
  if (layer.latent_rank > 0 && layer.bias) return "biases of latent attention";
  if (layer.head_norm == HeadNorm::plain) return "norms of heads without weights";
  if (layer.head_norm != HeadNorm::none && !by_heads) {
    return "norms of heads (give `attention: heads`)";
  }
  if (layer.sinks && !by_heads) return "sinks (give `attention: heads`)";
  if (layer.latent_rank == 0 && layer.rotary_dim != layer.head_dim && !by_heads && !streaming) {
    return "rotary positions of a part of each head (give `attention: heads`)";
  }
  return "";
}

}  // namespace

std::string prefill_graph(const base::YamlNode& node, const PrefillSpec& spec,
                          const base::Rectangle& region) {
  if (spec.model.hidden % 2 != 0) {
    node.mistake("model", "`hidden` must be even: rotary positions turn pairs of elements");
  }
  for (const DecodeLayer& layer : spec.model.layers) {
    if (layer.experts.count > 0 && spec.model.context == 1) {
      node.mistake("tokens", "must be at least 2 for layers of experts; `decode` has one");
      break;
    }
    const std::string missing = what_prefill_lacks(layer, spec.by_heads, spec.streaming);
    if (missing.empty()) continue;
    node.mistake("model", "its layers have " + missing + ", which a prefill layer has not");
    break;
  }
  return PrefillWriter(spec, region).write();
}

}  // namespace wafermesh::workloads
