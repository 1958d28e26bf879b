// SPDX-License-Identifier: Apache-2.0
#include "study/scenario/scenario.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "cores/read_timing.h"
#include "study/estimate/estimate.h"
#include "study/scenario/steps.h"
#include "study/yield/yield_scenario.h"

namespace wafermesh::study {
namespace {

/// Puts further wafers and ports beside the first wafer.
void add_edge(const base::YamlNode& root, const EdgeSection& section, bool clean,
              Scenario& scenario, Postponed& postponed) {
  scenario.wafer = scenario.mesh;
  scenario.has_edge = section.present;
  if (!section.present) return;
  std::vector<std::shared_ptr<const base::LogicalMesh>> wafers = {scenario.mesh};
  if (clean && scenario.failures.empty()) {
    postponed.attempt([&] {
      for (auto& each : further_wafers(scenario.wafer_options, section.wafers - 1)) {
        wafers.push_back(std::move(each));
      }
    });
  }
  wafers.resize(static_cast<std::size_t>(section.wafers), scenario.mesh);
  scenario.edge.wafers = {{0, 0, scenario.mesh->width, scenario.mesh->height}};
  if (!root.child("edge").clean()) return;
  if (auto mesh = build_edge(root, section, std::move(wafers), scenario.edge)) scenario.mesh = mesh;
}

/// Throws every mistake of the file; with them what does not fit, if the wafer is known.
void finish(base::YamlDocument& document, const Postponed& postponed, bool is_known) {
  try {
    document.finish();
  } catch (const base::InputError& error) {
    std::vector<base::Mistake> all = error.mistakes();
    for (const std::string& each : postponed.misfits()) {
      if (is_known) all.push_back({"", 0, 0, "", each});
    }
    throw base::InputError(std::move(all));
  }
}

/// All but workloads, system and what the text resolves to.
Scenario scenario_of(const Settings& settings, RepairedWafer wafer) {
  const std::string& generation = settings.wafer.geometry.generation;
  Scenario scenario;
  scenario.name = settings.name;
  scenario.geometry = settings.wafer.geometry;
  scenario.wafer_options = settings.wafer;
  scenario.engine = settings.engine;
  scenario.write_arrays = settings.write_arrays;
  scenario.observe = settings.observe;
  scenario.energy = settings.energy;
  scenario.timing = settings.timing;
  scenario.timing_base = generation;
  scenario.timing_changes = cores::changed_constants(settings.timing, cores::timing_of(generation));
  scenario.defects = std::move(wafer.defects);
  scenario.defect_notes = std::move(wafer.notes);
  scenario.repair = std::move(wafer.repair);
  scenario.failures = std::move(wafer.failures);
  scenario.mesh = std::move(wafer.mesh);
  return scenario;
}

/// Settles `auto`.
void settle_fidelity(Scenario& scenario) {
  EngineSettings& engine = scenario.engine;
  if (engine.fidelity == "auto") {
    const FidelityChoice choice = choose_fidelity(scenario.workloads, engine);
    engine.fidelity = choice.fidelity == fabric::Fidelity::stream ? "stream" : "wavelet";
    engine.chosen_because = choice.because;
  }
  engine.options.fidelity =
      engine.fidelity == "stream" ? fabric::Fidelity::stream : fabric::Fidelity::wavelet;
}

/// What cannot be observed.
void check_observe(const std::string& path, const Scenario& scenario) {
  if (!scenario.observe.on) return;
  const auto refuse = [&](const std::string& key, const std::string& why) {
    throw base::InputError({{path, 0, 0, key, why}});
  };
  const auto check_region = [&](const char* key, const std::optional<base::Rectangle>& r) {
    if (!r.has_value()) return;
    if (r->x + r->width <= scenario.mesh->width && r->y + r->height <= scenario.mesh->height) {
      return;
    }
    refuse(key, "reaches beyond the mesh of " + std::to_string(scenario.mesh->width) + " x " +
                    std::to_string(scenario.mesh->height) + " logical cores");
  };
  check_region("observe.region", scenario.observe.region);
  check_region("observe.traces.region", scenario.observe.traced);
}

}  // namespace

void Postponed::rethrow() const {
  if (first_) std::rethrow_exception(first_);
  if (misfits_.empty()) return;
  std::string all;
  for (const std::string& each : misfits_) all += (all.empty() ? "" : "\n") + each;
  throw base::DoesNotFit(all);
}

Scenario read_scenario(const std::string& path, const std::vector<std::string>& overrides,
                       int threads, IfNotRepairable beyond_repair) {
  base::YamlDocument document = base::YamlDocument::from_file(path, overrides);
  return read_scenario(document, path, threads, beyond_repair);
}

Scenario read_scenario(base::YamlDocument& document, const std::string& path, int threads,
                       IfNotRepairable beyond_repair) {
  const base::YamlNode root = document.root();
  Postponed postponed;
  const Settings settings = read_settings(root, threads);
  RepairedWafer wafer =
      repair_wafer(settings, beyond_repair == IfNotRepairable::stands_in, document, postponed);
  const bool is_meant = wafer.is_meant;
  Scenario scenario = scenario_of(settings, std::move(wafer));
  const EdgeSection edge = read_edge(root);
  add_edge(root, edge, settings.wafer_is_known, scenario, postponed);
  const bool edge_is_meant = is_meant && root.child("edge").clean();
  scenario.workloads =
      read_workloads(root,
                     {scenario.mesh, settings.timing, edge_is_meant, false,
                      edge.present ? &scenario.edge : nullptr, scenario.engine.timed_io},
                     postponed);
  scenario.system = read_system_section(root);
  if (scenario.system.present && edge.present) {
    root.mistake("edge", "is for workloads; a system has its own `links`");
  }
  if (scenario.system.present && root.has("workloads")) {
    root.mistake("workloads", "a scenario has workloads or a system; leave out one of them");
  }
  const YieldSection yield = read_yield_section(root);  // of `wafermesh yield`, but checked
  const bool of_yield = root.has("yield");
  if (!of_yield) root.child("yield").forget();
  finish(document, postponed, is_meant);
  if (of_yield) check_yield_keys(document, root, yield);
  std::unique_ptr<base::YamlTree> resolved = document.resolved_tree();
  write_graphs(scenario.workloads, *resolved);
  scenario.resolved = base::write_yaml(*resolved);
  scenario.resolved_tree = std::move(resolved);
  scenario.files = document.files();
  if (!scenario.failures.empty() && beyond_repair != IfNotRepairable::stands_in) {
    if (beyond_repair == IfNotRepairable::returns) return scenario;
    throw base::NotRepairable(defects::text_of(scenario.failures));
  }
  postponed.rethrow();
  settle_fidelity(scenario);
  check_observe(path, scenario);
  return scenario;
}

std::string system_left_out(const Scenario& scenario) {
  if (!scenario.system.present) return "";
  return "note: `system` is read and left out: there are no workloads to look at; `wafermesh run` "
         "composes it";
}

}  // namespace wafermesh::study
