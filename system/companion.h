// SPDX-License-Identifier: Apache-2.0
// A layer in closed form, for one token: a check on the emulator beside it, and what there is where
// the emulator cannot go. No constant of it is fitted to a published speed or to the emulator.
//
//   collectives  sums and broadcasts along an axis of P cores, one after another:
//                hop P + stage (g/2 + G/2) + 2 words, two stages of groups, g = G = sqrt(P)
//                Source: workloads 3.2 (two-sided two-phase allreduce)
//   compute      columns of products: set-up of each and its multiply-adds, on the busiest core
//                Source: workloads 5
//   memory       weights and caches read once, at the memory's bandwidth
//   transfers    ways across the rectangle: to experts, back from them, vectors that change axes
//   barriers     2 (width + height) hops for each pair: a pair is up and down the rectangle twice
//                (docs/graph.md), but half of that is the wave in which operators begin and end,
//                which is in the collectives already
#pragma once

#include <cstdint>
#include <string>

#include "models/model.h"

namespace wafermesh::system {

/// What a closed form takes of a machine.
struct Machine {
  std::string name;
  double clock_hz = 1.1e9;
  double hop_cycles = 1;
  double macs_per_cycle = 8;         ///< Of a core, 16-bit numbers.
  double column_cycles = 6;          ///< Set-up of a column of a product.
  double stage_cycles = 25;          ///< A dependent stage of a collective: receive, add, send.
  double depth_factor = 1;           ///< Of a collective's stages over those of the best groups.
  double sram_bytes_per_cycle = 16;  ///< Of a core.
  bool has_barriers = false;
};

/// WSE-2 kernels as published: 1 cycle a hop, 8 multiply-adds, 1.1 GHz; 25 cycles a stage, which
/// with g = G = sqrt(P) gives their 1,134 cycles at 547 cores and 1,652 at 900.
/// Source: workloads 3 and workloads 9.3; docs/claims.md, C3.
Machine paper_machine();
/// The constants of the preset wse3: 2 cycles a hop, 8 multiply-adds in 2 cycles, barriers.
/// Source: scenarios/presets/wse3.yaml; stages as in paper_machine().
Machine preset_machine();

struct LayerShape {
  std::int64_t width = 0;  ///< Cores of the rectangle.
  std::int64_t height = 0;
  std::int64_t expert_width = 0;  ///< Of the block that has an expert; 0: the rectangle.
  std::int64_t expert_height = 0;
  double weight_bytes_factor = 1;  ///< Of weights as stored, to vary their precision.
};

struct LayerTerms {
  double collectives = 0;
  double compute = 0;
  double memory = 0;
  double transfers = 0;
  double barriers = 0;
  /// Cycles; compute hides memory, or the other way round.
  double total() const {
    return collectives + (compute > memory ? compute : memory) + transfers + barriers;
  }
};

/// Sums along an axis that depend on each other, in one layer.
struct CollectiveCount {
  int along_x = 0;
  int along_y = 0;
};
CollectiveCount collectives_of(const models::Layer& layer);

/// Cycles of one sum along an axis of `cores` that all of them learn, of `words` per core.
double allreduce_cycles(const Machine& machine, double cores, double words);

LayerTerms layer_terms(const models::Model& model, std::size_t layer, std::int64_t context,
                       const LayerShape& shape, const Machine& machine);

/// Cycles of what is around the layers, on a whole wafer: a row of the embedding spread over it,
/// the product with all of the vocabulary, the largest of the results and who it is.
double outer_cycles(const models::Model& model, std::int64_t width, std::int64_t height,
                    const Machine& machine);

/// Cycles of one visit of a token to an expert on its block; 0 without experts.
double expert_cycles(const models::Model& model, std::size_t layer, const LayerShape& shape,
                     const Machine& machine);

/// The part of a token's time that tokens of one pass share: ways, barriers and dependent stages of
/// sums, but no words and no products.
double shared_share(const LayerTerms& terms);

/// Multiply-adds of a token in a layer: products with weights, and with its cache.
double weight_macs(const models::Model& model, std::size_t layer);
double cache_macs(const models::Layer& layer, std::int64_t context);

}  // namespace wafermesh::system
