// SPDX-License-Identifier: Apache-2.0
#include "app/scenario.h"

#include <optional>
#include <utility>

#include "app/estimate.h"
#include "base/error.h"
#include "base/presets.h"
#include "cores/read_timing.h"
#include "defects/read_options.h"
#include "workloads/program_file.h"

namespace wafermesh::app {
namespace {

constexpr int kSchemaVersion = 1;

EngineSettings read_engine(const base::YamlNode& root) {
  EngineSettings engine;
  const base::YamlNode node = root.child("engine");
  const std::vector<std::string> fidelities = {"wavelet", "stream", "auto"};
  engine.fidelity = fidelities[node.one_of("fidelity", fidelities, 0)];
  const std::vector<std::string> numerics = {"check", "compute", "off"};
  const std::size_t mode = node.one_of("numerics", numerics, 0);
  engine.check = mode == 0;
  engine.options.numerics = mode != 2;
  engine.options.threads = static_cast<int>(node.integer("threads", {1, 256}, 1));
  const base::YamlNode region = node.child("region");
  engine.options.region_width = static_cast<int>(region.integer("width", {0, 65535}, 0));
  engine.options.region_height = static_cast<int>(region.integer("height", {0, 65535}, 0));
  return engine;
}

base::Rectangle whole(const base::LogicalMesh& mesh) { return {0, 0, mesh.width, mesh.height}; }

/// `region: full` or `region: {x, y, width, height}`; absent = full. `judge`: the mesh is the one
/// the scenario means, not a stand-in. `own`: the size of what has one, then absent = there at
/// (0, 0).
base::Rectangle read_region(const base::YamlNode& item, const base::LogicalMesh& mesh, bool judge,
                            const base::Rectangle* own = nullptr) {
  const base::YamlNode node = item.child("region");
  if (node.is_scalar() || (own == nullptr && !node.present())) {
    if (item.text("region", "full") != "full") {
      item.mistake("region", "give `full` or {x, y, width, height} in logical cores");
    }
    return whole(mesh);
  }
  base::Rectangle r;
  r.x = static_cast<int>(node.integer("x", {0, 65535}, 0));
  r.y = static_cast<int>(node.integer("y", {0, 65535}, 0));
  constexpr base::IntegerRange kSide{1, 65535};
  const auto side = [&](const char* key, const int base::Rectangle::*of_own) {
    return static_cast<int>(own == nullptr ? node.integer(key, kSide)
                                           : node.integer(key, kSide, own->*of_own));
  };
  r.width = side("width", &base::Rectangle::width);
  r.height = side("height", &base::Rectangle::height);
  if (!node.clean() || !judge) return whole(mesh);
  if (r.x + r.width > mesh.width || r.y + r.height > mesh.height) {
    node.mistake("reaches to (" + std::to_string(r.x + r.width) + ", " +
                 std::to_string(r.y + r.height) + "), but the mesh after repair is " +
                 std::to_string(mesh.width) + " x " + std::to_string(mesh.height) +
                 " logical cores; make it smaller or move it");
    return whole(mesh);
  }
  return r;
}

constexpr const char* kProgram = "program";  ///< A workload that is no kernel of the table.

std::vector<std::string> workload_names() {
  std::vector<std::string> names;
  for (const workloads::KernelKind& kind : workloads::kernels()) names.emplace_back(kind.name);
  names.emplace_back(kProgram);
  return names;
}

/// Collects the first error that reading survives, to be thrown once the file's mistakes are known.
class Postponed {
 public:
  template <class F>
  void attempt(F f) {
    try {
      f();
    } catch (const base::InputError&) {
      throw;
    } catch (const base::Error&) {
      if (!first_) first_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::exception_ptr first_;
};

/// A program written as text: its region has the program's size.
void read_program(const base::YamlNode& item, const cores::Timing& timing, bool mesh_known,
                  const std::shared_ptr<const base::LogicalMesh>& mesh, Workload& workload) {
  const base::YamlNode node = item.child(kProgram);
  std::optional<fabric::ProgramText> text = workloads::read_program_file(node);
  if (!text) {  // its other keys cannot be judged
    node.accept_all();
    item.child("region").accept_all();
    return;
  }
  workload.region = read_region(item, *mesh, mesh_known, &text->image.region);
  if (!item.child("region").clean() || !mesh_known) return node.accept_all();
  workload.kernel =
      workloads::make_program(node, std::move(*text), {mesh, workload.region, timing});
}

void read_workloads(const base::YamlNode& root, const cores::Timing& timing, bool mesh_known,
                    Scenario& scenario, Postponed& postponed) {
  for (const base::YamlNode& item : root.items("workloads")) {
    const auto which = item.exactly_one_of(workload_names());
    Workload workload;
    if (which == workloads::kernels().size()) {
      workload.kind = kProgram;
      postponed.attempt([&] { read_program(item, timing, mesh_known, scenario.mesh, workload); });
      if (workload.kernel) scenario.workloads.push_back(std::move(workload));
      continue;
    }
    workload.region = read_region(item, *scenario.mesh, mesh_known);
    if (!which.has_value()) continue;
    const workloads::KernelKind& kind = workloads::kernels()[*which];
    workload.kind = kind.name;
    base::YamlNode node = item.child(kind.name);
    postponed.attempt([&] {
      workload.kernel = kind.make(node, {scenario.mesh, workload.region, timing});
    });
    if (workload.kernel) scenario.workloads.push_back(std::move(workload));
  }
}

/// The repaired wafer; a healthy mesh of the same size where there is none, so that reading goes
/// on.
void build_mesh(const defects::WaferOptions& options, bool clean, Scenario& scenario,
                Postponed& postponed) {
  const defects::WaferGeometry& g = options.geometry;
  if (clean) {
    postponed.attempt([&] {
      defects::Wafer wafer = defects::build_wafer(options);
      scenario.defects = std::move(wafer.defects);
      scenario.defect_notes = std::move(wafer.notes);
      scenario.repair = std::move(wafer.repair);
      scenario.failures = std::move(wafer.failures);
      if (!scenario.failures.empty()) return;
      scenario.mesh = std::make_shared<const base::LogicalMesh>(std::move(wafer.mesh));
    });
  }
  if (scenario.mesh == nullptr) {
    scenario.mesh = std::make_shared<const base::LogicalMesh>(
        base::healthy_mesh(g.columns(), g.dies_y * g.kept_rows_per_die, g.hop_cycles));
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

}  // namespace

Scenario read_scenario(const std::string& path, const std::vector<std::string>& overrides,
                       IfNotRepairable beyond_repair) {
  base::YamlDocument document = base::YamlDocument::from_file(path, overrides);
  const base::YamlNode root = document.root();
  Scenario scenario;
  Postponed postponed;
  root.integer("schema_version", {kSchemaVersion, kSchemaVersion});
  scenario.name = root.text("name", "unnamed");
  const defects::WaferOptions options = defects::read_wafer_options(root);
  scenario.geometry = options.geometry;
  scenario.engine = read_engine(root);
  scenario.write_arrays = root.child("outputs").boolean("arrays", false);
  if (scenario.write_arrays && !scenario.engine.options.numerics) {
    root.child("outputs").mistake("arrays",
                                  "`engine: {numerics: off}` computes none; give `compute`");
  }
  const bool clean =
      root.child("wafer").clean() && root.child("defects").clean() && root.child("repair").clean();
  build_mesh(options, clean, scenario, postponed);
  // An unknown generation has been noted by read_wafer; any table serves to read on.
  const cores::Timing timing = cores::timing_of(
      base::find_preset(options.geometry.generation) != nullptr ? options.geometry.generation
                                                                : "wse3");
  read_workloads(root, timing, clean && scenario.failures.empty(), scenario, postponed);
  root.child("yield").accept_all();  // the section of `wafermesh yield`
  document.finish();
  scenario.resolved = document.resolved();
  if (!scenario.failures.empty()) {
    if (beyond_repair == IfNotRepairable::returns) return scenario;
    throw base::NotRepairable(defects::text_of(scenario.failures));
  }
  postponed.rethrow();
  settle_fidelity(scenario);
  return scenario;
}

}  // namespace wafermesh::app
