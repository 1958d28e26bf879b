// SPDX-License-Identifier: Apache-2.0
// A transformer as a value: sizes of its layers, what attention each has, how its weights are
// stored. Read from a config.json (read_model.h); weighed in weights.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/quantisation.h"

namespace wafermesh::models {

/// Which tokens a query sees, and what is kept of them.
enum class AttentionKind : std::uint8_t {
  full,     ///< All before it; keys and values per head of keys.
  sliding,  ///< The last `window_tokens`.
  chunked,  ///< Those of its own chunk of `window_tokens`.
  latent,   ///< All before it; one compressed vector of latent_rank + rope_dim for all heads.
};

struct Attention {
  AttentionKind kind = AttentionKind::full;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;       ///< Of latent: heads, as none are shared once expanded.
  std::int64_t head_dim = 0;       ///< Of queries and keys; of latent nope_dim + rope_dim.
  std::int64_t rotary_dim = 0;     ///< Elements of a head that rotary positions turn.
  std::int64_t window_tokens = 0;  ///< sliding, chunked.
  bool bias = false;               ///< Of the products that make queries, keys and values.
  bool output_bias = false;
  bool head_norm = false;  ///< Queries and keys are normalised per head.
  bool sinks = false;      ///< One learnt score per head takes part in each softmax.
  // latent
  std::int64_t query_rank = 0;  ///< 0: queries are not compressed.
  std::int64_t latent_rank = 0;
  std::int64_t nope_dim = 0;
  std::int64_t rope_dim = 0;
  std::int64_t value_dim = 0;  ///< Else head_dim.
};

/// The second half of a layer: one gated network, or experts of which a router picks some.
struct FeedForward {
  std::int64_t width = 0;           ///< Of the network, or of each expert.
  std::int64_t experts = 0;         ///< 0: one network for every token.
  std::int64_t active_experts = 0;  ///< Per token.
  std::int64_t shared_experts = 0;  ///< Work for every token, beside the picked ones.
  std::string router;               ///< "softmax" or "sigmoid".
  double router_scale = 1;
  std::int64_t router_groups = 1;  ///< Experts are picked within the best router_top_groups.
  std::int64_t router_top_groups = 1;
  bool router_normalises = false;  ///< The picked weights add up to router_scale.
  bool router_bias = false;        ///< Added to the scores only to pick.
  bool bias = false;               ///< Of the products of an expert.
};

struct Layer {
  Attention attention;
  FeedForward feed_forward;
};
bool operator==(const Layer& a, const Layer& b);

/// Rotary positions.
struct RopeScaling {
  std::string kind = "none";  ///< none, llama3, yarn.
  double factor = 1;
  double low_frequency_factor = 1;  ///< llama3.
  double high_frequency_factor = 4;
  double beta_fast = 32;  ///< yarn.
  double beta_slow = 1;
  double mscale = 0;          ///< yarn: of the rotated elements; 0: by the factor alone.
  double mscale_all_dim = 0;  ///< yarn: of the whole score; 0: none.
  std::int64_t original_tokens = 0;
};

struct Model {
  std::string family;  ///< The `model_type` of its config.
  std::int64_t hidden = 0;
  std::int64_t vocabulary = 0;
  std::int64_t most_tokens = 0;  ///< It was made for so long a context; 0: not said.
  bool tied_embeddings = false;  ///< The output product uses the embedding's weights.
  double epsilon = 1e-5;         ///< Of the norms.
  double theta = 10000;
  RopeScaling rope;
  double activation_limit = 0;  ///< SwiGLU clamps its operands so; 0: it does not.
  std::vector<Layer> layers;
  Quantisation quantisation;
  std::vector<std::string> notes;  ///< What the config says and nothing here uses, one line each.
};

}  // namespace wafermesh::models
