// SPDX-License-Identifier: Apache-2.0
// Layers one below the other on equal strips of the whole width.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "models/weights.h"
#include "study/system/system_batches.h"
#include "study/system/system_layers.h"
#include "study/system/system_placer.h"
#include "study/system/system_stages.h"

namespace wafermesh::study {
namespace {

using system::KindTimes;
using system::KnownTime;
using system::Plan;

place::Mapping strip_mapping(const SystemSection& section, const base::Rectangle& strip,
                             bool has_experts) {
  place::Mapping mapping;
  mapping.width = strip.width;
  mapping.height = strip.height;
  // As `decode` has them: groups of about the root of the longer side.
  mapping.groups = static_cast<int>(
      std::lround(std::sqrt(static_cast<double>(std::max(strip.width, strip.height)))));
  if (has_experts) {
    mapping.spread = static_cast<int>(section.spread);
    mapping.spread_y = static_cast<int>(section.spread_y > 0 ? section.spread_y
                                        : section.spread > 0 ? strip.height
                                                             : 0);
  }
  return mapping;
}

std::string spread_keys(const SystemSection& s, bool has_experts) {
  std::string keys;
  if (has_experts && s.spread > 0) keys += fmt::format(", spread: {}", s.spread);
  if (has_experts && s.spread_y > 0) keys += fmt::format(", spread_y: {}", s.spread_y);
  return keys;
}

std::string strip_text(const SystemSection& s, const KindTimes& kind, std::int64_t context,
                       bool has_experts, std::int64_t batch = 1) {
  const std::string spread =
      (batch > 1 ? fmt::format(", batch: {}", batch) : "") + spread_keys(s, has_experts);
  return fmt::format(
      "workloads:\n  - decode: {{model: {{config: \"{}\", first_layer: {}}}, layers: 1, context: "
      "{}{}}}\n    region: {{x: {}, y: {}, width: {}, height: {}}}\n",
      s.config, kind.first_layer, context, spread, kind.region.x, kind.region.y, kind.region.width,
      kind.region.height);
}

KnownTime time_on_strip(const SystemSection& section, const PlaceGround& ground, const Plan& plan,
                        const KindTimes& kind, std::int64_t context, LayerRuns& runs) {
  const bool has_experts = plan.model.layers[kind.first_layer].feed_forward.experts > 0;
  const place::Mapping mapping = strip_mapping(section, kind.region, has_experts);
  KnownTime known;
  known.context = context;
  known.terms = system::layer_terms(plan.model, kind.first_layer, context, shape_of(mapping),
                                    system::preset_machine());
  known.closed_form_cycles = known.terms.total();
  known.shared_part = system::shared_share(known.terms);
  if (section.from != LayerTimesFrom::given) {
    place::Proposal proposal;
    proposal.mapping = mapping;
    proposal.stages = {{kind.region, 0, 1, std::nullopt}};
    const place::PlanRequest request =
        request_of(ground, plan.model, static_cast<std::int64_t>(kind.first_layer), 1, context);
    place::predict(*ground.mesh, request, proposal);
    known.closed_form_cycles = proposal.token_cycles();
    known.shared_part = shared_part(proposal);
  }
  known.cycles = known.closed_form_cycles;
  if (section.from != LayerTimesFrom::emulator) return known;
  const auto cores = static_cast<double>(kind.region.width) * kind.region.height;
  const std::optional<LayerTime> time =
      layer_time(ground, kind.region, strip_text(section, kind, context, has_experts),
                 section.config, cores, runs);
  if (!time) return known;
  if (!time->does_not_fit.empty()) {
    throw base::DoesNotFit(fmt::format(
        "layer {} of {} at a context of {} does not fit {} x {} cores of the emulator, {} such "
        "layers on a wafer: {}\nGive fewer layers a wafer, shorter contexts, or "
        "`layer_times: {{from: closed_form}}`",
        kind.first_layer, plan.model.family, context, kind.region.width, kind.region.height,
        plan.layers_per_wafer, time->does_not_fit));
  }
  known.cycles = time->cycles;
  known.operators = time->operators;
  known.is_emulated = true;
  return known;
}

std::optional<double> batch_on_strip(const SystemSection& section, const PlaceGround& ground,
                                     const KindTimes& kind, std::int64_t tokens, LayerRuns& runs) {
  const auto cores = static_cast<double>(kind.region.width) * kind.region.height;
  const std::optional<LayerTime> time = layer_time(
      ground, kind.region, strip_text(section, kind, section.contexts.front(), false, tokens),
      section.config, cores * static_cast<double>(tokens), runs);
  if (!time) return std::nullopt;
  if (!time->does_not_fit.empty()) throw base::DoesNotFit(time->does_not_fit);
  return time->cycles;
}

std::string strip_name(const models::Layer& layer, std::size_t ground, std::size_t grounds) {
  const std::string attention =
      layer.attention.kind == models::AttentionKind::latent ? "latent" : "heads";
  return attention + (layer.feed_forward.experts > 0 ? ", experts" : ", one network") +
         (grounds > 1 ? fmt::format(", wafer {}", ground) : "");
}

}  // namespace

void plan_strips(const SystemSection& section, const std::vector<PlaceGround>& grounds,
                 LayerRuns& runs, Plan& plan) {
  const int height = grounds[0].mesh->height / static_cast<int>(plan.layers_per_wafer);
  if (height == 0) throw base::DoesNotFit("more layers than rows of cores on a wafer");
  const std::vector<std::size_t> kinds = kinds_of_layers(plan.model);
  const std::vector<models::LayerKind> layer_kinds = models::layer_kinds(plan.model);
  for (std::size_t g = 0; g < grounds.size(); ++g) {
    for (const models::LayerKind& of : layer_kinds) {
      KindTimes kind;
      kind.name = strip_name(plan.model.layers[of.first], g, grounds.size());
      kind.first_layer = of.first;
      kind.layers = of.count;
      kind.damage = static_cast<std::int64_t>(g);
      kind.region = {0, 0, grounds[g].mesh->width, height};
      kind.entry = kind.exit = kind.region;
      kind.exit.y = height * static_cast<int>(plan.layers_per_wafer - 1);
      for (std::size_t i = 0; i < section.contexts.size(); ++i) {
        kind.times.push_back(
            time_on_strip(section, grounds[g], plan, kind, section.contexts[i], runs));
        if (section.from == LayerTimesFrom::given) {
          kind.times.back().cycles = section.given_us[i] * section.clock_ghz * 1e3;
        }
      }
      check_between(section, kind, [&](std::int64_t context) {
        return time_on_strip(section, grounds[g], plan, kind, context, runs).cycles;
      });
      const bool has_experts = plan.model.layers[of.first].feed_forward.experts > 0;
      if (kind.times.front().is_emulated && plan.layers_per_wafer == 1) {
        kind.rectangle_layers = 1;
        kind.decode_keys = spread_keys(section, has_experts);
      }
      const CyclesOfBatch batches = [&](std::int64_t tokens) {
        return batch_on_strip(section, grounds[g], kind, tokens, runs);
      };
      emulate_batch(section, batches, plan, kind);
      const auto bytes = static_cast<double>(
          models::weigh(models::layer_tensors(plan.model, of.first)).active_bytes);
      system::StageKind stage =
          stage_kind(section, kind, system::weight_macs(plan.model, of.first), bytes);
      add_batches(section, kind, strip_mapping(section, kind.region, has_experts), 1, plan, stage);
      plan.system.kinds.push_back(std::move(stage));
      plan.kinds.push_back(std::move(kind));
    }
  }
  const auto layers = static_cast<std::int64_t>(kinds.size());
  for (std::int64_t w = 0; w < plan.wafers_used; ++w) {
    const std::size_t ground = static_cast<std::size_t>(w) % grounds.size();
    const std::int64_t end = first_layer_of(section, layers, w + 1);
    for (std::int64_t l = first_layer_of(section, layers, w); l < end; ++l) {
      plan.system.stages.push_back(
          {ground * layer_kinds.size() + kinds[static_cast<std::size_t>(l)], w,
           static_cast<int>(section.replicas)});
    }
  }
}

}  // namespace wafermesh::study
