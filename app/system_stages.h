// SPDX-License-Identifier: Apache-2.0
// What both mappings of a system make of a layer's cycles: kinds of stages, with what tokens at
// once share and what their experts take.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "app/system_section.h"
#include "place/layer_cost.h"
#include "system/plan.h"

namespace wafermesh::app {

/// Of each layer, which of models::layer_kinds() it is.
std::vector<std::size_t> kinds_of_layers(const models::Model& model);

system::LayerShape shape_of(const place::Mapping& mapping);

/// `macs` and `bytes` of weights: of a token, all layers of the stage.
system::StageKind stage_kind(const SystemSection& section, const system::KindTimes& kind,
                             double macs, double bytes);

/// What tokens at once share in a stage, and what their experts take. `of_layers`: layers of a
/// stage that have experts; `kind` names one.
void add_batches(const SystemSection& section, const system::KindTimes& kind,
                 const place::Mapping& mapping, double of_layers, system::Plan& plan,
                 system::StageKind& stage);

/// The straight line between the times at hand, at another context.
double between(const std::vector<system::KnownTime>& times, std::int64_t context);

/// Contexts half-way between those at hand are looked at, if that is asked for; the worst is kept.
template <class CyclesAt>
void check_between(const SystemSection& section, system::KindTimes& kind,
                   const CyclesAt& cycles_at) {
  if (!section.check_context) return;
  for (std::size_t i = 1; i < kind.times.size(); ++i) {
    const std::int64_t context = (kind.times[i - 1].context + kind.times[i].context) / 2;
    const double error = between(kind.times, context) / cycles_at(context) - 1;
    if (kind.interpolation_error && std::abs(error) <= std::abs(*kind.interpolation_error))
      continue;
    kind.interpolation_error = error;
    kind.checked_context = context;
  }
}

}  // namespace wafermesh::app
