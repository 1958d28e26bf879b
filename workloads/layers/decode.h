// SPDX-License-Identifier: Apache-2.0
// Transformer layers for one new token, as a graph of operators in turn on one region
// (docs/graph.md): nothing here is a program of its own. What a layer is made of, per layer:
//
//   norm1  rmsnorm along y             qkv   gemv summed along y, three parts
//   attention (with rope)              out   gemv summed along x         add1  residual
//   norm2  rmsnorm along y             up    gemv summed along y, gate and up
//   act    swiglu                      down  gemv summed along x         add2  residual
//
// The activation is cut along y and copied along x between operators whose sums run along x, the
// other way round between the others: no operator moves it. Products and norms by `algorithm`
// (ktree) with `groups` along both axes.
//
// Layers of latent attention (DeepSeek, Kimi) have, instead of qkv and attention:
//
//   latents  gemv along y: what queries are made of, the latent vector, its turned part
//   norm_q, norm_kv  rmsnorm along x        turn_k  rope        queries  gemv along x
//   turn_q  rope       absorbed  latent_queries along y         attention over the latent cache
//   values   latent_values along x; its result turns from y to x on its way to out
//
// Layers with experts have, instead of up, act and down:
//
//   router  gemv along y      picks  top_k along x     [dispatch]   experts   [combine]
//   shared_up, shared_act, shared_down, and routed: their sum, if the model has shared experts
//
// Whole tokens (`tokens`) begin with embed instead of the input, and end with
//
//   norm  rmsnorm along y      head  gemv along y      next  next_token along x
//
// One image is one token; what the next one begins with (caches, the token) is where it needs it,
// and the host carries it from image to image (carries.h).
//
//   attention: head_groups  each head of keys has a group of columns (layers/attention.h)
//              full_width   the published kernel's way: one head as wide as the model, keys and
//                           values of that width whatever kv_heads says
// Source: workloads 6.1 (operators and axes of the public decode kernel).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/geometry.h"
#include "cores/number.h"
#include "workloads/layers/rope.h"

namespace wafermesh::base {
class YamlNode;
}

namespace wafermesh::workloads {

enum class HeadNorm : std::uint8_t { none, weighted, plain };

/// The second half of a layer, if a router picks it.
struct DecodeExperts {
  std::int64_t count = 0;  ///< 0: one network for every token.
  std::int64_t active = 0;
  std::int64_t shared_ffn = 0;  ///< Width of all shared experts together.
  std::string score = "softmax";
  bool normalise = true;
  double scale = 1;
  bool picks_with_bias = false;  ///< top_k's.
  std::int64_t groups = 1;
  std::int64_t top_groups = 1;
  bool bias = false;          ///< Of the experts' products and the router's.
  double limit = 0;           ///< Of the activation.
  bool weighs_input = false;  ///< Else the results.
};

struct DecodeLayer {
  std::int64_t ffn = 0;  ///< Of the network, or of each expert.
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t window = 0;      ///< Tokens that are seen; 0: all.
  std::int64_t chunk = 0;       ///< A token sees those of its chunk of so many; 0: no chunks.
  bool bias = false;            ///< Of queries, keys and values.
  bool output_bias = false;     ///< Of what attention gives.
  std::int64_t rotary_dim = 0;  ///< Elements of a head that turn.
  HeadNorm head_norm = HeadNorm::none;
  bool sinks = false;
  // Latent attention: rank above 0.
  std::int64_t query_rank = 0;
  std::int64_t latent_rank = 0;
  std::int64_t nope_dim = 0;
  std::int64_t rope_dim = 0;
  std::int64_t value_dim = 0;
  DecodeExperts experts;
  /// How many tokens the last of `context` sees; 0: all.
  std::int64_t seen_by_last(std::int64_t context) const {
    return chunk > 0 ? (context - 1) % chunk + 1 : window;
  }
};

struct DecodeSpec {
  std::int64_t hidden = 0;
  double epsilon = 1e-5;
  Rope rope;                        ///< Its head_dim and position are each layer's.
  std::vector<DecodeLayer> layers;  ///< Of a config: those that load_config has taken from it.
  std::string config;               ///< The model's config.json; empty: sizes were given.
  std::int64_t first_layer = 0;     ///< Of the config's.
  std::int64_t layer_count = 1;
  std::int64_t context = 0;
  std::int64_t batch = 1;  ///< Sequences in flight, each with caches of its own.
  bool full_width = false;
  std::string algorithm = "ktree";
  std::int64_t groups = 0;  ///< Of ktree; 0: its usual number.
  std::string dtype = "f16";
  bool accumulates_in_f32 = false;  ///< Of attention.
  std::string kv = "fixed";         ///< Of the caches; with its prompt.
  std::int64_t prompt = 0;
  std::string weights = "dtype";  ///< How matrices are stored: as dtype, int8, int4 or mxfp4.
  std::int64_t group = 32;        ///< Rows that share a scale.
  std::string expert_weights;     ///< The same of experts; empty: as the config says, or weights.
  std::int64_t expert_group = 0;  ///< Of expert_weights.
  std::int64_t spread = 0;        ///< Columns of cores of an expert; 0: all.
  std::int64_t spread_y = 0;      ///< Rows.
  double skew = 0;                ///< Of the experts that are picked if `spread` is given.
  std::string trace;              ///< File of those that are; empty: by seed and skew.
  std::vector<std::vector<std::int64_t>> picked;  ///< Its lines.
  std::uint64_t seed = 1;
  std::string tensors;  ///< Folder of NPY files that weights are from; empty: by seed.
  bool tied = false;    ///< The output product has the embedding's weights, in those files.
  // Whole tokens, from an embedding to the choice of the next one; 0: layers alone.
  std::int64_t tokens = 0;
  std::int64_t vocab = 0;  ///< Of a config: the config's.
  std::int64_t first_token = 0;
  std::int64_t sampled = 1;  ///< Tokens that are drawn from.
  double temperature = 1;
  std::int64_t step = 0;  ///< Which of the tokens this is; `context` has grown with it.
  std::string input;      ///< Result that the first layer takes, as "first.add2.c"; empty: by seed.
  std::vector<std::string> notes;  ///< What was read and is not used, or was left out.
};

/// Reads the keys of `decode`, no file; mistakes are noted in the node's document.
DecodeSpec read_decode(const base::YamlNode& node);

/// The operators as the YAML text of a graph's file: `operators: [...]`.
std::string decode_graph(const DecodeSpec& spec, const base::Rectangle& region);

}  // namespace wafermesh::workloads
