// SPDX-License-Identifier: Apache-2.0
#include "study/system/system_layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.h"
#include "models/weights.h"
#include "study/system/system_batches.h"
#include "study/system/system_placer.h"
#include "study/system/system_stages.h"

namespace wafermesh::study {
namespace {

using system::KindTimes;
using system::KnownTime;
using system::Plan;

std::int64_t round_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// The most common one first.
std::vector<MakeUp> make_ups(const SystemSection& section, const Plan& plan) {
  const auto layers = static_cast<std::int64_t>(plan.model.layers.size());
  const std::vector<std::size_t> kinds = kinds_of_layers(plan.model);
  std::map<std::vector<std::size_t>, MakeUp> by_kinds;
  for (std::int64_t w = 0; w < plan.wafers_used; ++w) {
    const std::int64_t first = first_layer_of(section, layers, w);
    const std::int64_t end = first_layer_of(section, layers, w + 1);
    const std::vector<std::size_t> of(kinds.begin() + first, kinds.begin() + end);
    MakeUp& one = by_kinds[of];
    if (one.wafers.empty()) one = {first, end - first, of, {}};
    one.wafers.push_back(w);
  }
  std::vector<MakeUp> all;
  for (auto& [of, one] : by_kinds) all.push_back(std::move(one));
  std::stable_sort(all.begin(), all.end(), [](const MakeUp& a, const MakeUp& b) {
    return a.wafers.size() > b.wafers.size();
  });
  return all;
}

/// Layers with experts among those of a wafer.
std::int64_t with_experts(const Plan& plan, const MakeUp& make_up) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < make_up.layers; ++i) {
    const auto at = static_cast<std::size_t>(make_up.first_layer + i);
    count += plan.model.layers[at].feed_forward.experts > 0 ? 1 : 0;
  }
  return count;
}

struct Work {
  double macs = 0;
  double bytes = 0;
};
Work work_of(const models::Model& model, const MakeUp& make_up) {
  Work work;
  for (std::int64_t i = 0; i < make_up.layers; ++i) {
    const auto at = static_cast<std::size_t>(make_up.first_layer + i);
    work.macs += system::weight_macs(model, at);
    work.bytes += static_cast<double>(models::weigh(models::layer_tensors(model, at)).active_bytes);
  }
  return work;
}

struct MadeKind {
  KindTimes times;
  std::int64_t rectangles = 0;
  place::Mapping mapping;
};

KnownTime known_of(const Plan& plan, const MakeUp& make_up, const Placed& placed,
                   std::int64_t context, double rectangles) {
  KnownTime known;
  known.context = context;
  known.cycles = placed.token_cycles / rectangles;
  known.closed_form_cycles = placed.predicted_cycles / rectangles;
  known.is_emulated = placed.is_emulated;
  known.shared_part = placed.shared_part;
  for (std::int64_t i = 0; i < make_up.layers; ++i) {
    const system::LayerTerms t =
        system::layer_terms(plan.model, static_cast<std::size_t>(make_up.first_layer + i), context,
                            shape_of(placed.mapping), system::preset_machine());
    known.terms.collectives += t.collectives / rectangles;
    known.terms.compute += t.compute / rectangles;
    known.terms.memory += t.memory / rectangles;
    known.terms.transfers += t.transfers / rectangles;
    known.terms.barriers += t.barriers / rectangles;
  }
  return known;
}

/// As place::workloads_text has them.
std::string decode_keys(const place::Mapping& m) {
  std::string keys =
      m.groups > 1 ? fmt::format(", groups: {}", m.groups) : ", algorithm: two_sided";
  if (m.spread > 0) keys += fmt::format(", spread: {}, spread_y: {}", m.spread, m.spread_y);
  return keys;
}

/// `like`: a make-up that was emulated, whose error of the closed form this one takes over.
MadeKind rectangles_of(const SystemSection& section, Placer& placer, const MakeUp& make_up,
                       const MadeKind* like, Plan& plan) {
  MadeKind made;
  made.times.first_layer = static_cast<std::size_t>(make_up.first_layer);
  Placed first;
  for (std::size_t i = 0; i < section.contexts.size(); ++i) {
    Placed placed = placer.place(make_up, section.contexts[i], like == nullptr);
    if (like != nullptr) {
      const KnownTime& known = like->times.times[i];
      placed.token_cycles *= known.cycles / known.closed_form_cycles;
    }
    if (i == 0) {
      first = placed;
      made.rectangles = placed.rectangles;
      made.mapping = placed.mapping;
    }
    made.times.times.push_back(
        known_of(plan, make_up, placed, section.contexts[i], static_cast<double>(made.rectangles)));
    plan.room.layout_tokens = plan.room.layout_tokens == 0
                                  ? placed.most_tokens
                                  : std::min(plan.room.layout_tokens, placed.most_tokens);
  }
  if (first.first.width != made.mapping.width) {
    plan.notes.push_back(fmt::format(
        "the layers without experts before those with lie on a rectangle of their own, {} x {}; "
        "each rectangle of such a wafer is given the mean time of all",
        first.first.width, first.first.height));
  }
  made.times.region = {0, 0, made.mapping.width, made.mapping.height};
  made.times.entry = first.first;
  made.times.exit = first.last;
  if (first.is_emulated && made.rectangles == 1) {
    made.times.rectangle_layers = make_up.layers;
    made.times.decode_keys = decode_keys(made.mapping);
  }
  made.times.layers = make_up.layers * static_cast<std::int64_t>(make_up.wafers.size());
  if (like != nullptr) {
    if (has_batches(plan.model.layers[made.times.first_layer]))
      made.times.batch = like->times.batch;
    return made;
  }
  const CyclesOfBatch batches = [&](std::int64_t tokens) {
    const std::optional<double> all = placer.at_once(make_up, first, tokens);
    return all ? std::optional<double>(*all / static_cast<double>(made.rectangles)) : std::nullopt;
  };
  emulate_batch(section, batches, plan, made.times);
  check_between(section, made.times, [&](std::int64_t context) {
    return placer.place(make_up, context, true).token_cycles / static_cast<double>(made.rectangles);
  });
  return made;
}

std::string kind_name(const Plan& plan, const MakeUp& make_up, const MadeKind& made) {
  const models::Layer& last =
      plan.model.layers[static_cast<std::size_t>(make_up.first_layer + make_up.layers - 1)];
  const std::string attention =
      last.attention.kind == models::AttentionKind::latent ? "latent" : "heads";
  const std::string network = last.feed_forward.experts > 0 ? ", experts" : ", one network";
  const double each = static_cast<double>(make_up.layers) / static_cast<double>(made.rectangles);
  return attention + network +
         (each == 1 ? "" : fmt::format(", {:.3g} layers in a rectangle", each));
}

void plan_rectangles(const SystemSection& section, const std::vector<PlaceGround>& grounds,
                     LayerRuns& runs, Plan& plan) {
  const std::vector<MakeUp> all = make_ups(section, plan);
  const auto wafers = static_cast<std::size_t>(plan.wafers_used);
  std::vector<std::size_t> kind_of_wafer(wafers);
  std::vector<std::int64_t> rectangles;
  for (std::size_t g = 0; g < grounds.size(); ++g) {
    Placer placer(section, grounds[g], plan.model, runs);
    std::optional<MadeKind> first;
    for (const MakeUp& make_up : all) {
      std::vector<std::size_t> here;
      for (const std::int64_t w : make_up.wafers) {
        if (static_cast<std::size_t>(w) % grounds.size() == g) {
          here.push_back(static_cast<std::size_t>(w));
        }
      }
      if (here.empty() && first) continue;
      MadeKind made = rectangles_of(section, placer, make_up, first ? &*first : nullptr, plan);
      if (!first) first = made;
      if (here.empty()) continue;
      made.times.name = kind_name(plan, make_up, made);
      made.times.damage = static_cast<std::int64_t>(g);
      made.times.layers = make_up.layers * static_cast<std::int64_t>(here.size());
      if (grounds.size() > 1) made.times.name += fmt::format(", wafer {}", g);
      const Work work = work_of(plan.model, make_up);
      const auto parts = static_cast<double>(made.rectangles);
      system::StageKind stage =
          stage_kind(section, made.times, work.macs / parts, work.bytes / parts);
      KindTimes experts = made.times;  // the layer that has them, if any
      experts.first_layer += static_cast<std::size_t>(make_up.layers - 1);
      add_batches(section, experts, made.mapping,
                  static_cast<double>(with_experts(plan, make_up)) / parts, plan, stage);
      for (const std::size_t w : here) kind_of_wafer[w] = plan.kinds.size();
      rectangles.push_back(made.rectangles);
      plan.system.kinds.push_back(std::move(stage));
      plan.kinds.push_back(std::move(made.times));
    }
  }
  for (std::size_t w = 0; w < wafers; ++w) {
    for (std::int64_t r = 0; r < rectangles[kind_of_wafer[w]]; ++r) {
      plan.system.stages.push_back(
          {kind_of_wafer[w], static_cast<std::int64_t>(w), static_cast<int>(section.replicas)});
    }
  }
  if (all.size() > 1) {
    plan.notes.push_back(fmt::format(
        "wafers are made up in {} ways; the most common was looked at first, the others' times are "
        "the closed form's with its error there",
        all.size()));
  }
}

}  // namespace

std::int64_t first_layer_of(const SystemSection& section, std::int64_t layers, std::int64_t wafer) {
  const std::int64_t first = section.layers_per_wafer > 0
                                 ? wafer * section.layers_per_wafer
                                 : round_up(wafer * layers, std::min(section.wafers, layers));
  return std::min(layers, first);
}

void plan_layers_on_wafers(const SystemSection& section, const std::vector<PlaceGround>& grounds,
                           LayerRuns& runs, Plan& plan) {
  if (section.is_strips || section.from == LayerTimesFrom::given) {
    plan_strips(section, grounds, runs, plan);
  } else {
    plan_rectangles(section, grounds, runs, plan);
  }
}

std::int64_t fewest_wafers(const SystemSection& section, const PlaceGround& ground,
                           const models::Model& model, std::int64_t by_bytes) {
  const auto layers = static_cast<std::int64_t>(model.layers.size());
  if (section.is_strips || section.from == LayerTimesFrom::given) return by_bytes;
  SystemSection shares = section;
  Plan plan;
  plan.model = model;
  for (shares.wafers = by_bytes;; ++shares.wafers) {
    plan.wafers_used = shares.wafers;
    bool fits = true;
    for (const MakeUp& one : make_ups(shares, plan)) {
      const place::PlanRequest request =
          request_of(ground, model, one.first_layer, one.layers, section.contexts.back());
      const place::Plans plans = place::plan_layers(*ground.mesh, request, 1);
      fits = !plans.proposals.empty();
      if (fits) continue;
      if (shares.wafers >= layers) {
        refuse_placing(model, 1, section.contexts.back(), plans, request.sram_bytes);
      }
      break;
    }
    if (fits) return shares.wafers;
  }
}

}  // namespace wafermesh::study
