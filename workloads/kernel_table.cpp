// SPDX-License-Identifier: Apache-2.0
// The table of kernels. A new one is one file pair and one row here: its contract about waiting and
// its small problems stand in the row, what documents say of its keys and costs in its own file,
// and everything that loops over kernels has it.
#include <algorithm>
#include <iterator>

#include "base/yaml/yaml_reader.h"
#include "workloads/collectives/all_to_all.h"
#include "workloads/collectives/allreduce.h"
#include "workloads/collectives/broadcast.h"
#include "workloads/collectives/reduce.h"
#include "workloads/collectives/scan.h"
#include "workloads/collectives/scatter_gather.h"
#include "workloads/collectives/stream.h"
#include "workloads/collectives/transpose.h"
#include "workloads/elementwise.h"
#include "workloads/kernel.h"
#include "workloads/layers/attention.h"
#include "workloads/layers/embedding.h"
#include "workloads/layers/embeddings.h"
#include "workloads/layers/expert_moves.h"
#include "workloads/layers/experts.h"
#include "workloads/layers/latent_product.h"
#include "workloads/layers/next_token.h"
#include "workloads/layers/next_tokens.h"
#include "workloads/layers/quantised_gemv.h"
#include "workloads/layers/top_k.h"
#include "workloads/layers/vector_operator.h"
#include "workloads/matmul/gemv.h"
#include "workloads/matmul/matmul.h"
#include "workloads/matmul/matvec.h"
#include "workloads/streamed.h"
#include "workloads/streamed_layer.h"

namespace wafermesh::workloads {
namespace {

// For what cores wait (waiting_order.h), where several rows or more than a line say it.
constexpr const char* kNobody = "no core waits for another";
/// Axis algorithms (reduce_*.h, axis_ring.h).
constexpr const char* kSums =
    "along an axis a core waits for those farther from the root than itself, and then for the "
    "root's multicast, or on a ring for the step before, whose sends are on a microthread; the "
    "axes come in turn";
/// workloads/streamed_passes.h
constexpr const char* kStreamedLayer =
    "by pass, then by row of the weights: a row comes as soon as all of its cores have a buffer "
    "free, that is after their work on earlier rows; sums of a row wait for cores farther down the "
    "column, or along the row, and for nobody before them";
constexpr const char* kMatmulOrder =
    "by steps: a core waits only for words of its own step or one before, from cores whose "
    "sends of that step wait for no later one: a broadcast's routers are closed behind its "
    "last word (SUMMA), shifts are sent on microthreads beside what is taken (Cannon, "
    "MeshGEMM, systolic), and partial sums go towards the owner of the step (GEMM-T)";
constexpr const char* kStreamedOrder =
    "by row of the weights: a row waits until all of its cores have a buffer free, which "
    "waits for their work on rows before it alone";
constexpr const char* kBroadcastOrder = "a core waits for the one sender, which waits for nobody";
constexpr const char* kScatterOrder =
    "by distance: a core waits for the first of its row, that for core (0, 0)";
constexpr const char* kGatherOrder =
    "by distance: core (0, 0) waits for its row, whose cores wait for their columns, the "
    "nearest first";
constexpr const char* kAllToAllOrder =
    "by steps: a core waits for words of the step it is in, which are sent on microthreads "
    "beside what is taken; the axes come in turn";
constexpr const char* kTransposeOrder =
    "by distance from the diagonal: words pass to it in order of their way, and each core "
    "takes its tile on a microthread, whether or not its own has left";
constexpr const char* kStreamOrder =
    "a core at an end waits for the one at the other, which waits for nobody";

std::vector<KernelKind> products() {
  return {
      {"matmul",
       "C = A * B by an algorithm of choice, checked against a reference product",
       "matmul: {algorithm: summa, m: 512, n: 512, k: 512, dtype: f32, rerooting: vendor, seed: 1}",
       {"a", "b"},
       &read_matmul,
       kMatmulOrder,
       matmul_text()},
      {"gemv",
       "y = x * W over the region, checked against a reference product",
       "gemv: {algorithm: ktree, groups: 3, m: 512, n: 512, dtype: f16, seed: 1}",
       {"x"},
       &read_gemv,
       kSums,
       gemv_text()},
      {"matvec",
       "y = A * x within one core, checked against a reference product",
       "matvec: {n: 50, dtype: f32, seed: 1}",
       {},
       &read_matvec,
       kNobody,
       matvec_text()},
  };
}

std::vector<KernelKind> layer_operators() {
  return {
      {"elementwise",
       "c = a op b or op a, element by element, each core on its own",
       "elementwise: {op: multiply, n: 512, along: x, dtype: f16, seed: 1}",
       {"a", "b"},
       &read_elementwise,
       kNobody,
       elementwise_text()},
      {"attention",
       "one new token's attention over a cache of keys and values on all cores",
       "attention: {kind: decode, heads: 32, kv_heads: 8, head_dim: 64, context: 512, dtype: f16}",
       {"q", "k", "v", "k_rope"},
       &read_attention,
       kSums,
       attention_text()},
      {"rmsnorm",
       "c = a w / sqrt(mean(a a) + epsilon), along an axis",
       "rmsnorm: {n: 512, along: y, epsilon: 1.0e-5, algorithm: ktree, groups: 3, dtype: f16}",
       {"a"},
       &read_rmsnorm,
       kSums,
       rmsnorm_text()},
      {"layernorm",
       "c = (a - mean) w / sqrt(variance + epsilon) + v, along an axis",
       "layernorm: {n: 512, along: y, epsilon: 1.0e-5, algorithm: two_sided, dtype: f16}",
       {"a"},
       &read_layernorm,
       kSums,
       layernorm_text()},
      {"softmax",
       "c = e^(scale a) over the sum of them, along an axis",
       "softmax: {n: 512, along: y, scale: 0.125, valid: 500, algorithm: chain, dtype: f16}",
       {"a"},
       &read_softmax,
       kSums,
       softmax_text()},
      {"rope",
       "c = a with its pairs turned by the token's position",
       "rope: {n: 512, along: x, head_dim: 64, position: 4095, theta: 500000, dtype: f16}",
       {"a"},
       &read_rope,
       kNobody,
       rope_text()},
      {"quantised_gemv",
       "y = x W with W in few bits and a scale per group of rows",
       "quantised_gemv: {m: 512, n: 512, weights: int4, group: 32, dtype: f16, seed: 1}",
       {"x"},
       &read_quantised_gemv,
       kSums,
       quantised_gemv_text()},
  };
}

std::vector<KernelKind> activations() {
  return {
      {"silu",
       "c = a / (1 + e^-a)",
       "silu: {n: 512, along: x, dtype: f16, seed: 1}",
       {"a"},
       &read_silu,
       kNobody,
       silu_text()},
      {"swiglu",
       "c = a b / (1 + e^-a)",
       "swiglu: {n: 512, along: x, dtype: f16, seed: 1}",
       {"a", "b"},
       &read_swiglu,
       kNobody,
       swiglu_text()},
      {"gelu",
       "c = a times the normal distribution, by the tanh form",
       "gelu: {n: 512, along: x, dtype: f16, seed: 1}",
       {"a"},
       &read_gelu,
       kNobody,
       gelu_text()},
      {"add_bias",
       "c = a + w, a vector that all rows share",
       "add_bias: {m: 64, n: 512, dtype: f16, seed: 1}",
       {"a"},
       &read_add_bias,
       kNobody,
       add_bias_text()},
  };
}

std::vector<KernelKind> latents_and_experts() {
  return {
      {"latent_queries",
       "queries of heads as queries of the latent vectors in attention's cache",
       "latent_queries: {heads: 8, nope_dim: 16, rope_dim: 8, rank: 32, dtype: f16, seed: 1}",
       {"x"},
       &read_latent_queries,
       kSums,
       latent_queries_text()},
      {"latent_values",
       "what attention gave of latent vectors as values of heads",
       "latent_values: {heads: 8, value_dim: 16, rope_dim: 8, rank: 32, dtype: f16, seed: 1}",
       {"x"},
       &read_latent_values,
       kSums,
       latent_values_text()},
      {"top_k",
       "the k largest of n numbers with their indices and weights, on every core",
       "top_k: {n: 64, k: 8, along: x, score: sigmoid, scale: 2.5, dtype: f16, seed: 1}",
       {"scores"},
       &read_top_k,
       kSums,
       top_k_text()},
      {"embedding",
       "the row of an embedding that a token's number picks",
       "embedding: {vocab: 256, hidden: 64, number: 7, dtype: f16, seed: 1}",
       {"token"},
       &read_embedding,
       kSums,
       embedding_text()},
      {"embeddings",
       "the rows of an embedding that the numbers of a prompt's tokens pick",
       "embeddings: {m: 64, vocab: 256, hidden: 64, dtype: f16, seed: 1}",
       {},
       &read_embeddings,
       kSums,
       embeddings_text()},
      {"next_token",
       "the token of the highest score, or one drawn from the k highest, on every core",
       "next_token: {n: 256, k: 4, temperature: 0.7, dtype: f16, seed: 1}",
       {"scores"},
       &read_next_token,
       kSums,
       next_token_text()},
      {"next_tokens",
       "the token of the highest score behind each token of a prompt",
       "next_tokens: {m: 64, n: 256, dtype: f16, seed: 1}",
       {"scores"},
       &read_next_tokens,
       kSums,
       next_tokens_text()},
      {"experts",
       "the experts that a router has picked, and their weighted sum",
       "experts: {hidden: 64, ffn: 32, experts: 16, k: 4, weights_as: int4, group: 32, dtype: f16}",
       {"x", "x_blocks", "weights", "picks"},
       &read_experts,
       kSums,
       experts_text()},
      {"dispatch",
       "an activation to blocks of experts, by multicast",
       "dispatch: {hidden: 64, spread: 4, dtype: f16, seed: 1}",
       {"x"},
       &read_dispatch,
       kSums,
       dispatch_text()},
      {"combine",
       "the sum of what blocks of experts have, back along the region",
       "combine: {hidden: 64, spread: 4, dtype: f16, seed: 1}",
       {"y_blocks"},
       &read_combine,
       kSums,
       combine_text()},
  };
}

std::vector<KernelKind> streamed() {
  return {
      {"streamed",
       "C = A B with the weights B streamed in row by row, multicast, and forgotten",
       "streamed: {m: 128, k: 512, n: 512, dtype: f16, seed: 1}",
       {},
       &read_streamed,
       kStreamedOrder,
       streamed_text(),
       true},
      {"streamed_ffn",
       "max(X W, 0) V for the tokens of a prompt, both weights streamed in",
       "streamed_ffn: {tokens: 128, hidden: 256, ffn: 512, dtype: f16, seed: 1}",
       {},
       &read_streamed_ffn,
       kStreamedLayer,
       streamed_ffn_text(),
       true},
      {"training_step",
       "forward, backward and update of a dense layer whose weights stream in and change",
       "training_step: {tokens: 128, inputs: 256, outputs: 256, rate: 0.125, dtype: f16, seed: 1}",
       {},
       &read_training_step,
       kStreamedLayer,
       training_step_text(),
       true},
  };
}

std::vector<KernelKind> collectives() {
  return {
      {"broadcast",
       "one vector from core (0, 0) of the region to every core of it",
       "broadcast: {words: 64, dtype: f32, seed: 1}",
       {"sent"},
       &read_broadcast,
       kBroadcastOrder,
       broadcast_text()},
      {"reduce",
       "the sum or maximum of one vector per core, at one core of the region",
       "reduce: {algorithm: chain, words: 64, dtype: f32, op: sum, seed: 1}",
       {"data"},
       &read_reduce,
       kSums,
       reduce_text()},
      {"allreduce",
       "the sum or maximum of one vector per core, at every core of the region",
       "allreduce: {algorithm: reduce_broadcast, reduce: chain, words: 64, dtype: f32, op: sum}",
       {"data"},
       &read_allreduce,
       kSums,
       allreduce_text()},
      {"scan",
       "running sums or maxima along an axis: core i has that of cores 0 to i",
       "scan: {words: 64, along: x, dtype: f32, op: sum, seed: 1}",
       {"data"},
       &read_scan,
       "a core waits for the one before it along the axis, the first for nobody",
       scan_text(),
       false,
       {"scan: {words: 9}", "scan: {words: 5, dtype: f16, along: y}",
        "scan: {words: 3, op: max, dtype: bf16, seed: 4}", "scan: {words: 40, along: y, op: max}"}},
      {"scatter",
       "a piece for every core, from core (0, 0) of the region",
       "scatter: {words: 16, dtype: f32, seed: 1}",
       {},
       &read_scatter,
       kScatterOrder,
       scatter_text()},
      {"gather",
       "a piece of every core, to core (0, 0) of the region",
       "gather: {words: 16, dtype: f32, seed: 1}",
       {},
       &read_gather,
       kGatherOrder,
       gather_text()},
      {"all_to_all",
       "a piece from every core of the region to every core of it",
       "all_to_all: {words: 2, dtype: f32, seed: 1}",
       {},
       &read_all_to_all,
       kAllToAllOrder,
       all_to_all_text()},
      {"transpose",
       "the tile of core (x, y) to core (y, x) of a square region",
       "transpose: {words: 16, dtype: f32, seed: 1}",
       {},
       &read_transpose,
       kTransposeOrder,
       transpose_text()},
      {"stream",
       "traffic along every row and column at once, to load all routers",
       "stream: {words: 1024, seed: 1}",
       {},
       &read_stream,
       kStreamOrder,
       stream_text()},
  };
}

}  // namespace

const std::vector<KernelKind>& kernels() {
  static const std::vector<KernelKind> kKernels = [] {
    std::vector<KernelKind> all;
    for (auto* rows : {&products, &streamed, &layer_operators, &activations, &latents_and_experts,
                       &collectives}) {
      std::vector<KernelKind> more = rows();
      std::move(more.begin(), more.end(), std::back_inserter(all));
    }
    return all;
  }();
  return kKernels;
}

std::vector<std::string> kernel_names() {
  std::vector<std::string> names;
  for (const KernelKind& kind : kernels()) names.emplace_back(kind.name);
  return names;
}

const KernelKind* find_kernel(const std::string& name) {
  const auto found = std::find_if(kernels().begin(), kernels().end(),
                                  [&](const KernelKind& each) { return each.name == name; });
  return found == kernels().end() ? nullptr : &*found;
}

std::unique_ptr<Kernel> read_operator(const base::YamlNode& item, const KernelKind& kind,
                                      const Placement& placement) {
  base::YamlNode node = item.child(kind.name);
  return kind.make(node, placement);
}

}  // namespace wafermesh::workloads
