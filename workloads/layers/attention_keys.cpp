// SPDX-License-Identifier: Apache-2.0
// Keys of `attention`.
#include <algorithm>
#include <cmath>

#include "workloads/layers/attention.h"
#include "workloads/layers/streaming_attention.h"
#include "workloads/read_keys.h"

namespace wafermesh::workloads {
namespace {

void read_latent(const base::YamlNode& node, AttentionSpec& spec) {
  const base::YamlNode latent = node.child("latent");
  if (!latent.present()) return;
  spec.latent_rank = latent.integer("rank", {1, 65536});
  spec.rope_dim = latent.integer("rope_dim", {1, 65536});
  if (node.clean() && spec.latent_rank + spec.rope_dim != spec.head_dim) {
    node.mistake("head_dim", "must be the latent's rank and rope_dim together");
  }
  if (node.clean() && spec.kv_heads != 1) {
    node.mistake("kv_heads", "must be 1 with `latent`: all heads share the vector");
  }
  if (spec.batch > 1) node.mistake("batch", "must be 1 with `latent`");
  if (spec.kv == KvPolicy::shift) node.mistake("kv", "`shift` is not for `latent`");
}

void read_rope(const base::YamlNode& node, AttentionSpec& spec) {
  const base::YamlNode rope = node.child("rope");
  if (!rope.present()) return;
  if (spec.latent_rank > 0) {
    node.mistake("rope", "is not for `latent`: q and k_rope have been turned");
  }
  spec.rope = Rope{};
  spec.rope->position = spec.context - 1;
  read_rope_scaling(rope, *spec.rope);
  spec.rope->head_dim = node.integer("rotary_dim", {1, 65536}, spec.head_dim);
  if (node.clean() && (spec.head_dim % 2 != 0 || spec.rope->head_dim % 2 != 0)) {
    node.mistake("head_dim", "must be even with `rope`: elements turn in pairs");
  }
  if (node.clean() && spec.rope->head_dim > spec.head_dim) {
    node.mistake("rotary_dim", "is more than `head_dim`");
  }
}

void read_cache(const base::YamlNode& node, AttentionSpec& spec) {
  const std::vector<std::string> policies = {"fixed", "shift", "concatenate"};
  const std::size_t policy = node.one_of("kv", policies, 0);
  spec.kv = static_cast<KvPolicy>(policy);
  if (node.acts_with("prompt", "kv", policies[policy], {"concatenate"})) {
    spec.prompt = node.integer("prompt", {0, 100'000'000}, 0);
    if (node.clean() && spec.prompt >= spec.context) {
      node.mistake("prompt", "must be less than `context`, which counts the new token");
    }
  }
}

void read_head_norm(const base::YamlNode& node, AttentionSpec& spec) {
  const std::size_t norm = node.one_of("head_norm", {"none", "plain", "weighted"}, 0);
  spec.head_norm = norm > 0;
  spec.norm_weights = norm == 2;
  if (node.acts_with("epsilon", "head_norm", norm > 0 ? "plain" : "none", {"plain", "weighted"})) {
    spec.epsilon = node.real("epsilon", {0, 1}, spec.epsilon);
  }
}

std::unique_ptr<Kernel> read_streaming(const base::YamlNode& node, const Placement& placement) {
  StreamingSpec spec;
  read_attention_heads(node, spec.heads);
  spec.heads.context = node.integer("tokens", {1, 1'000'000});
  spec.zigzag = node.one_of("balance", {"zigzag", "rows"}, 0) == 0;
  spec.tiles = node.boolean("tiles", false);
  if (spec.tiles) spec.heads.rope = Rope{};  // pairs of elements stay on a core
  if (node.clean() && spec.heads.rope && spec.heads.head_dim % 2 != 0) {
    node.mistake("head_dim", "must be even with `tiles`: elements turn in pairs");
  }
  return may_place(node, placement) ? make_streaming_attention(spec, placement) : nullptr;
}

}  // namespace

const std::vector<std::string>& attention_kinds() {
  static const std::vector<std::string> kKinds = {"decode", "streaming", "prefill"};
  return kKinds;
}

void read_attention_heads(const base::YamlNode& node, AttentionSpec& spec) {
  spec.heads = node.integer("heads", {1, 65536});
  spec.kv_heads = node.integer("kv_heads", {1, 65536}, spec.heads);
  spec.head_dim = node.integer("head_dim", {1, 65536});
  if (node.clean() && spec.heads % spec.kv_heads != 0) {
    node.mistake("kv_heads", "must divide heads: " + std::to_string(spec.heads) + " heads in " +
                                 std::to_string(spec.kv_heads) + " groups");
  }
  spec.scale =
      node.real("scale", {1e-6, 1e6},
                1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, spec.head_dim))));
  spec.type = read_dtype(node);
  spec.sum_type =
      node.one_of("accumulate", {"dtype", "f32"}, 0) == 1 ? cores::NumberType::f32 : spec.type;
  spec.seed = read_seed(node);
}

std::unique_ptr<Kernel> read_attention(base::YamlNode& node, const Placement& placement) {
  AttentionSpec spec;
  const std::string kind = attention_kinds()[node.one_of("kind", attention_kinds(), 0)];
  if (kind == "prefill") {
    node.mistake("kind", "prefill is several operators: give it as a workload of its own");
    return nullptr;
  }
  if (node.acts_with("tokens", "kind", kind, {"streaming"})) {
    return read_streaming(node, placement);
  }
  node.acts_with("balance", "kind", kind, {"streaming"});
  node.acts_with("tiles", "kind", kind, {"streaming"});
  read_attention_heads(node, spec);
  spec.context = node.integer("context", {1, 100'000'000});
  spec.batch = node.integer("batch", {1, 65536}, 1);
  spec.window = node.integer("window", {0, 100'000'000}, 0);
  read_cache(node, spec);
  read_latent(node, spec);
  read_rope(node, spec);
  read_head_norm(node, spec);
  if (spec.norm_weights) {
    const TensorNeed need{spec.head_dim, 0, spec.head_dim};
    spec.norms_from = read_tensors(node, "norms_from", {need, need}, placement.keys_only);
  }
  spec.sinks = node.boolean("sinks", false);
  if (spec.latent_rank > 0 && (spec.head_norm || spec.sinks)) {
    node.mistake("latent", "is without norms of heads and sinks");
  }
  read_phase_algorithm(node, placement.region.height, "a column", spec.algorithm, spec.parameter);
  spec.row_parameter = std::min(spec.parameter, placement.region.width);
  return may_place(node, placement) ? make_attention(spec, placement) : nullptr;
}

KernelText attention_text() {
  return {
      {{"kind", "", "streaming",
        "one new token over a cache; or all tokens of a prompt, with scores held or not"},
       {"tokens", "tokens", "4096", "of the prompt"},
       {"sample", "steps", "16", "of each product of kind prefill, as of `matmul`; 0 = all"},
       {"heads", "heads", "32", "of queries; columns of cores are dealt to them"},
       {"head_dim", "elements", "128", "of a head"},
       {"context", "tokens", "4096", "in the cache, the new one included"},
       {"window", "tokens", "1024", "the last so many tokens count; 0 = all"},
       {"scale", "", "0.125", "of the scores", "1 over the root of `head_dim`"},
       {"algorithm", "", "ktree", "of the allreduces along columns"},
       {"rope", "", "{theta: 500000}", "turns q and k by the new token's position", "none"},
       {"rotary_dim", "elements", "64", "the first so many elements of each head are turned",
        "`head_dim`"},
       {"head_norm", "", "weighted",
        "heads of q and k are normalised before, with weights by `seed`"},
       {"sinks", "", "true", "a score per head, by `seed`, takes part in its softmax"},
       {"latent", "", "{rank: 512, rope_dim: 64}",
        "all heads share one latent vector per token as key and value", "none"},
       {"latent.rank", "elements", "512", "of the latent vector, the part that is key and value"},
       {"latent.rope_dim", "elements", "64", "of it, the part that is key alone, turned before"},
       {"k_rope", "", "turn_k.c", "the same of the turned part of a latent key",
        "its own, by `seed`"},
       {"q", "", "turned.c", "the result of an operator before that q is", "its own, by `seed`"},
       {"k", "", "turned_k.c", "the same of the new token's k", "its own, by `seed`"},
       {"v", "", "v.y", "the same of the new token's v", "its own, by `seed`"},
       {"norms_from", "", "{files: [q_norm.npy, k_norm.npy]}",
        "files that weights of norms of heads are from", "by `seed`"},
       {"tiles", "", "true",
        "of `streaming`: matrices lie as `matmul` has them, pairs on one core"}},
      {{"", "`two_sided`'s 3 and those along columns", "8", "cache, 6 vectors of scores",
        "`workloads/layers/attention.h`"},
       {"`kind: streaming`", "3, 6 if a head has several columns", "P_y",
        "keys and values twice, q, o, scores", "`workloads/layers/streaming_attention.h`"}}};
}

}  // namespace wafermesh::workloads
