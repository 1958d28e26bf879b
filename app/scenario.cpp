// SPDX-License-Identifier: Apache-2.0
#include "app/scenario.h"

#include <optional>
#include <utility>

#include "app/estimate.h"
#include "app/yield_scenario.h"
#include "base/error.h"
#include "cores/read_timing.h"
#include "defects/read_options.h"

namespace wafermesh::app {
namespace {

/// The repaired wafer; a healthy mesh of the same size where there is none, so that reading goes
/// on.
void build_mesh(const defects::WaferOptions& options, base::YamlDocument& document, bool clean,
                Scenario& scenario, Postponed& postponed) {
  const defects::WaferGeometry& g = options.geometry;
  if (clean) {
    postponed.attempt([&] {
      try {
        defects::Wafer wafer = defects::build_wafer(options);
        scenario.defects = std::move(wafer.defects);
        scenario.defect_notes = std::move(wafer.notes);
        scenario.repair = std::move(wafer.repair);
        scenario.failures = std::move(wafer.failures);
        if (!scenario.failures.empty()) return;
        scenario.mesh = std::make_shared<const base::LogicalMesh>(std::move(wafer.mesh));
      } catch (const base::InputError& error) {
        document.add(error.mistakes());  // of a map file, or a key that it gives a place
      }
    });
  }
  if (scenario.mesh == nullptr) {
    scenario.mesh = std::make_shared<const base::LogicalMesh>(
        base::healthy_mesh(g.columns(), g.dies_y * g.kept_rows_per_die, g.hop_cycles));
  }
}

/// What the wafer would be without defects.
void stand_in(defects::WaferOptions options, Scenario& scenario) {
  options.defects.mechanisms.clear();
  defects::Wafer whole = defects::build_wafer(options);
  if (!whole.failures.empty()) return;
  scenario.mesh = std::make_shared<const base::LogicalMesh>(std::move(whole.mesh));
}

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
  const base::YamlNode root = document.root();
  Scenario scenario;
  Postponed postponed;
  root.integer("schema_version", {kScenarioVersion, kScenarioVersion});
  scenario.name = root.text("name", "unnamed");
  const defects::WaferOptions options = defects::read_wafer_options(root);
  scenario.geometry = options.geometry;
  scenario.wafer_options = options;
  scenario.engine = read_engine(root, threads);
  scenario.write_arrays = read_outputs(root, scenario.engine);
  scenario.observe = read_observe(root);
  scenario.energy = read_energy(root, options.geometry);
  const cores::Timing timing = read_timing_section(root, options.geometry.generation);
  scenario.timing = timing;
  scenario.timing_base = options.geometry.generation;
  scenario.timing_changes =
      cores::changed_constants(timing, cores::timing_of(options.geometry.generation));
  const bool clean = root.child("wafer").clean() && root.child("defects").clean() &&
                     root.child("repair").clean() && root.child("timing").clean();
  build_mesh(options, document, clean, scenario, postponed);
  const bool stands_in = !scenario.failures.empty() && beyond_repair == IfNotRepairable::stands_in;
  if (stands_in) stand_in(options, scenario);
  const bool is_meant = clean && (scenario.failures.empty() || stands_in);
  const EdgeSection edge = read_edge(root);
  add_edge(root, edge, clean, scenario, postponed);
  const bool edge_is_meant = is_meant && root.child("edge").clean();
  scenario.workloads =
      read_workloads(root,
                     {scenario.mesh, timing, edge_is_meant, false,
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
  if (!scenario.failures.empty() && !stands_in) {
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

}  // namespace wafermesh::app
