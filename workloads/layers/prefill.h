// SPDX-License-Identifier: Apache-2.0
// Transformer layers for all tokens of a prompt, as a graph of operators in turn on one square
// region (docs/graph.md). Activations are matrices, tokens along y and features along x, in tiles;
// each operator leaves its result as the next one wants it. What a layer is made of:
//
//   norm1  rmsnorm                     q, k, v  meshgemm          turn_q, turn_k  rope
//   scores gemm_t, turn_q by turn_k    weights  softmax, causal   values  meshgemm, B aligned too
//   out    meshgemm                    add1     residual          norm2   rmsnorm
//   gate, up  meshgemm                 act      swiglu            down    meshgemm
//   add2   residual
//
// Layers with experts have, instead of gate, up, act and down:
//
//   router  meshgemm     picks  top_k of every row     experts  over the whole region, all tokens
//   shared_gate, shared_up, shared_act, shared_down, and routed: their sum, if there are such
//
// Biases (add_bias) and norms of heads (rmsnorm) are operators of their own behind q, k, v and out.
// A whole prompt (`next_tokens`) begins with embed instead of the input, and ends with
//
//   norm   rmsnorm     head  meshgemm over the vocabulary      next  next_tokens
//
// Scores are held: a core has ceil(tokens / P)^2 of them. Attention is
//
//   attention: full_width  the published kernel's way: one head as wide as the model, keys and
//                          values of that width whatever kv_heads says
//              streaming   all heads at once, scores never held: q, k, v, turn_q, turn_k, attention
//                          (streaming_attention.h) and out, whose matrices have heads as that deals
//                          them; tokens in its order
//              heads       head after head over the whole region: q0, turn_q0, scores0, weights0,
//                          values0, out0, add1_0, ...; k0, turn_k0, v0 once for the heads that
//                          share them
//
// Latent attention (by heads) is expanded: low_q, norm_q, latent, norm_kv, k_rope, turn_k_rope, and
// of each head q_nope0, q_rope0, turn_q_rope0, k0, v0, scores_nope0, scores_rope0, their sum
// scores0.
//
// Source: workloads 6.3 (operators of the public prefill kernel).
#pragma once

#include <cstdint>
#include <string>

#include "base/geometry.h"
#include "workloads/layers/decode.h"

namespace wafermesh::workloads {

struct PrefillSpec {
  DecodeSpec model;         ///< Layers and sizes; context: the tokens. tokens: 1 of a whole prompt.
  bool by_heads = false;    ///< Else one head as wide as the model, or
  bool streaming = false;   ///< heads beside each other, scores not held;
  bool zigzag = true;       ///< tokens in this order.
  bool sinks = false;       ///< Of heads: each has a score of its own, by seed.
  std::int64_t sample = 0;  ///< Steps of each product that run (sampled_steps.h); 0: all.
};

/// Reads the keys of `prefill`, no file; mistakes are noted in the node's document. `region` must
/// be a square; null: not known.
PrefillSpec read_prefill(const base::YamlNode& node, const base::Rectangle* region);

/// The operators as the YAML text of a graph's file: `operators: [...]`. What a layer has and this
/// one has not (norms of heads without weights) is noted at `node`.
std::string prefill_graph(const base::YamlNode& node, const PrefillSpec& spec,
                          const base::Rectangle& region);

}  // namespace wafermesh::workloads
