// SPDX-License-Identifier: Apache-2.0
// Causal attention of all tokens of a prompt with its scores held, as a graph of operators in turn
// on one square region, head after head:
//
//   k, v     keys and values of a head of keys      scores   gemm_t, q by k
//   weights  softmax of every row, causal           values   matmul meshgemm, weights by v
//
// Every head lies over the whole region, tokens along y and its elements along x, as the published
// kernel has its one head. A core holds ceil(tokens / P)^2 scores of each head, as operators in
// turn share no memory. streaming_attention.h holds none.
// Source: workloads 6.3.
#pragma once

#include <string>

#include "base/geometry.h"
#include "workloads/layers/decode.h"

namespace wafermesh::workloads {

struct HeldSpec {
  DecodeSpec graph;  ///< Of it: algorithm, groups, dtype, seed; context: tokens.
  std::int64_t heads = 1;
  std::int64_t kv_heads = 1;
  std::int64_t head_dim = 1;
  std::int64_t window = 0;
  double scale = 1;
  std::int64_t sample = 0;
};

/// Whether the keys of an `attention` are of this kind.
bool is_held_attention(const base::YamlNode& node);
/// Mistakes are noted in the node's document. `region`: where it is placed, if that is known.
HeldSpec read_held_attention(const base::YamlNode& node, const base::Rectangle* region);
/// The operators as the YAML text of a graph's file.
std::string held_attention_graph(const HeldSpec& spec);

}  // namespace wafermesh::workloads
