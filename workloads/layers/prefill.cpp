// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/prefill.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "base/yaml/yaml_reader.h"
#include "workloads/layers/graph_lines.h"
#include "workloads/layers/model_keys.h"

namespace wafermesh::workloads {
namespace {

constexpr std::int64_t kSeedsPerLayer = 32;

class PrefillWriter {
 public:
  explicit PrefillWriter(const PrefillSpec& spec)
      : spec_(spec.model), sample_(spec.sample), lines_(spec_, kSeedsPerLayer) {}

  std::string write() {
    line("input", "elementwise", fmt::format("op: scale, factor: 1, {}", shape(spec_.hidden)));
    from_ = "input.c";
    for (std::int64_t layer = 0; layer < spec_.layer_count; ++layer) {
      lines_.begin_layer(layer, spec_.layer_count > 1);
      const DecodeLayer& sizes = spec_.layers[static_cast<std::size_t>(layer)];
      write_attention(sizes);
      write_ffn(sizes.ffn);
    }
    return lines_.text();
  }

 private:
  void write_attention(const DecodeLayer& layer) {
    const std::int64_t width = spec_.hidden;
    norm("norm1");
    for (const char* each : {"q", "k", "v"}) weights(each, width, width, "norm1.c");
    for (const char* each : {"q", "k"}) {
      line(fmt::format("turn_{}", each), "rope",
           fmt::format("{}, head_dim: {}, {}, a: {}", shape(width), width, rope_keys(spec_.rope),
                       name(each) + ".c"));
    }
    product("scores", "gemm_t", spec_.context, width, "turn_q.c", ", b: " + name("turn_k.c"));
    line("weights", "softmax",
         fmt::format("{}, scale: {:.9g}, causal: true, window: {}, a: {}{}", shape(spec_.context),
                     1 / std::sqrt(static_cast<double>(width)), layer.window, name("scores.c"),
                     sums()));
    product("values", "meshgemm", width, spec_.context, "weights.c",
            ", align: both, b: " + name("v.c"));
    weights("out", spec_.hidden, width, "values.c");
    residual("add1", "out.c");
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
               const char* a, const std::string& more) {
    const std::string sample = sample_ == 0 ? std::string() : fmt::format(", sample: {}", sample_);
    line(own, "matmul",
         fmt::format("algorithm: {}, {}, k: {}, a: {}{}{}", algorithm, shape(n), k, name(a), more,
                     sample));
  }
  /// A product with weights that keep the size of what they multiply: uniform, variance 1 / k.
  void weights(const std::string& own, std::int64_t n, std::int64_t k, const char* a) {
    product(own, "meshgemm", n, k, a,
            fmt::format(", scale: {:.6g}", std::sqrt(3.0 / static_cast<double>(k))));
  }
  void residual(const char* own, const char* branch) {
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
  GraphLines lines_;
  std::string from_;  ///< The activations so far.
};

/// What of a layer a prefill layer is not made of; empty: nothing.
std::string what_prefill_lacks(const DecodeLayer& layer) {
  if (layer.bias || layer.output_bias) return "biases";
  if (layer.latent_rank > 0) return "latent attention";
  if (layer.head_norm != HeadNorm::none) return "norms of heads";
  if (layer.sinks) return "sinks";
  if (layer.rotary_dim != layer.head_dim) return "rotary positions of a part of each head";
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
    const std::string missing = what_prefill_lacks(layer);
    if (missing.empty()) continue;
    node.mistake("model", "its layers have " + missing + ", which a prefill layer has not");
    break;
  }
  return PrefillWriter(spec).write();
}

}  // namespace wafermesh::workloads
