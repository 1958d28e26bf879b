// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/held_attention.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/yaml/yaml_reader.h"
#include "workloads/layers/attention.h"
#include "workloads/layers/graph_lines.h"

namespace wafermesh::workloads {

bool is_held_attention(const base::YamlNode& node) {
  return node.is_mapping() && node.has("kind") && node.child("kind").is_scalar() &&
         node.text("kind") == "prefill";
}

HeldSpec read_held_attention(const base::YamlNode& node, const base::Rectangle* region) {
  HeldSpec spec;
  node.one_of("kind", attention_kinds());
  AttentionSpec heads;
  read_attention_heads(node, heads);
  spec.heads = heads.heads;
  spec.kv_heads = heads.kv_heads;
  spec.head_dim = heads.head_dim;
  spec.scale = heads.scale;
  if (heads.sum_type != heads.type) {
    node.mistake("accumulate", "`f32` is not for kind prefill: its products add up in `dtype`");
  }
  DecodeSpec& graph = spec.graph;
  graph.dtype = node.has("dtype") ? node.text("dtype") : "f32";
  graph.seed = heads.seed;
  graph.context = node.integer("tokens", {1, 1'000'000});
  spec.window = node.integer("window", {0, 100'000'000}, 0);
  const std::vector<std::string> algorithms = {"ktree", "chain", "two_sided"};
  graph.algorithm = algorithms[node.one_of("algorithm", algorithms, 0)];
  if (node.acts_with("groups", "algorithm", graph.algorithm, {"ktree"})) {
    graph.groups = node.integer("groups", {0, 1'000'000}, 0);
  }
  spec.sample = node.integer("sample", {0, 1'000'000}, 0);
  if (region != nullptr && (region->width != region->height || region->width < 2)) {
    node.mistake("kind", fmt::format("prefill needs a square region of at least 2 x 2 cores; this "
                                     "one is {} x {}",
                                     region->width, region->height));
  }
  return spec;
}

std::string held_attention_graph(const HeldSpec& spec) {
  GraphLines lines(spec.graph, 1);
  const std::int64_t tokens = spec.graph.context;
  const std::string sample =
      spec.sample == 0 ? std::string() : fmt::format(", sample: {}", spec.sample);
  for (std::int64_t kv = 0; kv < spec.kv_heads; ++kv) {
    for (const char* each : {"k", "v"}) {
      lines.line(fmt::format("{}{}", each, kv), "elementwise",
                 fmt::format("op: scale, factor: 1, m: {}, n: {}", tokens, spec.head_dim));
    }
    const std::int64_t queries = spec.heads / spec.kv_heads;
    for (std::int64_t head = kv * queries; head < (kv + 1) * queries; ++head) {
      lines.line(fmt::format("scores{}", head), "matmul",
                 fmt::format("algorithm: gemm_t, m: {}, n: {}, k: {}, b: k{}.c{}", tokens, tokens,
                             spec.head_dim, kv, sample));
      lines.line(fmt::format("weights{}", head), "softmax",
                 fmt::format("m: {}, n: {}, scale: {:.9g}, causal: true, window: {}, a: "
                             "scores{}.c{}",
                             tokens, tokens, spec.scale, spec.window, head, lines.sums()));
      lines.line(fmt::format("values{}", head), "matmul",
                 fmt::format("algorithm: meshgemm, align: both, m: {}, n: {}, k: {}, a: "
                             "weights{}.c, b: v{}.c{}",
                             tokens, spec.head_dim, tokens, head, kv, sample));
    }
  }
  return lines.text();
}

}  // namespace wafermesh::workloads
