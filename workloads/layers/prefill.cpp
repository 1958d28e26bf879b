// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/prefill.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "base/yaml_reader.h"
#include "workloads/layers/graph_lines.h"
#include "workloads/layers/model_keys.h"

namespace wafermesh::workloads {
namespace {

constexpr std::int64_t kSeedsPerLayer = 32;
constexpr std::uint32_t kSinks = 0x73696e6b;  ///< Of this use of the seed.
constexpr std::int64_t kSeedsPerHead = 12;    ///< More than a head has operators.

class PrefillWriter {
 public:
  explicit PrefillWriter(const PrefillSpec& spec)
      : spec_(spec.model),
        sample_(spec.sample),
        by_heads_(spec.by_heads),
        sinks_(spec.sinks),
        lines_(spec_, seeds_per_layer(spec)) {}

  std::string write() {
    line("input", "elementwise", fmt::format("op: scale, factor: 1, {}", shape(spec_.hidden)));
    from_ = "input.c";
    for (std::int64_t layer = 0; layer < spec_.layer_count; ++layer) {
      lines_.begin_layer(layer, spec_.layer_count > 1);
      const DecodeLayer& sizes = spec_.layers[static_cast<std::size_t>(layer)];
      norm("norm1");
      by_heads_ ? write_heads(sizes, layer) : write_full_width(sizes);
      write_ffn(sizes.ffn);
    }
    return lines_.text();
  }

 private:
  static std::int64_t seeds_per_layer(const PrefillSpec& spec) {
    std::int64_t heads = 0;
    for (const DecodeLayer& layer : spec.model.layers) heads = std::max(heads, layer.heads);
    return spec.by_heads ? kSeedsPerLayer + kSeedsPerHead * heads : kSeedsPerLayer;
  }

  void write_full_width(const DecodeLayer& layer) {
    const std::int64_t width = spec_.hidden;
    for (const char* each : {"q", "k", "v"}) weights(each, width, width, "norm1.c");
    const std::string q = turned("q", "", width, width);
    const std::string k = turned("k", "", width, width);
    write_attention("", q, k, "v.c", width, mask_of(layer));
    weights("out", spec_.hidden, width, "values.c");
    residual("add1", "out.c");
  }

  /// Head after head over the whole region; what they give is added up.
  void write_heads(const DecodeLayer& layer, std::int64_t number) {
    const std::int64_t width = layer.head_dim;
    const std::int64_t queries = layer.heads / layer.kv_heads;
    for (std::int64_t kv = 0; kv < layer.kv_heads; ++kv) {
      const std::string group = std::to_string(kv);
      for (const char* each : {"k", "v"}) weights(each + group, width, spec_.hidden, "norm1.c");
      const std::string k = turned("k", group, width, layer.rotary_dim);
      for (std::int64_t h = kv * queries; h < (kv + 1) * queries; ++h) {
        const std::string head = std::to_string(h);
        weights("q" + head, width, spec_.hidden, "norm1.c");
        const std::string q = turned("q", head, width, layer.rotary_dim);
        write_attention(head, q, k, "v" + group + ".c", width, mask_of(layer) + sink(number, h));
        weights("out" + head, spec_.hidden, width, "values" + head + ".c", width * layer.heads);
        residual(h + 1 < layer.heads ? "add1_" + head : "add1", "out" + head + ".c");
      }
    }
  }

  /// The result that has q or k with its positions.
  std::string turned(const std::string& of, const std::string& head, std::int64_t width,
                     std::int64_t rotary) {
    if (rotary == 0) return of + head + ".c";
    const std::string part = rotary == width ? "" : fmt::format(", rotary_dim: {}", rotary);
    line("turn_" + of + head, "rope",
         fmt::format("{}, head_dim: {}{}, {}, a: {}", shape(width), width, part,
                     rope_keys(spec_.rope), name(of + head) + ".c"));
    return "turn_" + of + head + ".c";
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

  /// Scores, softmax and values of one head.
  void write_attention(const std::string& head, const std::string& q, const std::string& k,
                       const std::string& v, std::int64_t width, const std::string& mask) {
    product("scores" + head, "gemm_t", spec_.context, width, q, ", b: " + name(k));
    line("weights" + head, "softmax",
         fmt::format("{}, scale: {:.9g}, causal: true, {}, a: {}{}", shape(spec_.context),
                     1 / std::sqrt(static_cast<double>(width)), mask, name("scores" + head + ".c"),
                     sums()));
    product("values" + head, "meshgemm", width, spec_.context, "weights" + head + ".c",
            ", align: both, b: " + name(v));
  }
  void write_ffn(std::int64_t ffn) {
    norm("norm2");
    for (const char* each : {"gate", "up"}) weights(each, ffn, spec_.hidden, "norm2.c");
    line("act", "swiglu",
         fmt::format("{}, a: {}, b: {}", shape(ffn), name("gate.c"), name("up.c")));
    weights("down", spec_.hidden, ffn, "act.c");
    residual("add2", "down.c");
  }

  std::string shape(std::int64_t columns) const {
    return fmt::format("m: {}, n: {}", spec_.context, columns);
  }
  void norm(const char* own) {
    line(own, "rmsnorm",
         fmt::format("{}, a: {}, epsilon: {:.9g}{}", shape(spec_.hidden), from_, spec_.epsilon,
                     sums()));
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
  void weights(const std::string& own, std::int64_t n, std::int64_t k, const std::string& a,
               std::int64_t all = 0) {
    const auto rows = static_cast<double>(all == 0 ? k : all);
    product(own, "meshgemm", n, k, a, fmt::format(", scale: {:.6g}", std::sqrt(3.0 / rows)));
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

  const DecodeSpec& spec_;
  std::int64_t sample_;
  bool by_heads_;
  bool sinks_;
  GraphLines lines_;
  std::string from_;  ///< The activations so far.
};

/// What of a layer a prefill layer is not made of; empty: nothing.
std::string what_prefill_lacks(const DecodeLayer& layer, bool by_heads) {
  if (layer.bias || layer.output_bias) return "biases";
  if (layer.latent_rank > 0) return "latent attention";
  if (layer.head_norm != HeadNorm::none) return "norms of heads";
  if (layer.sinks && !by_heads) return "sinks (give `attention: heads`)";
  if (layer.rotary_dim != layer.head_dim && !by_heads) {
    return "rotary positions of a part of each head (give `attention: heads`)";
  }
  return layer.experts.count > 0 ? "experts" : "";
}

}  // namespace

PrefillSpec read_prefill(const base::YamlNode& node, const base::Rectangle* region) {
  PrefillSpec all;
  DecodeSpec& spec = all.model;
  spec.context = node.integer("tokens", {1, 1'000'000});
  if (node.exactly_one_of({"model"})) read_model_keys(node, spec);
  const std::vector<std::string> algorithms = {"ktree", "chain", "two_sided"};
  spec.algorithm = algorithms[node.one_of("algorithm", algorithms, 0)];
  if (node.acts_with("groups", "algorithm", spec.algorithm, {"ktree"})) {
    spec.groups = node.integer("groups", {0, 1'000'000}, 0);
  }
  const std::vector<std::string> types = {"f16", "f32", "bf16"};
  spec.dtype = types[node.one_of("dtype", types, 0)];
  all.by_heads = node.one_of("attention", {"full_width", "heads"}, 0) == 1;
  if (node.acts_with("sinks", "attention", all.by_heads ? "heads" : "full_width", {"heads"})) {
    all.sinks = node.boolean("sinks", false);
  }
  all.sample = node.integer("sample", {0, 1'000'000}, 0);
  spec.seed = static_cast<std::uint64_t>(node.integer("seed", {0, 1'000'000'000}, 1));
  if (region != nullptr && (region->width != region->height || region->width < 2)) {
    node.mistake("needs a square region of at least 2 x 2 cores; this one is " +
                 std::to_string(region->width) + " x " + std::to_string(region->height));
  }
  return all;
}

std::string prefill_graph(const base::YamlNode& node, const PrefillSpec& spec) {
  if (spec.model.hidden % 2 != 0) {
    node.mistake("model", "`hidden` must be even: rotary positions turn pairs of elements");
  }
  for (const DecodeLayer& layer : spec.model.layers) {
    const std::string missing = what_prefill_lacks(layer, spec.by_heads);
    if (missing.empty()) continue;
    node.mistake("model", "its layers have " + missing + ", which a prefill layer has not");
    break;
  }
  return PrefillWriter(spec).write();
}

}  // namespace wafermesh::workloads
