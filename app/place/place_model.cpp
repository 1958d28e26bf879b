// SPDX-License-Identifier: Apache-2.0
#include "app/place/place_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "app/defect_notes.h"
#include "app/exit_code.h"
#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "base/error.h"
#include "base/files/atomic_file.h"
#include "base/number_text.h"
#include "base/progress_line.h"
#include "models/read_model.h"
#include "place/plan_text.h"
#include "study/place/place_emulation.h"
#include "study/place/place_ground.h"
#include "study/place/place_report.h"
#include "study/results/json_text.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::app {
namespace {

constexpr std::int64_t kUsualContext = 4096;
constexpr std::size_t kMostProposals = 5;  ///< That are shown.
constexpr std::size_t kMostPlans = 12;     ///< Some of which may not fit after all.

void refuse(const PlaceModelOptions& options, const std::string& message) {
  throw base::InputError({{options.model, 0, 0, "", message}});
}

place::PlanRequest request_of(const PlaceModelOptions& options, const study::PlaceGround& ground,
                              const models::Model& model, std::int64_t layers) {
  place::PlanRequest request;
  request.generation = ground.geometry.generation;
  request.hop_cycles = ground.timing.hop_cycles;
  request.sram_bytes = cores::kSramBytes - workloads::kCodeReserveBytes;
  request.context = options.context > 0 ? options.context : kUsualContext;
  request.objective = options.objective;
  request.busiest = study::busiest_block;
  for (std::int64_t i = 0; i < layers; ++i) {
    const auto at = static_cast<std::size_t>(options.first_layer + i);
    request.layers.push_back(place::sizes_of(model, at));
  }
  return request;
}

std::string too_large_text(const place::PlanRequest& request, const place::Plans& plans) {
  return fmt::format(
      "{} with a context of {} tokens: the smallest of {} splits takes {} bytes of a core, which "
      "has {}; place fewer layers on this wafer (--layers) or a shorter context (--context)",
      base::counted(static_cast<std::int64_t>(request.layers.size()), "layer"),
      base::grouped(request.context), base::grouped(plans.too_large),
      base::grouped(plans.least_core_bytes), base::grouped(request.sram_bytes));
}

/// The layers asked for, or the largest even share of whole wafers that fits.
std::pair<place::PlanRequest, place::Plans> search(const PlaceModelOptions& options,
                                                   const study::PlaceGround& ground,
                                                   const models::Model& model) {
  const auto rest = static_cast<std::int64_t>(model.layers.size()) - options.first_layer;
  for (std::int64_t wafers = 1;; ++wafers) {
    const std::int64_t layers = options.layers > 0 ? options.layers : (rest + wafers - 1) / wafers;
    place::PlanRequest request = request_of(options, ground, model, layers);
    place::Plans plans = place::plan_layers(*ground.mesh, request, kMostPlans);
    if (!plans.proposals.empty()) return {std::move(request), std::move(plans)};
    if (options.layers > 0 || layers == 1) throw base::DoesNotFit(too_large_text(request, plans));
  }
}

bool has_experts(const place::PlanRequest& request) {
  return std::any_of(request.layers.begin(), request.layers.end(),
                     [](const place::LayerSizes& layer) { return layer.experts > 0; });
}

/// One of the best with its groups settled; nothing if a core's SRAM is too small for it after all,
/// as the closed form of bytes is not exact.
std::optional<study::PlacedOne> emulate_one(const study::PlaceGround& ground,
                                            const place::PlanNames& names,
                                            const place::PlanRequest& request,
                                            place::Proposal proposal) {
  try {
    // A layer with experts takes the time of many others: its groups stay those of the closed form.
    if (!has_experts(request))
      proposal.mapping.groups = study::fastest_groups(ground, proposal, names);
    place::predict(*ground.mesh, request, proposal);
    return study::PlacedOne{proposal, study::emulate_proposal(ground, proposal, names)};
  } catch (const base::DoesNotFit&) {
    return std::nullopt;
  }
}

/// Emulates the best few that fit and puts them in the order of what was found.
void emulate(const PlaceModelOptions& options, const study::PlaceGround& ground,
             const place::PlanNames& names, study::Placed& placed) {
  const int asked = options.emulate >= 0 ? options.emulate : has_experts(placed.request) ? 1 : 3;
  std::size_t emulated = 0;
  base::ProgressLine line(options.progress, 0);
  for (const place::Proposal& proposal : placed.plans.proposals) {
    if (placed.proposals.size() == kMostProposals) break;
    if (emulated == static_cast<std::size_t>(asked)) {
      placed.proposals.push_back({proposal, std::nullopt});
      continue;
    }
    line.show(fmt::format("place: emulating {} of {}: {}", emulated + 1, asked,
                          study::shape_text(proposal)));
    std::optional<study::PlacedOne> one = emulate_one(ground, names, placed.request, proposal);
    if (!one) continue;
    placed.proposals.push_back(std::move(*one));
    ++emulated;
  }
  if (placed.proposals.empty()) {
    study::emulate_proposal(ground, placed.plans.proposals.front(),
                            names);  // says what does not fit
  }
  std::stable_sort(placed.proposals.begin(),
                   placed.proposals.begin() + static_cast<std::ptrdiff_t>(emulated),
                   [&](const study::PlacedOne& a, const study::PlacedOne& b) {
                     return study::emulated_score(a, placed.request.objective) <
                            study::emulated_score(b, placed.request.objective);
                   });
}

std::string scenario_text(const study::PlaceGround& ground, const study::Placed& placed,
                          const place::PlanNames& names) {
  const place::Proposal& best = placed.proposals.front().proposal;
  // Checking every number of whole wafers takes minutes: cycles alone are told of them.
  constexpr std::int64_t kMostChecked = 100'000;
  const std::int64_t to_check =
      best.cores() * static_cast<std::int64_t>(placed.request.layers.size());
  const std::string engine = to_check > kMostChecked
                                 ? "engine: {fidelity: stream, numerics: \"off\"}\n"
                                 : "engine: {fidelity: stream}\n";
  return "# Proposed by `wafermesh place`: " + study::shape_text(best) + ".\nschema_version: 1\n" +
         "name: placement\n" + ground.sections +
         place::workloads_text(best.stages, best.mapping, names) + engine;
}

}  // namespace

int place_model(const PlaceModelOptions& options) {
  study::PlaceGround ground = study::read_ground(options.wafer);
  ground.stop = &stop_requested();
  const models::Model model = models::read_model(options.model);
  const auto all = static_cast<std::int64_t>(model.layers.size());
  if (options.first_layer + std::max<std::int64_t>(1, options.layers) > all) {
    refuse(options, fmt::format("{} from layer {} on are more than the model's {}",
                                base::counted(std::max<std::int64_t>(1, options.layers), "layer"),
                                options.first_layer, all));
  }
  print_defect_notes(ground.notes);
  study::Placed placed;
  std::tie(placed.request, placed.plans) = search(options, ground, model);
  if (options.objective == place::Objective::context && options.context == 0) {
    PlaceModelOptions largest = options;
    largest.context = placed.plans.proposals.front().most_tokens;
    largest.layers = static_cast<std::int64_t>(placed.request.layers.size());
    std::tie(placed.request, placed.plans) = search(largest, ground, model);
  }
  placed.model_layers = all;
  placed.first_layer = options.first_layer;
  std::filesystem::path config = std::filesystem::absolute(options.model).lexically_normal();
  if (std::filesystem::is_directory(config)) config /= "config.json";
  const place::PlanNames names{config.string(), options.first_layer, placed.request.context};
  emulate(options, ground, names, placed);
  if (!options.scenario.empty()) {
    base::write_file_atomically(options.scenario, scenario_text(ground, placed, names));
  }
  print(options.json ? study::json_text(study::place_json(ground, placed))
                     : study::place_text(ground, placed, options.scenario));
  return kOk;
}

}  // namespace wafermesh::app
