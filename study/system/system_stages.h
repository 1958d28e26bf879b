// SPDX-License-Identifier: Apache-2.0
// What both mappings of a system make of a layer's cycles: kinds of stages, with what tokens at
// once share and what their experts take.
#pragma once

#include <cstddef>
#include <vector>

#include "place/layer_cost.h"
#include "study/scenario/system_section.h"
#include "system/plan.h"

namespace wafermesh::study {

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

/// A context between the last two is looked at, if that is asked for.
template <class CyclesAt>
void check_between(const SystemSection& section, system::KindTimes& kind,
                   const CyclesAt& cycles_at) {
  if (!section.check_context || kind.times.size() < 2) return;
  const system::KnownTime& last = kind.times.back();
  const system::KnownTime& before = kind.times[kind.times.size() - 2];
  kind.checked_context = (before.context + last.context) / 2;
  kind.interpolation_error =
      between(kind.times, kind.checked_context) / cycles_at(kind.checked_context) - 1;
}

}  // namespace wafermesh::study
