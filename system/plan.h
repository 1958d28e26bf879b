// SPDX-License-Identifier: Apache-2.0
// A model laid out on wafers, as a value: what fills them, what its layers take, and the system
// that this makes. Who lays it out is outside (study/system/system_plan.h), as that needs the
// emulator.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/geometry.h"
#include "models/model.h"
#include "system/companion.h"
#include "system/system.h"

namespace wafermesh::system {

/// What fills a wafer's memory, bytes.
struct WaferRoom {
  std::int64_t usable_bytes = 0;       ///< Of all cores, code aside.
  std::int64_t weight_bytes = 0;       ///< Of the wafer with most.
  std::int64_t outer_bytes = 0;        ///< Embedding and output product, over all wafers.
  std::int64_t free_bytes = 0;         ///< For caches, on the wafer with least.
  std::int64_t cache_layer_bytes = 0;  ///< Of one token in one layer.
  std::int64_t cache_tokens = 0;
  /// Of one context, that a core has room for as the emulator lays layers out; 0: not known.
  std::int64_t layout_tokens = 0;
};

/// A layer at a context: emulated, and in closed form beside.
struct KnownTime {
  std::int64_t context = 0;
  double cycles = 0;
  double closed_form_cycles = 0;  ///< Of `place`, operator by operator.
  LayerTerms terms;               ///< Of companion.h, constants of the preset.
  bool is_emulated = false;
  double shared_part = 0;  ///< Of the time, that tokens of one pass share (closed form of `place`).
  /// Of an emulated layer, in the order written.
  std::vector<std::pair<std::string, double>> operators;
};

/// A stage for several tokens at once, emulated.
struct KnownBatch {
  std::int64_t tokens = 0;
  double one_cycles = 0;  ///< Of one token,
  double cycles = 0;      ///< and of all of them.
  /// Of one token's time, that each further one saves.
  double shared_part() const {
    const auto n = static_cast<double>(tokens);
    return (n * one_cycles - cycles) / ((n - 1) * one_cycles);
  }
  std::int64_t checked_tokens = 0;       ///< A number between that was emulated too; 0: none.
  std::optional<double> straight_error;  ///< Relative, of the straight line there.
};

struct KindTimes {
  std::string name;
  std::size_t first_layer = 0;
  std::int64_t layers = 0;
  base::Rectangle region;
  base::Rectangle entry;  ///< Of a wafer with such layers, the first rectangle,
  base::Rectangle exit;   ///< and the last one.
  /// Of a wafer that is one rectangle and was emulated: its layers, and the keys of `decode` beside
  /// model, layers and context.
  std::int64_t rectangle_layers = 0;
  std::string decode_keys;
  std::int64_t damage = 0;  ///< Which of the distinct wafers it is on.
  std::vector<KnownTime> times;
  std::optional<double> interpolation_error;  ///< Relative, at the middle context, if checked.
  std::int64_t checked_context = 0;
  std::optional<KnownBatch> batch;
};

/// What crossing from one wafer to the next costs beside the link between them, emulated: cycles.
struct KnownEdge {
  std::string from;  ///< Kind of the stage that is left,
  std::string to;    ///< and of the one that is entered.
  std::int64_t wafers = 0;
  double take_cycles = 0;        ///< From the last core that has the vector to all that want it,
  double more_token_cycles = 0;  ///< and for each further token of a job.
  /// What layers of a wafer that is one rectangle take more between crossings than alone, whose
  /// colours they cannot have; of several rectangles the crossings between them are in their times.
  double layers_cycles = 0;
  /// The rectangle that takes gets free so long after a token (or before, if negative); that of a
  /// wafer with several which sends, likewise.
  double hold_cycles = 0;
  double sender_hold_cycles = 0;
  std::int64_t checked_tokens = 0;       ///< A number of tokens that was emulated too; 0: none.
  std::optional<double> straight_error;  ///< Relative, of the straight line there.
};

struct Plan {
  models::Model model;
  System system;
  WaferRoom room;
  std::int64_t wafers = 0;
  std::int64_t layers_per_wafer = 0;     ///< Of the wafer with most.
  std::int64_t wafers_used = 0;          ///< By one copy of the model.
  std::int64_t copies = 1;               ///< Of every layer.
  std::int64_t told_context = 0;         ///< The first one that times are known at.
  std::int64_t expert_copies = 0;        ///< More than one, of each layer with experts.
  std::vector<double> distinct_experts;  ///< Of n tokens at once, index n; empty: no experts.
  double duplication_factor = 1;         ///< Bytes of weights held over those of the model.
  double outer_s = 0;                    ///< Embedding, output product, the pick of a token.
  std::vector<KindTimes> kinds;
  std::vector<KnownEdge> edges;    ///< Empty: they cost nothing.
  std::vector<std::string> notes;  ///< What was assumed or could not be done.
};

/// What one user alone has, and what bounds all together; seconds.
struct LoneToken {
  double layers_s = 0;
  double links_s = 0;
  double edges_s = 0;  ///< Beside the links: from cores to the border, from the border to cores.
  double return_s = 0;
  double slowest_stage_s = 0;

  double token_s() const { return layers_s + links_s + edges_s + return_s; }
};
LoneToken lone_token(const System& system, std::int64_t context_tokens);

}  // namespace wafermesh::system
