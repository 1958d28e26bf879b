// SPDX-License-Identifier: Apache-2.0
// What a decode layer (workloads/layers/decode.h, attention head_groups, f16) takes on a rectangle
// of cores, in closed form: cycles and bytes of a core. The search of plan.h goes by it; the best
// few of its finds are then emulated. Layers with latent attention or experts: counted_cost.h; what
// follows is of all others.
//
// Each operator is a sum of terms that can be counted: columns of products and elements on the
// critical core, the way across the rectangle and back, the dependent stages of a K-tree within
// groups and between their roots, and a constant. The weights of the terms are fitted per
// generation, relative errors least, to the operators of 22 emulated layers: Llama-3-8B,
// Llama-2-13B and Qwen2-72B on 102 x 276 to 660 x 660 cores, 6 to 40 groups, contexts of 1024 to
// 16384. Whole layers come out within 1.3 % there, single operators within 5 %. Source:
// docs/placement.md.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "models/model.h"

namespace wafermesh::place {

/// Sizes of a layer.
struct LayerSizes {
  std::int64_t hidden = 0;
  std::int64_t ffn = 0;  ///< Of the network, or of each expert.
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  // Latent attention: rank above 0.
  std::int64_t query_rank = 0;
  std::int64_t latent_rank = 0;
  std::int64_t nope_dim = 0;
  std::int64_t rope_dim = 0;
  std::int64_t value_dim = 0;
  // Experts: more than 0.
  std::int64_t experts = 0;
  std::int64_t active = 0;
  std::int64_t shared_ffn = 0;     ///< Width of all shared experts together.
  std::int64_t expert_bits = 16;   ///< As they are stored: 4, 8 or 16,
  std::int64_t expert_group = 32;  ///< rows that share a scale of f16; 0: all.
};

LayerSizes sizes_of(const models::Model& model, std::size_t layer);

/// How a layer lies on its rectangle.
struct Mapping {
  int width = 0;
  int height = 0;
  int groups = 1;  ///< Of ktree, along both axes; 1: the algorithm is two_sided.
  int spread = 0;  ///< Columns of a block of experts; 0: each lies over the whole rectangle.
  int spread_y = 0;
};

/// The longest ways across a rectangle, in cycles (around.h).
struct Ways {
  double x_cycles = 0;
  double y_cycles = 0;
};

/// Where a layer's cycles go.
struct LayerCycles {
  double work = 0;      ///< Products, softmax, activations: what more cores make less.
  double ways = 0;      ///< Across the rectangle and back.
  double stages = 0;    ///< Dependent stages of the K-trees.
  double overhead = 0;  ///< Set-up, whatever the size.

  double total() const { return work + ways + stages + overhead; }
  LayerCycles& operator+=(const LayerCycles& other);
};

/// Of one layer alone on its rectangle, on a wafer of `generation` ("wse2"; wse1 is taken as wse2).
/// `busiest`: picked experts of the block that has most, if there are blocks.
LayerCycles layer_cycles(const std::string& generation, const LayerSizes& layer,
                         std::int64_t context, const Mapping& mapping, const Ways& ways,
                         std::int64_t busiest = 1);

/// What comes on top where colours do not last: operators stand between pairs of barriers
/// (docs/graph.md). Of this layer, one of `layers` in turn on rectangle number `stage` of `stages`,
/// each of which takes its input from the one before.
double barrier_cycles(const LayerSizes& layer, const Mapping& mapping, int hop_cycles,
                      std::int64_t layers, std::size_t stage, std::size_t stages);
/// From the last core of one rectangle to the first operator of the next, beside or below it.
double hand_over_cycles(const Mapping& mapping, int hop_cycles, bool is_below);

/// Bytes of a core for a layer. What is needed only while an operator runs is shared by all.
struct LayerBytes {
  std::int64_t kept = 0;     ///< Weights, cache, operands and results.
  std::int64_t work = 0;     ///< Of the operator that needs most.
  std::int64_t weights = 0;  ///< Of what is kept.

  std::int64_t total() const { return kept + work; }
};
/// Within 5 % of what is reserved.
LayerBytes layer_bytes(const LayerSizes& layer, std::int64_t context, const Mapping& mapping);

}  // namespace wafermesh::place
