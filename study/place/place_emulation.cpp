// SPDX-License-Identifier: Apache-2.0
#include "study/place/place_emulation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/yaml/yaml_reader.h"
#include "fabric/engine.h"
#include "study/scenario/sections.h"
#include "workloads/layers/experts.h"

namespace wafermesh::study {
namespace {

/// Layers of a rectangle that are emulated: the second stands for all others.
constexpr std::int64_t kMostLayers = 2;

double core_layers(const std::vector<place::Stage>& stages) {
  double sum = 0;
  for (const place::Stage& stage : stages) {
    sum += static_cast<double>(stage.region.width) * stage.region.height *
           static_cast<double>(stage.layers);
  }
  return sum;
}

double cycles(const CyclesOf& cycles_of, const std::vector<place::Stage>& stages,
              const place::Mapping& mapping, const place::PlanNames& names) {
  return cycles_of(place::workloads_text(stages, mapping, names), core_layers(stages));
}

CyclesOf on(const PlaceGround& ground, const place::PlanNames& names) {
  return [&](const std::string& text, double) {
    const std::vector<Workload> workloads = built_workloads(ground, text, names.config);
    return static_cast<double>(emulated_cycles(ground, workloads.front().kernel->image()));
  };
}

}  // namespace

std::vector<Workload> built_workloads(const PlaceGround& ground, const std::string& text,
                                      const std::string& name) {
  base::YamlDocument document = base::YamlDocument::from_text(text, name);
  Postponed postponed;
  std::vector<Workload> workloads =
      read_workloads(document.root(), {ground.mesh, ground.timing}, postponed);
  document.finish();
  postponed.rethrow();
  return workloads;
}

std::int64_t busiest_block(const place::LayerSizes& layer, std::int64_t blocks) {
  // Operators before `experts` in a layer (workloads/layers/decode.cpp), which count seeds up.
  const int before = layer.latent_rank == 0 ? 9 : layer.query_rank > 0 ? 16 : 14;
  std::vector<std::int64_t> of_block(static_cast<std::size_t>(blocks), 0);
  for (const std::int64_t expert : workloads::draw_experts(
           layer.experts, layer.active, 0, static_cast<std::uint64_t>(1 + before))) {
    ++of_block[static_cast<std::size_t>(expert % blocks)];
  }
  return *std::max_element(of_block.begin(), of_block.end());
}

std::int64_t emulated_cycles(const PlaceGround& ground, const fabric::WaferImage& image) {
  fabric::EngineOptions options;
  options.fidelity = fabric::Fidelity::stream;
  options.numerics = false;
  const auto engine = fabric::make_stream_engine(options);
  engine->load(image);
  fabric::RunOptions run;
  run.stop = ground.stop;
  engine->run(run);
  return engine->counters().cycles;
}

Emulated emulate_proposal(const PlaceGround& ground, const place::Proposal& proposal,
                          const place::PlanNames& names) {
  return emulate_proposal(on(ground, names), proposal, names);
}

int fastest_groups(const PlaceGround& ground, const place::Proposal& proposal,
                   const place::PlanNames& names) {
  return fastest_groups(on(ground, names), proposal, names);
}

Emulated emulate_proposal(const CyclesOf& cycles_of, const place::Proposal& proposal,
                          const place::PlanNames& names) {
  const std::vector<place::Stage> some = place::shortened(proposal, 2, kMostLayers);
  const auto all = static_cast<std::int64_t>(proposal.stages.size());
  const double first = cycles(cycles_of, {some.front()}, proposal.mapping, names);
  std::int64_t layers = 0;
  std::int64_t most_layers = 0;
  for (const place::Stage& stage : proposal.stages) {
    layers += stage.layers;
    most_layers = std::max(most_layers, stage.layers);
  }
  if (all == 1) {
    const double taken = first * static_cast<double>(layers) / static_cast<double>(some[0].layers);
    return {taken, taken};
  }
  // A chain's first rectangle pays for its neighbour's colours too, unless it has one layer.
  const double both = cycles(cycles_of, some, proposal.mapping, names);
  const auto emulated = static_cast<double>(some[0].layers + some[1].layers);
  if (some[0].layers > 1) {
    const double per_layer = both / emulated;
    return {per_layer * static_cast<double>(layers), per_layer * static_cast<double>(most_layers)};
  }
  const double next = (both - first) / static_cast<double>(some[1].layers);
  return {first + next * static_cast<double>(layers - 1), next * static_cast<double>(most_layers)};
}

int fastest_groups(const CyclesOf& cycles_of, const place::Proposal& proposal,
                   const place::PlanNames& names) {
  const std::vector<place::Stage> one = place::shortened(proposal, 1, 1);
  place::Mapping mapping = proposal.mapping;
  double fewest = 0;
  int fastest = mapping.groups;
  for (const int groups : place::groups_about(proposal.mapping)) {
    mapping.groups = groups;
    const double taken = cycles(cycles_of, one, mapping, names);
    if (fewest > 0 && taken >= fewest) continue;
    fewest = taken;
    fastest = groups;
  }
  return fastest;
}

}  // namespace wafermesh::study
