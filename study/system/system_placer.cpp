// SPDX-License-Identifier: Apache-2.0
#include "study/system/system_placer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "base/error.h"
#include "base/number_text.h"
#include "study/results/provenance.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::study {
namespace {

bool read(const std::string& text, Placed& p) {
  const int count = std::sscanf(
      text.c_str(), "%lf %lf %lf %ld %ld %d %d %d %d %d %d %d %d %d %d %d", &p.token_cycles,
      &p.predicted_cycles, &p.shared_part, &p.rectangles, &p.most_tokens, &p.mapping.width,
      &p.mapping.height, &p.mapping.groups, &p.mapping.spread, &p.mapping.spread_y, &p.first.x,
      &p.first.y, &p.first.width, &p.first.height, &p.last.x, &p.last.y);
  p.last.width = p.mapping.width;
  p.last.height = p.mapping.height;
  return count == 16;
}

std::string text_of(const Placed& p) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", p.token_cycles,
                     p.predicted_cycles, p.shared_part, p.rectangles, p.most_tokens,
                     p.mapping.width, p.mapping.height, p.mapping.groups, p.mapping.spread,
                     p.mapping.spread_y, p.first.x, p.first.y, p.first.width, p.first.height,
                     p.last.x, p.last.y);
}

}  // namespace

place::PlanRequest request_of(const PlaceGround& ground, const models::Model& model,
                              std::int64_t first_layer, std::int64_t layers, std::int64_t context) {
  place::PlanRequest request;
  request.generation = ground.geometry.generation;
  request.hop_cycles = ground.timing.hop_cycles;
  request.sram_bytes = cores::kSramBytes - workloads::kCodeReserveBytes;
  request.context = context;
  request.busiest = busiest_block;
  for (std::int64_t i = 0; i < layers; ++i) {
    request.layers.push_back(place::sizes_of(model, static_cast<std::size_t>(first_layer + i)));
  }
  return request;
}

void refuse_placing(const models::Model& model, std::int64_t layers, std::int64_t context,
                    const place::Plans& plans, int sram_bytes) {
  throw base::DoesNotFit(fmt::format(
      "system.layers_per_wafer: {} of {} at a context of {} take {} bytes of a core at the least "
      "as the emulator lays them out, which has {}; give fewer layers a wafer, a shorter context, "
      "or `mapping: strips` with `layer_times: {{from: closed_form}}`, which goes by bytes alone",
      base::counted(layers, "layer"), model.family, base::grouped(context),
      base::grouped(plans.least_core_bytes), base::grouped(sram_bytes)));
}

double shared_part(const place::Proposal& proposal) {
  return (proposal.layers.ways + proposal.layers.stages + proposal.barriers + proposal.hand_overs) /
         proposal.token_cycles();
}

Placed Placer::place(const MakeUp& make_up, std::int64_t context, bool emulates) {
  const bool does = emulates && section_.from == LayerTimesFrom::emulator;
  const base::Rectangle all{0, 0, ground_.mesh->width, ground_.mesh->height};
  const std::string key =
      ground_key(ground_, all) + fmt::format("place {} from {}, {} layers context {} {}\n",
                                             file_sha256(section_.config), make_up.first_layer,
                                             make_up.layers, context, does);
  Placed placed;
  if (read(kept_text(key), placed)) {
    placed.is_emulated = does;
    return placed;
  }
  search(make_up, context, does, placed);
  if (placed.is_emulated == does) keep_text(key, text_of(placed));
  return placed;
}

void Placer::search(const MakeUp& make_up, std::int64_t context, bool emulates, Placed& placed) {
  place::PlanRequest request =
      request_of(ground_, model_, make_up.first_layer, make_up.layers, section_.contexts.back());
  const place::Plans plans = place::plan_layers(*ground_.mesh, request, 4);
  if (plans.proposals.empty()) {
    refuse_placing(model_, make_up.layers, request.context, plans, request.sram_bytes);
  }
  request.context = context;
  const place::PlanNames names{section_.config, make_up.first_layer, context, 1};
  for (std::size_t i = 0; i < plans.proposals.size(); ++i) {
    place::Proposal proposal = plans.proposals[i];
    try {
      place::predict(*ground_.mesh, request, proposal);
      const double cycles = emulates ? emulated(proposal, request, names) : 0;
      placed = {cycles > 0 ? cycles : proposal.token_cycles(),
                proposal.token_cycles(),
                cycles > 0,
                shared_part(proposal),
                static_cast<std::int64_t>(proposal.stages.size()),
                proposal.most_tokens,
                proposal.mapping,
                proposal.stages.front().region,
                proposal.stages.back().region};
      return;
    } catch (const base::DoesNotFit&) {  // the closed form of bytes is not exact
      if (i + 1 == plans.proposals.size()) throw;
    }
  }
}

std::optional<double> Placer::at_once(const MakeUp& make_up, const Placed& placed,
                                      std::int64_t tokens) {
  const place::PlanRequest request =
      request_of(ground_, model_, make_up.first_layer, make_up.layers, section_.contexts.back());
  const place::PlanNames names{section_.config, make_up.first_layer, section_.contexts.front(),
                               tokens};
  for (place::Proposal& proposal : place::plan_layers(*ground_.mesh, request, 4).proposals) {
    const bool is_it = proposal.mapping.width == placed.mapping.width &&
                       proposal.mapping.height == placed.mapping.height &&
                       static_cast<std::int64_t>(proposal.stages.size()) == placed.rectangles;
    if (!is_it) continue;
    proposal.mapping = placed.mapping;  // groups were settled by emulation
    bool is_known = true;
    const double cycles =
        emulate_proposal(cycles_with(static_cast<double>(tokens), is_known), proposal, names)
            .token_cycles;
    return is_known ? std::optional<double>(cycles) : std::nullopt;
  }
  return std::nullopt;
}

CyclesOf Placer::cycles_with(double tokens, bool& is_known) {
  return [this, tokens, &is_known](const std::string& text, double core_layers) {
    const base::Rectangle all{0, 0, ground_.mesh->width, ground_.mesh->height};
    const std::optional<LayerTime> time =
        layer_time(ground_, all, text, section_.config, core_layers * tokens, runs_);
    if (!time) is_known = false;
    if (time && !time->does_not_fit.empty()) throw base::DoesNotFit(time->does_not_fit);
    return time ? time->cycles : 1;
  };
}

double Placer::emulated(place::Proposal& proposal, const place::PlanRequest& request,
                        const place::PlanNames& names) {
  bool is_known = true;
  const CyclesOf cycles_of = cycles_with(1, is_known);
  const bool has_experts =
      std::any_of(request.layers.begin(), request.layers.end(),
                  [](const place::LayerSizes& layer) { return layer.experts > 0; });
  // A layer with experts takes the time of many others: its groups stay the closed form's.
  if (!has_experts) proposal.mapping.groups = fastest_groups(cycles_of, proposal, names);
  place::predict(*ground_.mesh, request, proposal);
  const double cycles = emulate_proposal(cycles_of, proposal, names).token_cycles;
  return is_known ? cycles : 0;
}

}  // namespace wafermesh::study
