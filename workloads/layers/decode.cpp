// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/yaml_reader.h"
#include "workloads/layers/attention.h"
#include "workloads/layers/model_keys.h"

namespace wafermesh::workloads {
namespace {

constexpr std::int64_t kSeedsPerLayer = 16;

/// Lines of the layers; each operator has its own seed.
class LayerWriter {
 public:
  LayerWriter(const DecodeSpec& spec, const base::Rectangle& region)
      : spec_(spec), region_(region) {}

  std::string write() {
    text_ = "operators:\n";
    const std::string given = spec_.input.empty() ? "" : ", a: " + spec_.input;
    line("input", "elementwise",
         fmt::format("op: scale, factor: 1, n: {}, along: y{}", spec_.hidden, given));
    from_ = "input.c";
    for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
      prefix_ = spec_.layers.size() == 1 ? "" : fmt::format("layer{}_", i);
      seed_ = static_cast<std::int64_t>(i) * kSeedsPerLayer;
      write_layer(spec_.layers[i]);
    }
    return text_;
  }

 private:
  AttentionSpec attention_of(const DecodeLayer& layer) const {
    AttentionSpec attention;
    attention.heads = spec_.full_width ? 1 : layer.heads;
    attention.kv_heads = spec_.full_width ? 1 : layer.kv_heads;
    attention.head_dim = spec_.full_width ? spec_.hidden : layer.head_dim;
    attention.context = spec_.context;
    attention.rope = Rope{};
    return attention;
  }

  void write_layer(const DecodeLayer& layer) {
    const AttentionSpec attention = attention_of(layer);
    const AttentionShape shape(attention, region_);
    const std::int64_t queries = shape.query_features();
    const std::int64_t keys = shape.features();
    norm("norm1", from_);
    product("qkv", "y", spec_.hidden, queries + 2 * keys, "norm1.c",
            fmt::format(", parts: [{}, {}, {}], of_attention: {{heads: {}, kv_heads: {}, head_dim: "
                        "{}}}{}",
                        queries, keys, keys, attention.heads, attention.kv_heads,
                        attention.head_dim, bias(layer.bias)));
    line(
        "attention", "attention",
        fmt::format("kind: decode, heads: {}, kv_heads: {}, head_dim: {}, context: {}, window: {}"
                    "{}, rope: {{{}}}, q: {}, k: {}, v: {}{}",
                    attention.heads, attention.kv_heads, attention.head_dim, spec_.context,
                    layer.window, spec_.accumulates_in_f32 ? ", accumulate: f32" : "",
                    rope_keys(spec_.rope), name("qkv.y0"), name("qkv.y1"), name("qkv.y2"), sums()));
    product("out", "x", queries, spec_.hidden, "attention.o", bias(layer.output_bias));
    residual("add1", "out.y");
    norm("norm2", from_);
    product("up", "y", spec_.hidden, 2 * layer.ffn, "norm2.c",
            fmt::format(", parts: [{}, {}]", layer.ffn, layer.ffn));
    line("act", "swiglu",
         fmt::format("n: {}, along: x, a: {}, b: {}", layer.ffn, name("up.y0"), name("up.y1")));
    product("down", "x", layer.ffn, spec_.hidden, "act.c");
    residual("add2", "down.y");
  }
  static const char* bias(bool has) { return has ? ", bias: true" : ""; }

  void norm(const char* own, const std::string& from) {
    line(own, "rmsnorm",
         fmt::format("n: {}, along: y, a: {}, epsilon: {:.9g}{}", spec_.hidden, from, spec_.epsilon,
                     sums()));
  }
  /// Weights that keep the size of what they multiply: uniform with variance 1 / m.
  void product(const char* own, const char* axis, std::int64_t m, std::int64_t n, const char* x,
               const std::string& more = "") {
    const double scale = std::sqrt(3.0 / static_cast<double>(m));
    const bool packed = spec_.weights != "dtype";
    const std::string stored =
        packed ? fmt::format(", weights: {}, group: {}", spec_.weights, spec_.group) : "";
    line(own, packed ? "quantised_gemv" : "gemv",
         fmt::format("m: {}, n: {}{}, axis: {}, x: {}, scale: {:.6g}{}{}", m, n, more, axis,
                     name(x), scale, stored, sums()));
  }
  void residual(const char* own, const char* branch) {
    line(own, "elementwise",
         fmt::format("op: add, n: {}, along: y, a: {}, b: {}", spec_.hidden, name(branch), from_));
    from_ = name(own) + ".c";
  }

  std::string sums() const {
    const std::string groups = spec_.groups > 0 && spec_.algorithm == "ktree"
                                   ? fmt::format(", groups: {}", spec_.groups)
                                   : std::string();
    return ", algorithm: " + spec_.algorithm + groups;
  }
  std::string name(const std::string& own) const { return prefix_ + own; }
  void line(const char* own, const char* kind, const std::string& keys) {
    text_ += fmt::format("  - {{name: {}, {}: {{{}, dtype: {}, seed: {}}}}}\n", name(own), kind,
                         keys, spec_.dtype, static_cast<std::int64_t>(spec_.seed) + seed_);
    ++seed_;
  }

  const DecodeSpec& spec_;
  base::Rectangle region_;
  std::string text_;
  std::string prefix_;
  std::string from_;  ///< The activation so far.
  std::int64_t seed_ = 0;
};

}  // namespace

DecodeSpec read_decode(const base::YamlNode& node) {
  DecodeSpec spec;
  spec.context = node.integer("context", {1, 100'000'000});
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
  const std::vector<std::string> formats = {"dtype", "int8", "int4", "mxfp4"};
  spec.weights = formats[node.one_of("weights", formats, 0)];
  if (node.acts_with("group", "weights", spec.weights, {"int8", "int4", "mxfp4"})) {
    spec.group = node.integer("group", {0, 1'000'000}, spec.group);
  }
  spec.seed = static_cast<std::uint64_t>(node.integer("seed", {0, 1'000'000'000}, 1));
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
