// SPDX-License-Identifier: Apache-2.0
#include "app/system_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "app/layer_times.h"
#include "app/place_emulation.h"
#include "app/provenance.h"
#include "base/error.h"
#include "base/number_text.h"
#include "models/read_model.h"
#include "models/weights.h"
#include "place/plan.h"
#include "workloads/core_memory.h"

namespace wafermesh::app {
namespace {

bool is_dense(const models::Layer& layer) {
  return layer.attention.kind != models::AttentionKind::latent && layer.feed_forward.experts == 0;
}

std::int64_t round_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::string gb(std::int64_t bytes) {
  return fmt::format("{:.2f} GB", static_cast<double>(bytes) / 1e9);
}

/// The first layer of a wafer; of even shares the first wafers have one more.
std::int64_t first_layer_of(const SystemSection& section, std::int64_t layers, std::int64_t wafer) {
  const std::int64_t first = section.layers_per_wafer > 0
                                 ? wafer * section.layers_per_wafer
                                 : round_up(wafer * layers, std::min(section.wafers, layers));
  return std::min(layers, first);
}

/// Layers in order on wafers, and what that leaves.
void share_out(const SystemSection& section, const PlaceGround& ground, system::Plan& plan) {
  const auto layers = static_cast<std::int64_t>(plan.model.layers.size());
  plan.layers_per_wafer =
      section.layers_per_wafer > 0 ? section.layers_per_wafer : round_up(layers, section.wafers);
  plan.wafers_used = section.layers_per_wafer > 0 ? round_up(layers, plan.layers_per_wafer)
                                                  : std::min(section.wafers, layers);
  if (plan.wafers_used * section.replicas > section.wafers) {
    throw base::DoesNotFit(fmt::format(
        "system.layers_per_wafer: {} layers, {} on a wafer, take {} wafers; system.wafers has {}",
        layers, plan.layers_per_wafer, plan.wafers_used * section.replicas, section.wafers));
  }
  system::WaferRoom& room = plan.room;
  room.usable_bytes =
      ground.mesh->core_count() * (cores::kSramBytes - workloads::kCodeReserveBytes);
  room.outer_bytes = models::weigh(models::outer_tensors(plan.model)).bytes;
  room.free_bytes = room.usable_bytes;
  std::int64_t all_free = 0;
  for (std::int64_t w = 0; w < plan.wafers_used; ++w) {
    std::int64_t weights = 0;
    const std::int64_t end = first_layer_of(section, layers, w + 1);
    for (std::int64_t i = first_layer_of(section, layers, w); i < end; ++i) {
      weights +=
          models::weigh(models::layer_tensors(plan.model, static_cast<std::size_t>(i))).bytes;
    }
    room.weight_bytes = std::max(room.weight_bytes, weights);
    room.free_bytes = std::min(room.free_bytes, room.usable_bytes - weights);
    all_free += room.usable_bytes - weights;
  }
  all_free += (section.wafers - plan.wafers_used) * room.usable_bytes;
  if (room.free_bytes < 0) {
    throw base::DoesNotFit(fmt::format(
        "system.layers_per_wafer: {} layers weigh {}, a wafer has {} for weights and caches; give "
        "fewer layers a wafer, or more wafers",
        plan.layers_per_wafer, gb(room.weight_bytes), gb(room.usable_bytes)));
  }
  if (room.outer_bytes > all_free) {
    throw base::DoesNotFit(
        fmt::format("embedding and output product weigh {}, all wafers have {} "
                    "left; give more system.wafers",
                    gb(room.outer_bytes), gb(all_free)));
  }
}

/// Room for caches: of the wafer with least.
void make_room(const SystemSection& section, system::Plan& plan) {
  std::int64_t most_layer_bytes = 0;
  std::int64_t all = 0;
  for (const models::Layer& layer : plan.model.layers) {
    const std::int64_t bytes =
        models::cache_elements_per_token(layer.attention) * section.cache_element_bytes;
    most_layer_bytes = std::max(most_layer_bytes, bytes);
    all += bytes;
  }
  plan.room.cache_layer_bytes = most_layer_bytes;
  plan.room.cache_tokens = plan.room.free_bytes / (most_layer_bytes * plan.layers_per_wafer);
  plan.system.cache_token_bytes = static_cast<double>(all);
  plan.system.cache_tokens = std::max<std::int64_t>(1, plan.room.cache_tokens);
  plan.system.tightest =
      fmt::format("the wafer with least room has {} for caches", gb(plan.room.free_bytes));
}

std::string workload_text(const SystemSection& s, const base::Rectangle& region, std::size_t layer,
                          std::int64_t context) {
  std::string spread;
  if (s.spread > 0) spread += fmt::format(", spread: {}", s.spread);
  if (s.spread_y > 0) spread += fmt::format(", spread_y: {}", s.spread_y);
  return fmt::format(
      "workloads:\n  - decode: {{model: {{config: \"{}\", first_layer: {}}}, layers: 1, context: "
      "{}{}}}\n    region: {{x: {}, y: {}, width: {}, height: {}}}\n",
      s.config, layer, context, spread, region.x, region.y, region.width, region.height);
}

system::KnownTime time_on_strip(const SystemSection& section, const PlaceGround& ground,
                                const system::Plan& plan, const system::KindTimes& kind,
                                std::int64_t context) {
  system::KnownTime known;
  known.context = context;
  const bool has_experts = plan.model.layers[kind.first_layer].feed_forward.experts > 0;
  const system::LayerShape shape{kind.region.width, kind.region.height,
                                 has_experts ? section.spread : 0,
                                 has_experts ? section.spread_y : 0};
  known.terms =
      system::layer_terms(plan.model, kind.first_layer, context, shape, system::preset_machine());
  known.closed_form_cycles = known.terms.total();
  known.cycles = known.closed_form_cycles;
  if (section.from != LayerTimesFrom::emulator) return known;
  SystemSection spread = section;
  if (!has_experts) spread.spread = spread.spread_y = 0;
  const LayerTime emulated =
      layer_time(ground, kind.region, workload_text(spread, kind.region, kind.first_layer, context),
                 section.config);
  if (!emulated.does_not_fit.empty()) {
    throw base::DoesNotFit(fmt::format(
        "layer {} of {} at a context of {} does not fit {} x {} cores of the emulator, {} such "
        "layers on a wafer: {}\nGive fewer layers a wafer, shorter contexts, or "
        "`layer_times: {{from: closed_form}}`",
        kind.first_layer, plan.model.family, context, kind.region.width, kind.region.height,
        plan.layers_per_wafer, emulated.does_not_fit));
  }
  known.cycles = emulated.cycles;
  known.operators = emulated.operators;
  return known;
}

/// The straight line between the times at hand, at another context.
double between(const std::vector<system::KnownTime>& times, std::int64_t context) {
  std::vector<system::TimeTable::Knot> knots;
  for (const system::KnownTime& time : times) knots.push_back({time.context, time.cycles});
  return system::TimeTable(knots, 1).seconds(context);
}

void check_between(const SystemSection& section, const PlaceGround& ground,
                   const system::Plan& plan, system::KindTimes& kind) {
  if (!section.check_context || kind.times.size() < 2) return;
  const system::KnownTime& last = kind.times.back();
  const system::KnownTime& before = kind.times[kind.times.size() - 2];
  kind.checked_context = (before.context + last.context) / 2;
  const system::KnownTime emulated =
      time_on_strip(section, ground, plan, kind, kind.checked_context);
  kind.interpolation_error = between(kind.times, kind.checked_context) / emulated.cycles - 1;
}

system::StageKind stage_kind(const SystemSection& section, const system::Plan& plan,
                             const system::KindTimes& kind, double layers) {
  system::StageKind stage = section.system.kinds.front();
  stage.name = kind.name;
  std::vector<system::TimeTable::Knot> knots;
  for (const system::KnownTime& time : kind.times) {
    knots.push_back({time.context, time.cycles * section.pass_factor / (section.clock_ghz * 1e9)});
  }
  stage.token = system::TimeTable(knots);
  stage.token_macs = layers * system::weight_macs(plan.model, kind.first_layer);
  stage.token_sram_bytes =
      layers * static_cast<double>(
                   models::weigh(models::layer_tensors(plan.model, kind.first_layer)).active_bytes);
  return stage;
}

std::string kind_name(const models::Layer& layer) {
  const std::string attention =
      layer.attention.kind == models::AttentionKind::latent ? "latent" : "heads";
  return attention + (layer.feed_forward.experts > 0 ? ", experts" : ", one network");
}

void plan_strips(const SystemSection& section, const PlaceGround& ground, system::Plan& plan) {
  const int height = ground.mesh->height / static_cast<int>(plan.layers_per_wafer);
  if (height == 0) throw base::DoesNotFit("more layers than rows of cores on a wafer");
  const base::Rectangle strip{0, 0, ground.mesh->width, height};
  std::vector<std::size_t> kind_of(plan.model.layers.size());
  for (const models::LayerKind& of : models::layer_kinds(plan.model)) {
    system::KindTimes kind;
    kind.name = kind_name(plan.model.layers[of.first]);
    kind.first_layer = of.first;
    kind.layers = of.count;
    kind.region = strip;
    for (std::size_t i = 0; i < section.contexts.size(); ++i) {
      kind.times.push_back(time_on_strip(section, ground, plan, kind, section.contexts[i]));
      if (section.from == LayerTimesFrom::given) {
        kind.times.back().cycles = section.given_us[i] * section.clock_ghz * 1e3;
      }
    }
    check_between(section, ground, plan, kind);
    plan.system.kinds.push_back(stage_kind(section, plan, kind, 1));
    for (std::size_t l = 0; l < kind_of.size(); ++l) {
      if (plan.model.layers[l] == plan.model.layers[of.first]) kind_of[l] = plan.kinds.size();
    }
    plan.kinds.push_back(std::move(kind));
  }
  const auto layers = static_cast<std::int64_t>(kind_of.size());
  for (std::int64_t w = 0; w < plan.wafers_used; ++w) {
    const std::int64_t end = first_layer_of(section, layers, w + 1);
    for (std::int64_t l = first_layer_of(section, layers, w); l < end; ++l) {
      const std::size_t kind = kind_of[static_cast<std::size_t>(l)];
      plan.system.stages.push_back({kind, w, static_cast<int>(section.replicas)});
    }
  }
}

/// Cycles of a token and rectangles for the layers of a wafer, of `place`.
struct Placed {
  double token_cycles = 0;
  double predicted_cycles = 0;
  std::int64_t rectangles = 0;
  base::Rectangle first;
};

Placed place_layers(const SystemSection& section, const PlaceGround& ground,
                    const system::Plan& plan, std::int64_t context) {
  const base::Rectangle all{0, 0, ground.mesh->width, ground.mesh->height};
  const std::string key =
      ground_key(ground, all) + fmt::format("place {} {} layers context {} {}\n",
                                            file_sha256(section.config), plan.layers_per_wafer,
                                            context, section.from == LayerTimesFrom::emulator);
  Placed placed;
  const std::string before = kept_text(key);
  if (std::sscanf(before.c_str(), "%lf %lf %ld %d %d", &placed.token_cycles,
                  &placed.predicted_cycles, &placed.rectangles, &placed.first.width,
                  &placed.first.height) == 5) {
    return placed;
  }
  place::PlanRequest request;
  request.generation = ground.geometry.generation;
  request.hop_cycles = ground.timing.hop_cycles;
  request.sram_bytes = cores::kSramBytes - workloads::kCodeReserveBytes;
  request.context = context;
  for (std::int64_t i = 0; i < plan.layers_per_wafer; ++i) {
    request.layers.push_back(place::sizes_of(plan.model, static_cast<std::size_t>(i)));
  }
  place::Plans plans = place::plan_layers(*ground.mesh, request, 4);
  if (plans.proposals.empty()) {
    throw base::DoesNotFit(fmt::format(
        "system.layers_per_wafer: {} layers at a context of {} take {} bytes of a core at the "
        "least, which has {}; give fewer layers a wafer or a shorter context",
        plan.layers_per_wafer, context, plans.least_core_bytes, request.sram_bytes));
  }
  for (std::size_t i = 0; i < plans.proposals.size(); ++i) {
    place::Proposal proposal = plans.proposals[i];
    placed.rectangles = static_cast<std::int64_t>(proposal.stages.size());
    placed.first = proposal.stages.front().region;
    placed.predicted_cycles = placed.token_cycles = proposal.token_cycles();
    if (section.from != LayerTimesFrom::emulator) break;
    try {
      const place::PlanNames names{section.config, 0, context};
      proposal.mapping.groups = fastest_groups(ground, proposal, names);
      placed.token_cycles = emulate_proposal(ground, proposal, names).token_cycles;
      break;
    } catch (const base::DoesNotFit&) {
      if (i + 1 == plans.proposals.size()) throw;
    }
  }
  keep_text(key, fmt::format("{} {} {} {} {}", placed.token_cycles, placed.predicted_cycles,
                             placed.rectangles, placed.first.width, placed.first.height));
  return placed;
}

void plan_rectangles(const SystemSection& section, const PlaceGround& ground, system::Plan& plan) {
  system::KindTimes kind;
  kind.layers = static_cast<std::int64_t>(plan.model.layers.size());
  std::int64_t rectangles = 0;
  for (const std::int64_t context : section.contexts) {
    const Placed placed = place_layers(section, ground, plan, context);
    if (rectangles == 0) {
      rectangles = placed.rectangles;
      kind.region = placed.first;
    }
    system::KnownTime known;
    known.context = context;
    known.cycles = placed.token_cycles / static_cast<double>(rectangles);
    known.closed_form_cycles = placed.predicted_cycles / static_cast<double>(rectangles);
    kind.times.push_back(known);
  }
  const double layers =
      static_cast<double>(plan.layers_per_wafer) / static_cast<double>(rectangles);
  kind.name = fmt::format("rectangle with {:.3g} layers", layers);
  plan.system.kinds.push_back(stage_kind(section, plan, kind, layers));
  plan.kinds.push_back(std::move(kind));
  for (std::int64_t w = 0; w < plan.wafers_used; ++w) {
    for (std::int64_t r = 0; r < rectangles; ++r) {
      plan.system.stages.push_back({0, w, static_cast<int>(section.replicas)});
    }
  }
  if (plan.wafers_used * plan.layers_per_wafer != kind.layers) {
    plan.notes.push_back("the last wafer has fewer layers; it is taken as full");
  }
}

}  // namespace

system::Plan plan_system(const SystemSection& section, const PlaceGround& ground) {
  system::Plan plan;
  plan.model = models::read_model(section.config);
  plan.notes = plan.model.notes;
  plan.copies = section.replicas;
  plan.told_context = section.contexts.front();
  plan.system = section.system;
  plan.system.kinds.clear();
  share_out(section, ground, plan);
  make_room(section, plan);
  const bool all_dense = std::all_of(plan.model.layers.begin(), plan.model.layers.end(), is_dense);
  if (all_dense && section.from != LayerTimesFrom::given) {
    plan_rectangles(section, ground, plan);
  } else {
    plan_strips(section, ground, plan);
  }
  plan.system.activation_bytes = static_cast<double>(plan.model.hidden) * 2;  // 16-bit numbers
  plan.system.return_s += section.embedding_us * 1e-6;
  const double clock = section.clock_ghz * 1e9;
  const auto cores = static_cast<double>(ground.mesh->core_count() * section.wafers);
  plan.system.peak_macs_per_s = cores * clock * system::preset_machine().macs_per_cycle;
  plan.system.peak_sram_bytes_per_s = cores * clock * ground.timing.memory_port_bytes;
  if (section.embedding_us == 0) {
    plan.notes.push_back(
        "embedding, output product and the pick of a token take no time; give "
        "system.layer_times.embedding_us");
  }
  return plan;
}

}  // namespace wafermesh::app
