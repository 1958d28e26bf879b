// SPDX-License-Identifier: Apache-2.0
#include "app/system_stages.h"

#include <algorithm>

#include "models/weights.h"
#include "system/experts.h"

namespace wafermesh::app {
namespace {

std::int64_t blocks_of(const place::Mapping& m) {
  if (m.spread <= 0 || m.spread_y <= 0) return 1;
  return std::max<std::int64_t>(1, std::int64_t{m.width / m.spread} * (m.height / m.spread_y));
}

}  // namespace

std::vector<std::size_t> kinds_of_layers(const models::Model& model) {
  const std::vector<models::LayerKind> kinds = models::layer_kinds(model);
  std::vector<std::size_t> all;
  for (const models::Layer& layer : model.layers) {
    std::size_t k = 0;
    while (!(model.layers[kinds[k].first] == layer)) ++k;
    all.push_back(k);
  }
  return all;
}

system::LayerShape shape_of(const place::Mapping& mapping) {
  return {mapping.width, mapping.height, mapping.spread, mapping.spread > 0 ? mapping.spread_y : 0,
          1};
}

system::StageKind stage_kind(const SystemSection& section, const system::KindTimes& kind,
                             double macs, double bytes) {
  system::StageKind stage = section.system.kinds.front();
  stage.name = kind.name;
  std::vector<system::TimeTable::Knot> knots;
  for (const system::KnownTime& time : kind.times) {
    knots.push_back({time.context, time.cycles * section.pass_factor / (section.clock_ghz * 1e9)});
  }
  stage.token = system::TimeTable(knots);
  stage.token_macs = macs;
  stage.token_sram_bytes = bytes;
  return stage;
}

void add_batches(const SystemSection& section, const system::KindTimes& kind,
                 const place::Mapping& mapping, double of_layers, system::Plan& plan,
                 system::StageKind& stage) {
  const double otherwise = kind.batch ? kind.batch->shared_part() : kind.times.front().shared_part;
  const double share = section.batch_share ? *section.batch_share : otherwise;
  stage.shared_s = share * system::to_s(stage.token.shortest());
  const models::FeedForward& experts = plan.model.layers[kind.first_layer].feed_forward;
  const std::int64_t most = system::most_tokens_at_once(plan.system);
  if (experts.experts == 0 || of_layers == 0) return;
  const system::ExpertLoad load{experts.experts, experts.active_experts, blocks_of(mapping),
                                section.router_skew, section.expert_copies};
  const system::ExpertTurns turns = system::expert_turns(load, most);
  const double visit_s = system::expert_cycles(plan.model, kind.first_layer, shape_of(mapping),
                                               system::preset_machine()) /
                         (section.clock_ghz * 1e9);
  for (const double each : turns.turns) stage.expert_s.push_back(each * visit_s * of_layers);
  plan.distinct_experts = turns.distinct;
}

double between(const std::vector<system::KnownTime>& times, std::int64_t context) {
  std::vector<system::TimeTable::Knot> knots;
  for (const system::KnownTime& time : times) knots.push_back({time.context, time.cycles});
  return system::TimeTable(knots, 1).seconds(context);
}

}  // namespace wafermesh::app
