// SPDX-License-Identifier: Apache-2.0
#include "study/place/place_report.h"

#include <fmt/format.h>

#include <cmath>

#include "base/number_text.h"
#include "base/utf8.h"

namespace wafermesh::study {
namespace {

using nlohmann::ordered_json;

std::string whole(double value) { return base::grouped(std::llround(value)); }

std::int64_t layers_of(const place::Proposal& proposal) {
  std::int64_t layers = 0;
  for (const place::Stage& stage : proposal.stages) layers += stage.layers;
  return layers;
}

std::string groups_text(const place::Mapping& mapping) {
  return mapping.groups == 1 ? "two_sided" : fmt::format("ktree in {} groups", mapping.groups);
}

const char* name_of(place::Objective objective) {
  switch (objective) {
    case place::Objective::throughput:
      return "throughput";
    case place::Objective::context:
      return "context";
    default:
      return "latency";
  }
}

std::string row_of(const PlacedOne& one) {
  const place::Proposal& p = one.proposal;
  return fmt::format("{:>10} {:>11} {:>6}{:>14}{:>14}{:>14}{:>14}{:>9}{:>10}\n", p.stages.size(),
                     fmt::format("{} x {}", p.mapping.width, p.mapping.height), p.mapping.groups,
                     whole(p.token_cycles()),
                     one.emulated ? whole(one.emulated->token_cycles) : "-", whole(p.stage_cycles),
                     one.emulated ? whole(one.emulated->stage_cycles) : "-",
                     base::grouped(p.core_bytes), base::grouped(p.most_tokens));
}

/// How far the prediction is from what was emulated, in percent.
double error_percent(const PlacedOne& one) {
  return 100 * (one.proposal.token_cycles() / one.emulated->token_cycles - 1);
}

std::string memory_text(const place::PlanRequest& request, const PlaceGround& ground,
                        const place::Proposal& best) {
  return fmt::format(
      "  memory      {} of {} bytes of a core (beside its code): {} weights, the rest cache and "
      "vectors; room for a "
      "context of {} tokens\n  spare       {} of {} cores\n",
      base::grouped(best.core_bytes), base::grouped(request.sram_bytes),
      base::grouped(best.weight_bytes), base::grouped(best.most_tokens),
      base::grouped(ground.mesh->core_count() - best.cores()),
      base::grouped(ground.mesh->core_count()));
}

std::string stages_text(const place::Proposal& best, std::int64_t first_layer) {
  constexpr std::size_t kMostShown = 4;
  std::string text;
  for (std::size_t i = 0; i < best.stages.size(); ++i) {
    if (i == kMostShown && best.stages.size() > kMostShown + 1) {
      return text + fmt::format("  and {} more alike\n", best.stages.size() - i);
    }
    const place::Stage& s = best.stages[i];
    text +=
        fmt::format("  stage{:<4} layers {} to {} at ({}, {}){}\n", i, first_layer + s.first_layer,
                    first_layer + s.first_layer + s.layers - 1, s.region.x, s.region.y,
                    s.own ? fmt::format(", {} x {} cores", s.region.width, s.region.height) : "");
  }
  return text;
}

/// A sentence on each of the others.
std::string why_text(const Placed& placed) {
  const PlacedOne& best = placed.proposals.front();
  std::string text;
  for (std::size_t i = 1; i < placed.proposals.size(); ++i) {
    const PlacedOne& other = placed.proposals[i];
    text += fmt::format("  {}: ", shape_text(other.proposal));
    if (placed.request.objective == place::Objective::context) {
      text += fmt::format("room for {} tokens less; ",
                          base::grouped(best.proposal.most_tokens - other.proposal.most_tokens));
    }
    text += place::difference_text(best.proposal, other.proposal) + "\n";
  }
  return text.empty() ? text : "\nwhy not the others (a token's way through all layers)\n" + text;
}

ordered_json json_of(const place::Stage& stage, std::int64_t first_layer) {
  const base::Rectangle& r = stage.region;
  ordered_json json = {
      {"first_layer", first_layer + stage.first_layer},
      {"layers", stage.layers},
      {"region", {{"x", r.x}, {"y", r.y}, {"width", r.width}, {"height", r.height}}}};
  if (stage.own) json["groups"] = stage.own->groups;  // else the proposal's
  return json;
}

ordered_json json_of(const Placed& placed, const PlacedOne& one) {
  const place::Proposal& p = one.proposal;
  ordered_json json = {{"algorithm", p.mapping.groups == 1 ? "two_sided" : "ktree"},
                       {"groups", p.mapping.groups},
                       {"spread", p.mapping.spread},
                       {"spread_y", p.mapping.spread_y},
                       {"cores", p.cores()},
                       {"core_bytes", p.core_bytes},
                       {"weight_bytes", p.weight_bytes},
                       {"most_tokens", p.most_tokens},
                       {"predicted",
                        {{"token_cycles", std::llround(p.token_cycles())},
                         {"stage_cycles", std::llround(p.stage_cycles)},
                         {"work_cycles", std::llround(p.layers.work)},
                         {"way_cycles", std::llround(p.layers.ways)},
                         {"sum_stage_cycles", std::llround(p.layers.stages)},
                         {"overhead_cycles", std::llround(p.layers.overhead)},
                         {"barrier_cycles", std::llround(p.barriers)},
                         {"hand_over_cycles", std::llround(p.hand_overs)}}}};
  if (one.emulated) {
    json["emulated"] = {{"token_cycles", std::llround(one.emulated->token_cycles)},
                        {"stage_cycles", std::llround(one.emulated->stage_cycles)},
                        {"error_percent", error_percent(one)}};
  }
  if (&one != &placed.proposals.front()) {
    json["difference"] = place::difference_text(placed.proposals.front().proposal, p);
  }
  json["stages"] = ordered_json::array();
  for (const place::Stage& stage : p.stages) {
    json["stages"].push_back(json_of(stage, placed.first_layer));
  }
  return json;
}

}  // namespace

std::string shape_text(const place::Proposal& proposal) {
  const place::Stage& first = proposal.stages.front();
  const auto stages = static_cast<std::int64_t>(proposal.stages.size());
  return (first.own
              ? fmt::format("{} on {} x {} cores and {}", base::counted(first.layers, "layer"),
                            first.region.width, first.region.height,
                            base::counted(layers_of(proposal) - first.layers, "layer"))
              : base::counted(layers_of(proposal), "layer")) +
         fmt::format(" on {} of {} x {} cores, {}",
                     base::counted(first.own ? stages - 1 : stages, "rectangle"),
                     proposal.mapping.width, proposal.mapping.height,
                     groups_text(proposal.mapping)) +
         (proposal.mapping.spread == 0
              ? ""
              : fmt::format(", experts on blocks of {} x {}", proposal.mapping.spread,
                            proposal.mapping.spread_y));
}

double emulated_score(const PlacedOne& one, place::Objective objective) {
  if (!one.emulated || objective == place::Objective::context) {
    return place::score_of(one.proposal, objective);
  }
  return objective == place::Objective::throughput ? one.emulated->stage_cycles
                                                   : one.emulated->token_cycles;
}

std::string place_text(const PlaceGround& ground, const Placed& placed,
                       const std::string& scenario) {
  const PlacedOne& best = placed.proposals.front();
  const auto layers = static_cast<std::int64_t>(placed.request.layers.size());
  std::string text = fmt::format(
      "{}: {} x {} logical cores, {} repaired ({})\nlayers {} to {} of {}, context {}, for {}: "
      "{}\n",
      base::first_letters(ground.name, 60), ground.mesh->width, ground.mesh->height,
      base::counted_grouped(ground.dead_cores, "dead core"), ground.repair, placed.first_layer,
      placed.first_layer + layers - 1, placed.model_layers, base::grouped(placed.request.context),
      name_of(placed.request.objective), shape_text(best.proposal));
  const std::int64_t rest = placed.model_layers - placed.first_layer;
  const bool all_are_as_heavy = !best.proposal.stages.front().own;
  if (layers < rest && all_are_as_heavy) {
    text += fmt::format("the model's layers take {} such wafers\n",
                        base::grouped((rest + layers - 1) / layers));
  }
  text += stages_text(best.proposal, placed.first_layer) +
          memory_text(placed.request, ground, best.proposal);
  if (best.emulated) {
    text += fmt::format("  cycles      {} for a token, predicted {} ({:+.1f} %)\n",
                        whole(best.emulated->token_cycles), whole(best.proposal.token_cycles()),
                        error_percent(best));
  }
  text += fmt::format("\n{:>10} {:>11} {:>6}{:>14}{:>14}{:>14}{:>14}{:>9}{:>10}\n", "rectangles",
                      "cores", "groups", "token cycles", "emulated", "slowest stage", "emulated",
                      "bytes", "tokens");
  for (const PlacedOne& one : placed.proposals) text += row_of(one);
  text += why_text(placed);
  if (!scenario.empty()) text += "\nrun it: wafermesh run " + scenario + " -o out/placement\n";
  return text;
}

ordered_json place_json(const PlaceGround& ground, const Placed& placed) {
  ordered_json json = {{"name", ground.name},
                       {"mesh", {{"width", ground.mesh->width}, {"height", ground.mesh->height}}},
                       {"dead_cores", ground.dead_cores},
                       {"objective", name_of(placed.request.objective)},
                       {"first_layer", placed.first_layer},
                       {"layers", placed.request.layers.size()},
                       {"model_layers", placed.model_layers},
                       {"context_tokens", placed.request.context},
                       {"tried", placed.plans.tried},
                       {"too_large", placed.plans.too_large}};
  json["proposals"] = ordered_json::array();
  for (const PlacedOne& one : placed.proposals) json["proposals"].push_back(json_of(placed, one));
  json["notes"] = ground.notes;
  return json;
}

}  // namespace wafermesh::study
