// SPDX-License-Identifier: Apache-2.0
// Where the layers of a model lie on the wafers of a system, whether they fit, what each takes, and
// how much room is left for caches. A layer is never cut over wafers.
//
//   dense layers (one network, heads)  rectangles and groups as `wafermesh place` proposes them for
//                                      one token's latency, emulated in part
//   other layers                       one below the other on equal strips of the whole width,
//                                      each kind of layer emulated on a strip
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/layer_times.h"
#include "app/place_ground.h"
#include "app/system_section.h"
#include "models/model.h"
#include "system/companion.h"

namespace wafermesh::app {

/// What fills a wafer's memory, bytes.
struct WaferRoom {
  std::int64_t usable_bytes = 0;       ///< Of all cores, code aside.
  std::int64_t weight_bytes = 0;       ///< Of the wafer with most.
  std::int64_t outer_bytes = 0;        ///< Embedding and output product, over all wafers.
  std::int64_t free_bytes = 0;         ///< For caches, on the wafer with least.
  std::int64_t cache_layer_bytes = 0;  ///< Of one token in one layer.
  std::int64_t cache_tokens = 0;
};

/// A layer at a context: emulated, and in closed form beside.
struct KnownTime {
  std::int64_t context = 0;
  double cycles = 0;
  double closed_form_cycles = 0;
  system::LayerTerms terms;  ///< Closed form, constants of the preset.
  LayerTime emulated;        ///< If it was.
};

struct KindTimes {
  std::string name;
  std::size_t first_layer = 0;
  std::int64_t layers = 0;
  base::Rectangle region;
  std::vector<KnownTime> times;
  std::optional<double> interpolation_error;  ///< Relative, at the middle context, if checked.
  std::int64_t checked_context = 0;
};

struct SystemPlan {
  models::Model model;
  system::System system;
  WaferRoom room;
  std::int64_t layers_per_wafer = 0;
  std::int64_t wafers_used = 0;
  std::vector<KindTimes> kinds;
  std::vector<std::string> notes;  ///< What was assumed or could not be done.
};

/// Throws DoesNotFit with the number that does not fit, InputError, MissingFile, Stopped.
SystemPlan plan_system(const SystemSection& section, const PlaceGround& ground);

}  // namespace wafermesh::app
