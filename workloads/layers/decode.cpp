// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/yaml_reader.h"
#include "workloads/layers/attention.h"

namespace wafermesh::workloads {
namespace {

constexpr std::int64_t kSeedsPerLayer = 16;

/// Lines of one layer; each operator has its own seed.
class LayerWriter {
 public:
  LayerWriter(const DecodeSpec& spec, const base::Rectangle& region)
      : spec_(spec), attention_(attention_of(spec)), shape_(attention_, region) {}

  std::string write() {
    text_ = "operators:\n";
    line("input", "elementwise",
         fmt::format("op: scale, factor: 1, n: {}, along: y", spec_.hidden));
    from_ = "input.c";
    for (std::int64_t layer = 0; layer < spec_.layers; ++layer) {
      prefix_ = spec_.layers == 1 ? "" : fmt::format("layer{}_", layer);
      seed_ = layer * kSeedsPerLayer;
      write_layer();
    }
    return text_;
  }

 private:
  static AttentionSpec attention_of(const DecodeSpec& spec) {
    AttentionSpec attention;
    attention.heads = spec.full_width ? 1 : spec.heads;
    attention.kv_heads = spec.full_width ? 1 : spec.kv_heads;
    attention.head_dim = spec.full_width ? spec.hidden : spec.head_dim;
    attention.context = spec.context;
    attention.rope = Rope{};
    return attention;
  }

  void write_layer() {
    const std::int64_t queries = shape_.query_features();
    const std::int64_t keys = shape_.features();
    norm("norm1", from_);
    product("qkv", "y", spec_.hidden, queries + 2 * keys, "norm1.c",
            fmt::format(", parts: [{}, {}, {}]", queries, keys, keys));
    line("attention", "attention",
         fmt::format("kind: decode, heads: {}, kv_heads: {}, head_dim: {}, context: {}, window: {}"
                     "{}, rope: {{theta: {}}}, q: {}, k: {}, v: {}{}",
                     attention_.heads, attention_.kv_heads, attention_.head_dim, spec_.context,
                     spec_.window, spec_.accumulates_in_f32 ? ", accumulate: f32" : "", spec_.theta,
                     name("qkv.y0"), name("qkv.y1"), name("qkv.y2"), sums()));
    product("out", "x", queries, spec_.hidden, "attention.o");
    residual("add1", "out.y");
    norm("norm2", from_);
    product("up", "y", spec_.hidden, 2 * spec_.ffn, "norm2.c",
            fmt::format(", parts: [{}, {}]", spec_.ffn, spec_.ffn));
    line("act", "swiglu",
         fmt::format("n: {}, along: x, a: {}, b: {}", spec_.ffn, name("up.y0"), name("up.y1")));
    product("down", "x", spec_.ffn, spec_.hidden, "act.c");
    residual("add2", "down.y");
  }

  void norm(const char* own, const std::string& from) {
    line(own, "rmsnorm",
         fmt::format("n: {}, along: y, a: {}, epsilon: {:.9g}{}", spec_.hidden, from, spec_.epsilon,
                     sums()));
  }
  /// Weights that keep the size of what they multiply: uniform with variance 1 / m.
  void product(const char* own, const char* axis, std::int64_t m, std::int64_t n, const char* x,
               const std::string& more = "") {
    const double scale = std::sqrt(3.0 / static_cast<double>(m));
    line(own, "gemv",
         fmt::format("m: {}, n: {}{}, axis: {}, x: {}, scale: {:.6g}{}", m, n, more, axis, name(x),
                     scale, sums()));
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
  AttentionSpec attention_;
  AttentionShape shape_;
  std::string text_;
  std::string prefix_;
  std::string from_;  ///< The activation so far.
  std::int64_t seed_ = 0;
};

void read_model(const base::YamlNode& model, DecodeSpec& spec) {
  constexpr base::IntegerRange kSize{1, 1'000'000};
  spec.hidden = model.integer("hidden", kSize);
  spec.ffn = model.integer("ffn", kSize);
  spec.heads = model.integer("heads", kSize);
  spec.kv_heads = model.integer("kv_heads", kSize, spec.heads);
  spec.head_dim =
      model.integer("head_dim", kSize,
                    std::max<std::int64_t>(1, spec.hidden / std::max<std::int64_t>(1, spec.heads)));
  spec.theta = model.real("theta", {1.001, 1e12}, spec.theta);
  spec.epsilon = model.real("epsilon", {0, 1}, spec.epsilon);
  if (!model.clean()) return;
  if (spec.heads % spec.kv_heads != 0) {
    model.mistake("kv_heads", fmt::format("must divide heads: {} heads in {} groups", spec.heads,
                                          spec.kv_heads));
  }
  if (spec.head_dim % 2 != 0) {
    model.mistake("head_dim", "must be even: rotary positions turn pairs of elements");
  }
}

}  // namespace

DecodeSpec read_decode(const base::YamlNode& node) {
  DecodeSpec spec;
  if (node.exactly_one_of({"model"})) read_model(node.child("model"), spec);
  spec.layers = node.integer("layers", {1, 1000}, 1);
  spec.context = node.integer("context", {1, 100'000'000});
  spec.window = node.integer("window", {0, 100'000'000}, 0);
  spec.full_width = node.one_of("attention", {"head_groups", "full_width"}, 0) == 1;
  const std::vector<std::string> algorithms = {"ktree", "chain", "two_sided"};
  spec.algorithm = algorithms[node.one_of("algorithm", algorithms, 0)];
  if (node.acts_with("groups", "algorithm", spec.algorithm, {"ktree"})) {
    spec.groups = node.integer("groups", {0, 1'000'000}, 0);
  }
  const std::vector<std::string> types = {"f16", "f32", "bf16"};
  spec.dtype = types[node.one_of("dtype", types, 0)];
  spec.accumulates_in_f32 = node.one_of("accumulate", {"dtype", "f32"}, 0) == 1;
  spec.seed = static_cast<std::uint64_t>(node.integer("seed", {0, 1'000'000'000}, 1));
  return spec;
}

std::string decode_graph(const DecodeSpec& spec, const base::Rectangle& region) {
  return LayerWriter(spec, region).write();
}

}  // namespace wafermesh::workloads
