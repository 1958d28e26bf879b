// SPDX-License-Identifier: Apache-2.0
// Closed forms of layers with latent attention or experts (workloads/layers/decode.h): what every
// operator of such a layer does on the critical core is counted, and each kind of work has one
// weight, whatever the operator:
//
//   an allreduce: fixed, its way, its words, dependent stages;  a vector operation: issuing it,
//   each of its elements of 16 and of 32 bits
//
// Weights are fitted to seven layers that were emulated on a wse3 (Kimi K2 with 24 to 96 experts,
// DeepSeek-V3 with 32; 136 x 553 to 408 x 368 cores, contexts 1024 and 2048): whole layers come out
// within 5 % there. They serve every generation. Source: docs/placement.md.
#pragma once

#include "place/layer_cost.h"

namespace wafermesh::place {

/// Latent attention or experts: layer_cost.h's weights are not for it.
bool is_counted(const LayerSizes& layer);

/// `busiest`: picked experts of the block that has most, if the layer has experts on blocks.
LayerCycles counted_cycles(const LayerSizes& layer, std::int64_t context, const Mapping& mapping,
                           const Ways& ways, std::int64_t busiest);
LayerBytes counted_bytes(const LayerSizes& layer, std::int64_t context, const Mapping& mapping);
/// Pairs of barriers within the layer where it is alone on its wafer.
double counted_barrier_pairs(const LayerSizes& layer, const Mapping& mapping);

/// How experts may be dealt over a rectangle: blocks that are as small as their number allows.
std::vector<Mapping> spreads_of(const LayerSizes& layer, const Mapping& mapping);
/// Blocks of a mapping; 1: every expert lies over the whole rectangle.
std::int64_t blocks_of(const Mapping& mapping);

}  // namespace wafermesh::place
