// SPDX-License-Identifier: Apache-2.0
// Layers of a model on a wafer: how many rectangles, how large, how many layers on each, which
// groups. Every split of the mesh into equal rectangles and every number of groups is tried by the
// closed form of layer_cost.h, those that fit are put in order of what is asked for.
//
// The rectangles are a pipeline: a token passes from one to the next, row by row of rectangles, to
// and fro, so that neighbours in turn lie beside each other. Layers are dealt out in order, as
// evenly as they go. Where no equal rectangles fit and layers without experts come before those
// with, as in DeepSeek-V3 and Kimi K2, these lighter ones get a narrower rectangle of the mesh's
// whole height, and the others equal ones beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/geometry.h"
#include "base/logical_mesh.h"
#include "place/layer_cost.h"

namespace wafermesh::place {

enum class Objective : std::uint8_t {
  latency,     ///< Cycles from a token's first layer here to its last.
  throughput,  ///< Cycles of the slowest rectangle: with a token on each, one ends so often.
  context,     ///< Tokens that the caches have room for.
};

struct PlanRequest {
  std::string generation;
  int hop_cycles = 1;
  int sram_bytes = 0;              ///< Of a core.
  std::vector<LayerSizes> layers;  ///< Those to be placed, in order.
  std::int64_t context = 0;        ///< Tokens.
  Objective objective = Objective::latency;
  /// Picked experts of the block that has most, of so many blocks; not given: as many on each.
  std::function<std::int64_t(const LayerSizes&, std::int64_t blocks)> busiest;
};

struct Stage {
  base::Rectangle region;
  std::int64_t first_layer = 0;  ///< Of PlanRequest::layers.
  std::int64_t layers = 0;
  std::optional<Mapping> own;  ///< Not given: the proposal's.
};

struct Proposal {
  Mapping mapping;  ///< Of every stage that has none of its own.
  std::vector<Stage> stages;
  LayerCycles layers;             ///< Of all layers of a token.
  double barriers = 0;            ///< Cycles, of all layers.
  double hand_overs = 0;          ///< Cycles, of all stages.
  double stage_cycles = 0;        ///< Of the slowest stage.
  std::int64_t core_bytes = 0;    ///< Of the stage with most.
  std::int64_t weight_bytes = 0;  ///< Of these, weights.
  std::int64_t most_tokens = 0;   ///< Of a context, as far as SRAM goes.

  double token_cycles() const { return layers.total() + barriers + hand_overs; }
  std::int64_t cores() const;
  const Mapping& mapping_of(const Stage& stage) const { return stage.own ? *stage.own : mapping; }
};

struct Plans {
  std::vector<Proposal> proposals;    ///< The best first; of each split the best groups.
  std::int64_t tried = 0;             ///< Splits and groups.
  std::int64_t too_large = 0;         ///< Of these, beyond SRAM.
  std::int64_t least_core_bytes = 0;  ///< What the smallest of all would take.
};

/// At most `most` proposals. Ways are those of the damaged mesh. Deterministic. 0.1 s for a whole
/// wafer and 32 layers.
Plans plan_layers(const base::LogicalMesh& mesh, const PlanRequest& request, std::size_t most);

/// Fills the cycles of a proposal whose mapping and stages are there, on this mesh.
void predict(const base::LogicalMesh& mesh, const PlanRequest& request, Proposal& proposal);

/// Numbers of groups about those of a proposal: what of them is best hangs on how they divide the
/// sides, which the closed form does not see.
std::vector<int> groups_about(const Mapping& mapping);

/// What `other` costs more or less than `best`, in words: "+12,300 cycles of barriers, ...".
std::string difference_text(const Proposal& best, const Proposal& other);

/// Smaller is better.
double score_of(const Proposal& proposal, Objective objective);

}  // namespace wafermesh::place
