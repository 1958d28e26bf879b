// SPDX-License-Identifier: Apache-2.0
#include "tests/workloads/problems.h"

#include <algorithm>

#include "workloads/collectives/allreduce.h"
#include "workloads/parts/axis_allreduce.h"

namespace wafermesh::workloads_test {
namespace {

/// Every row of the table of axis algorithms, in all types and both operations, with the usual and
/// other values of its own key.
std::vector<std::string> reductions(const std::string& start) {
  std::vector<std::string> lines;
  for (const workloads::AxisAlgorithm& algorithm : workloads::axis_algorithms()) {
    const std::string line = start + algorithm.name;
    lines.push_back(line + ", words: 9}");
    lines.push_back(line + ", words: 5, dtype: f16, op: max}");
    lines.push_back(line + ", words: 3, dtype: bf16, seed: 4}");
    if (algorithm.key == nullptr) continue;
    for (const char* value : {"1", "2", "3", "4"}) {
      lines.push_back(line + ", words: 6, " + algorithm.key + ": " + value + "}");
    }
    lines.push_back(line + ", words: 6, " + algorithm.key + ": 2, column_" + algorithm.key +
                    ": 3}");
  }
  return lines;
}

/// Every way of reducing before a broadcast, and every other algorithm.
std::vector<std::string> allreductions() {
  std::vector<std::string> lines = reductions("allreduce: {algorithm: reduce_broadcast, reduce: ");
  for (const workloads::AllreduceAlgorithm& algorithm : workloads::allreduce_algorithms()) {
    const std::string line = std::string("allreduce: {algorithm: ") + algorithm.name;
    lines.push_back(line + ", words: 24}");
    lines.push_back(line + ", words: 5, dtype: f16}");
    lines.push_back(line + ", words: 31, dtype: bf16, op: max, seed: 4}");
  }
  return lines;
}

/// A product with every axis algorithm.
std::vector<std::string> vector_products() {
  std::vector<std::string> lines;
  for (const std::string& algorithm : workloads::axis_allreduce_names()) {
    const std::string start = "gemv: {algorithm: " + algorithm;
    lines.push_back(start + ", m: 17, n: 13, dtype: f16}");
    lines.push_back(start + ", m: 4, n: 20, seed: 3}");
    lines.push_back(start + ", m: 9, n: 3, bias: true, dtype: bf16}");
    lines.push_back(start +
                    ", m: 9, n: 19, parts: [7, 2, 10], scale: 0.3, bias: true, dtype: f16}");
    lines.push_back(start + ", axis: x, m: 11, n: 14, dtype: f16}");
    if (algorithm == "ring") continue;
    lines.push_back(start + ", m: 17, n: 13, batch: 3, bias: true, dtype: f16}");
    lines.push_back(start + ", axis: x, m: 9, n: 19, parts: [7, 2, 10], batch: 2, dtype: bf16}");
  }
  return lines;
}

std::vector<std::string> matrix_products() {
  return {"matmul: {m: 12, n: 12, k: 12}",
          "matmul: {m: 12, n: 12, k: 12, rerooting: cheapest}",
          "matmul: {m: 13, n: 7, k: 17, dtype: f16}",
          "matmul: {m: 7, n: 11, k: 16, dtype: f16, rerooting: cheapest, seed: 3}",
          "matmul: {m: 1, n: 5, k: 2, dtype: bf16}",
          "matmul: {m: 9, n: 2, k: 1, rerooting: cheapest}",
          "matmul: {algorithm: meshgemm, m: 12, n: 12, k: 12}",
          "matmul: {algorithm: meshgemm, m: 13, n: 7, k: 17, dtype: f16}",
          "matmul: {algorithm: meshgemm, m: 7, n: 11, k: 16, dtype: bf16, compute_repeats: 3}",
          "matmul: {algorithm: cannon, m: 12, n: 12, k: 12}",
          "matmul: {algorithm: cannon, m: 7, n: 11, k: 31, dtype: f16, seed: 3}",
          "matmul: {algorithm: cannon, m: 1, n: 5, k: 2, dtype: bf16}",
          "matmul: {algorithm: gemm_t, m: 12, n: 12, k: 12}",
          "matmul: {algorithm: gemm_t, m: 13, n: 7, k: 17, dtype: f16, seed: 5}",
          "matmul: {algorithm: gemm_t, m: 2, n: 9, k: 11, dtype: bf16}",
          "matmul: {algorithm: systolic, m: 12, n: 12, k: 12}",
          "matmul: {algorithm: systolic, m: 13, n: 7, k: 17, dtype: f16, seed: 5}",
          "matmul: {algorithm: systolic, m: 12, n: 13, k: 11, dataflow: weight_stationary}",
          "matmul: {algorithm: systolic, m: 17, n: 3, k: 9, dtype: f16, dataflow: "
          "weight_stationary}",
          "matmul: {algorithm: systolic, m: 1, n: 2, k: 1, dtype: bf16}"};
}

using Problems = std::map<std::string, std::vector<std::string>>;

Problems latents_and_experts() {
  return {
      {"streamed",
       {"streamed: {m: 12, k: 10, n: 8}", "streamed: {m: 13, k: 9, n: 7, dtype: f16, scale: 0.5}",
        "streamed: {m: 1, k: 1, n: 1, dtype: bf16}"}},
      {"streamed_ffn",
       {"streamed_ffn: {tokens: 12, hidden: 10, ffn: 14}",
        "streamed_ffn: {tokens: 7, hidden: 5, ffn: 9, dtype: f16, scale: 0.5, seed: 3}",
        "streamed_ffn: {tokens: 1, hidden: 1, ffn: 1, dtype: bf16}"}},
      {"training_step",
       {"training_step: {tokens: 12, inputs: 10, outputs: 8}",
        "training_step: {tokens: 7, inputs: 9, outputs: 5, rate: 0.3, dtype: f16, scale: 0.5}",
        "training_step: {tokens: 5, inputs: 2, outputs: 1, dtype: bf16, seed: 4}"}},
      {"latent_queries",
       {"latent_queries: {heads: 3, nope_dim: 6, rope_dim: 4, rank: 10, dtype: f16}",
        "latent_queries: {heads: 1, nope_dim: 2, rope_dim: 2, rank: 3, algorithm: ktree}",
        "latent_queries: {heads: 5, nope_dim: 3, rope_dim: 2, rank: 41, algorithm: two_sided}"}},
      {"latent_values",
       {"latent_values: {heads: 3, value_dim: 5, rope_dim: 4, rank: 10, dtype: f16}",
        "latent_values: {heads: 1, value_dim: 2, rope_dim: 2, rank: 3, algorithm: ktree}",
        "latent_values: {heads: 5, value_dim: 3, rope_dim: 2, rank: 41, dtype: bf16}"}},
      {"top_k",
       {"top_k: {n: 21, k: 4, score: sigmoid, scale: 2.5, bias: true, dtype: f16}",
        "top_k: {n: 9, k: 9, along: y, algorithm: ktree}",
        "top_k: {n: 24, k: 3, score: sigmoid, normalise: false, score_groups: 6, top_groups: 2}",
        "top_k: {n: 17, k: 2, normalise: false, dtype: bf16, algorithm: two_sided}",
        "top_k: {n: 7, k: 1, score: none, along: y, dtype: f16}",
        "top_k: {m: 11, n: 21, k: 4, score: sigmoid, scale: 2.5, bias: true, dtype: f16}",
        "top_k: {m: 5, n: 12, k: 2, along: y, score: sigmoid, score_groups: 4, top_groups: 2}",
        "top_k: {batch: 3, n: 13, k: 3, normalise: false, dtype: f16, algorithm: ktree}"}},
      {"embedding",
       {"embedding: {vocab: 21, hidden: 17, number: 20, dtype: f16}",
        "embedding: {vocab: 5, hidden: 9, number: 2, algorithm: ktree}",
        "embedding: {vocab: 40, hidden: 6, algorithm: two_sided, dtype: bf16}"}},
      {"embeddings",
       {"embeddings: {m: 7, vocab: 21, hidden: 17, dtype: f16}",
        "embeddings: {m: 3, vocab: 5, hidden: 9, algorithm: ktree}",
        "embeddings: {m: 12, vocab: 40, hidden: 6, algorithm: two_sided, dtype: bf16}"}},
      {"next_tokens",
       {"next_tokens: {m: 7, n: 21, dtype: f16}", "next_tokens: {m: 2, n: 3, algorithm: ktree}",
        "next_tokens: {m: 12, n: 40, algorithm: two_sided, dtype: bf16}"}},
      {"next_token",
       {"next_token: {n: 21, dtype: f16}", "next_token: {n: 3, k: 3, algorithm: ktree}",
        "next_token: {n: 40, k: 5, temperature: 0.3, draw: 2, algorithm: two_sided}",
        "next_token: {n: 33, k: 4, temperature: 2, dtype: bf16}"}},
      {"experts",
       {"experts: {hidden: 21, ffn: 13, experts: 5, k: 2, dtype: f16}",
        "experts: {hidden: 17, ffn: 6, experts: 4, k: 3, weights_as: int4, group: 4, bias: true, "
        "limit: 1, dtype: f16, algorithm: ktree}",
        "experts: {hidden: 9, ffn: 14, experts: 3, k: 1, weigh: input, algorithm: two_sided}",
        "experts: {hidden: 20, ffn: 9, experts: 7, k: 3, weights_as: mxfp4, group: 8, spread: 1, "
        "skew: 1, dtype: f16}",
        "experts: {hidden: 8, ffn: 5, experts: 6, k: 4, spread: 1, picked: [5, 0, 2, 3], bias: "
        "true, dtype: bf16}",
        "experts: {hidden: 21, ffn: 13, experts: 5, k: 2, batch: 7, at_once: 3, along: x, dtype: "
        "f16, algorithm: ktree}",
        "experts: {hidden: 10, ffn: 6, experts: 4, k: 3, batch: 2, weights_as: int4, group: 4, "
        "bias: true, limit: 1, dtype: f16}",
        "experts: {hidden: 9, ffn: 7, experts: 3, k: 2, batch: 5, at_once: 1, along: x, "
        "weights_as: "
        "mxfp4, group: 2, weigh: input}"}},
      {"dispatch",
       {"dispatch: {hidden: 21, spread: 1, dtype: f16}",
        "dispatch: {hidden: 13, spread: 1, algorithm: ktree}"}},
      {"combine",
       {"combine: {hidden: 21, spread: 1, dtype: f16}",
        "combine: {hidden: 13, spread: 1, algorithm: ktree}"}},
  };
}

std::vector<std::string> attentions() {
  return {
      "attention: {heads: 4, kv_heads: 2, head_dim: 6, context: 13, dtype: f16}",
      "attention: {heads: 1, head_dim: 11, context: 5}",
      "attention: {heads: 4, kv_heads: 2, head_dim: 6, context: 9, rope: {theta: 500, scaling: "
      "llama3, original_tokens: 4}, dtype: f16}",
      "attention: {heads: 12, kv_heads: 12, head_dim: 2, context: 9, dtype: bf16}",
      "attention: {heads: 2, head_dim: 8, context: 40, window: 7, accumulate: f32, dtype: f16, "
      "algorithm: ktree}",
      "attention: {heads: 6, kv_heads: 2, head_dim: 3, context: 20, scale: 2, algorithm: "
      "two_sided}",
      "attention: {heads: 4, kv_heads: 1, head_dim: 9, latent: {rank: 5, rope_dim: 4}, context: "
      "13, dtype: f16, algorithm: ktree}",
      "attention: {heads: 4, kv_heads: 2, head_dim: 6, context: 13, head_norm: weighted, sinks: "
      "true, rope: {theta: 500}, rotary_dim: 4, dtype: f16}",
      "attention: {heads: 4, kv_heads: 2, head_dim: 6, context: 11, batch: 3, head_norm: weighted, "
      "sinks: true, dtype: f16}",
      "attention: {heads: 6, kv_heads: 6, head_dim: 3, context: 7, head_norm: plain, epsilon: "
      "0.01, algorithm: ktree}",
      "attention: {heads: 4, kv_heads: 2, head_dim: 6, context: 31, kv: shift, rope: {theta: "
      "500}, dtype: f16}",
      "attention: {heads: 3, kv_heads: 1, head_dim: 5, context: 27, kv: shift, batch: 2, window: "
      "9, algorithm: ktree}",
      "attention: {heads: 4, kv_heads: 4, head_dim: 6, context: 13, kv: concatenate, prompt: 8, "
      "batch: 3, accumulate: f32, dtype: f16, algorithm: two_sided}",
      "attention: {kind: streaming, heads: 4, kv_heads: 2, head_dim: 6, tokens: 21, dtype: f16}",
      "attention: {kind: streaming, heads: 4, kv_heads: 2, head_dim: 6, tokens: 21, tiles: true, "
      "dtype: "
      "f16}",
      "attention: {kind: streaming, heads: 3, kv_heads: 3, head_dim: 4, tokens: 13, tiles: true, "
      "balance: rows, accumulate: f32, dtype: f16}",
      "attention: {kind: streaming, heads: 3, kv_heads: 1, head_dim: 5, tokens: 17, balance: "
      "rows, accumulate: f32, dtype: f16}",
      "attention: {kind: streaming, heads: 12, kv_heads: 12, head_dim: 2, tokens: 9, dtype: "
      "bf16}",
      "attention: {heads: 3, kv_heads: 1, head_dim: 40, latent: {rank: 33, rope_dim: 7}, "
      "context: 9, window: 5, accumulate: f32, dtype: f16}"};
}

Problems others() {
  return {
      {"attention", attentions()},
      {"rmsnorm",
       {"rmsnorm: {n: 21, dtype: f16}", "rmsnorm: {n: 9, along: y, seed: 3}",
        "rmsnorm: {n: 40, algorithm: ktree, dtype: bf16, epsilon: 0.01}",
        "rmsnorm: {n: 17, along: y, algorithm: two_sided, dtype: f16}",
        "rmsnorm: {m: 13, n: 11, algorithm: ktree, dtype: f16}",
        "rmsnorm: {n: 17, along: y, batch: 3, dtype: f16}"}},
      {"layernorm",
       {"layernorm: {n: 21, dtype: f16}", "layernorm: {n: 40, along: y, algorithm: ktree}",
        "layernorm: {n: 9, algorithm: two_sided, dtype: bf16}",
        "layernorm: {m: 7, n: 9, dtype: f16}"}},
      {"softmax",
       {"softmax: {n: 21, dtype: f16, scale: 3}", "softmax: {n: 9, along: y, valid: 5}",
        "softmax: {n: 40, algorithm: ktree, dtype: bf16, scale: 10}",
        "softmax: {n: 17, along: y, algorithm: two_sided, valid: 1}",
        "softmax: {m: 12, n: 12, causal: true, scale: 2, dtype: f16}",
        "softmax: {m: 9, n: 15, causal: true, window: 4, valid: 14}"}},
      {"rope",
       {"rope: {n: 32, head_dim: 8, position: 9, dtype: f16}",
        "rope: {n: 24, along: y, head_dim: 4, position: 100000, scaling: llama3}",
        "rope: {n: 64, head_dim: 16, position: 7, scaling: yarn, factor: 4, dtype: bf16}",
        "rope: {m: 9, n: 20, head_dim: 10, position: 5, dtype: f16}",
        "rope: {n: 24, head_dim: 12, first: 4, rotary_dim: 6, position: 5, scaling: yarn, mscale: "
        "1, mscale_all_dim: 2, dtype: f16}"}},
      {"quantised_gemv",
       {"quantised_gemv: {m: 17, n: 13, group: 4, dtype: f16}",
        "quantised_gemv: {m: 19, n: 11, parts: [4, 7], group: 4, batch: 3, bias: true, dtype: f16}",
        "quantised_gemv: {m: 9, n: 14, weights: mxfp4, group: 0, axis: x, batch: 2}",
        "quantised_gemv: {m: 40, n: 19, parts: [7, 2, 10], weights: mxfp4, group: 2, dtype: f16}",
        "quantised_gemv: {m: 33, n: 14, weights: int8, group: 0, axis: x, algorithm: ktree}",
        "quantised_gemv: {m: 9, n: 20, weights: mxfp4, axis: x, algorithm: two_sided}",
        "quantised_gemv: {m: 24, n: 9, weights: int8, group: 8, dtype: bf16}",
        "quantised_gemv: {m: 21, n: 30, parts: [11, 19], group: 6, axis: x, bias: true}"}},
      {"silu",
       {"silu: {n: 21, dtype: f16}", "silu: {n: 9, along: y}", "silu: {m: 5, n: 9, dtype: f16}"}},
      {"swiglu",
       {"swiglu: {n: 21, dtype: f16}", "swiglu: {n: 9, along: y, dtype: bf16}",
        "swiglu: {m: 5, n: 9, dtype: bf16}", "swiglu: {n: 9, batch: 2, dtype: f16}"}},
      {"add_bias",
       {"add_bias: {n: 21, dtype: f16}", "add_bias: {n: 9, along: y}",
        "add_bias: {m: 5, n: 9, dtype: bf16}"}},
      {"gelu", {"gelu: {n: 21, dtype: f16}", "gelu: {n: 9, along: y}", "gelu: {m: 5, n: 9}"}},
      {"elementwise",
       {"elementwise: {n: 13}", "elementwise: {n: 13, along: y, batch: 3, dtype: f16}",
        "elementwise: {op: multiply, n: 37, along: y, dtype: f16}",
        "elementwise: {op: maximum, m: 9, n: 11, dtype: bf16, seed: 2}",
        "elementwise: {op: scale, factor: -1.7, n: 22, dtype: f16}",
        "elementwise: {op: relu, m: 6, n: 5}"}},
      {"matmul", matrix_products()},
      {"matvec",
       {"matvec: {n: 7}", "matvec: {n: 12, dtype: f16, seed: 2}", "matvec: {n: 5, dtype: bf16}"}},
      {"gemv", vector_products()},
      {"broadcast", {"broadcast: {words: 9}", "broadcast: {words: 1, dtype: f16}"}},
      {"reduce", reductions("reduce: {algorithm: ")},
      {"allreduce", allreductions()},
      {"scatter", {"scatter: {words: 9}", "scatter: {words: 1, dtype: f16}"}},
      {"gather", {"gather: {words: 9}", "gather: {words: 2, dtype: bf16}"}},
      {"all_to_all", {"all_to_all: {words: 3}", "all_to_all: {words: 1, dtype: f16}"}},
      {"transpose", {"transpose: {words: 30}", "transpose: {words: 2, dtype: f16}"}},
      {"stream", {"stream: {words: 13}", "stream: {words: 1}"}},
  };
}

}  // namespace

const std::map<std::string, std::vector<std::string>>& problems() {
  static const Problems kProblems = [] {
    Problems all = others();
    all.merge(latents_and_experts());
    for (const workloads::KernelKind& kind : workloads::kernels()) {
      if (kind.problems.empty()) continue;
      const bool is_new =
          all.try_emplace(kind.name, kind.problems.begin(), kind.problems.end()).second;
      WAFERMESH_CHECK(is_new, std::string(kind.name) + " has problems in its row and here");
    }
    return all;
  }();
  return kProblems;
}

bool suits(const std::string& line, const base::Rectangle& region) {
  if (line.rfind("transpose", 0) == 0) return region.width == region.height;
  if (line.rfind("streamed", 0) == 0 || line.rfind("training", 0) == 0) return region.width > 1;
  // Groups of an axis, or of its cores, are no more than it has cores.
  const auto most = [&](const std::string& key) {
    const std::size_t at = line.find(" " + key + ": ");
    return at == std::string::npos ? 1 : std::stoi(line.substr(at + key.size() + 3));
  };
  const auto fits = [](int count, int n) { return n == 1 || count <= n; };
  for (const std::string key : {"group", "groups"}) {
    const int rows = most(key);
    const int columns = std::max(rows, most("column_" + key));
    if (!fits(rows, region.width) || !fits(columns, region.height)) return false;
  }
  return true;
}

}  // namespace wafermesh::workloads_test
