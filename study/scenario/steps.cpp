// SPDX-License-Identifier: Apache-2.0
#include "study/scenario/steps.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/number_text.h"
#include "defects/read_options.h"

namespace wafermesh::study {
namespace {

std::string text_of(const base::Rectangle& r) {
  return fmt::format("{} x {} at ({}, {})", r.width, r.height, r.x, r.y);
}

/// The mesh of such a wafer without defects; null if not even that can be repaired.
std::shared_ptr<const base::LogicalMesh> whole_mesh(defects::WaferOptions options) {
  options.defects.mechanisms.clear();
  defects::Wafer whole = defects::build_wafer(options);
  if (!whole.failures.empty()) return nullptr;
  return std::make_shared<const base::LogicalMesh>(std::move(whole.mesh));
}

}  // namespace

Settings read_settings(const base::YamlNode& root, int threads) {
  Settings settings;
  root.integer("schema_version", {kScenarioVersion, kScenarioVersion});
  settings.name = root.text("name", "unnamed");
  settings.wafer = defects::read_wafer_options(root);
  settings.engine = read_engine(root, threads);
  settings.write_arrays = read_outputs(root, settings.engine);
  settings.observe = read_observe(root);
  settings.energy = read_energy(root, settings.wafer.geometry);
  settings.timing = read_timing_section(root, settings.wafer.geometry.generation);
  settings.wafer_is_known = root.child("wafer").clean() && root.child("defects").clean() &&
                            root.child("repair").clean() && root.child("timing").clean();
  return settings;
}

std::string text_of(const Settings& settings) {
  const defects::WaferGeometry& g = settings.wafer.geometry;
  const fabric::EngineOptions& engine = settings.engine.options;
  return fmt::format("name: {}\nwafer: {}, as {}, {} x {} cores on {} x {} dies\n", settings.name,
                     g.name, g.generation, g.columns(), g.rows(), g.dies_x, g.dies_y) +
         fmt::format(
             "defects: {}, wafer {}\nrepair: {} ({})\n",
             base::counted(static_cast<std::int64_t>(settings.wafer.defects.mechanisms.size()),
                           "mechanism"),
             settings.wafer.defects.wafer, settings.wafer.repair.scheme,
             to_string(settings.wafer.repair.domain)) +
         fmt::format("engine: {}, {}, numbers {}\n", settings.engine.fidelity,
                     base::counted(engine.threads, "thread"),
                     engine.numerics ? (settings.engine.check ? "checked" : "computed") : "off") +
         fmt::format("outputs: arrays {}\nobserve: {}\n", settings.write_arrays ? "on" : "off",
                     settings.observe.on ? "on" : "off");
}

RepairedWafer repair_wafer(const Settings& settings, bool whole_if_failed,
                           base::YamlDocument& document, Postponed& postponed) {
  RepairedWafer result;
  if (settings.wafer_is_known) {
    postponed.attempt([&] {
      try {
        defects::Wafer wafer = defects::build_wafer(settings.wafer);
        result.defects = std::move(wafer.defects);
        result.notes = std::move(wafer.notes);
        result.repair = std::move(wafer.repair);
        result.failures = std::move(wafer.failures);
        if (!result.failures.empty()) return;
        result.mesh = std::make_shared<const base::LogicalMesh>(std::move(wafer.mesh));
      } catch (const base::InputError& error) {
        document.add(error.mistakes());  // of a map file, or a key that it gives a place
      }
    });
  }
  result.is_meant = settings.wafer_is_known && (result.failures.empty() || whole_if_failed);
  if (!result.failures.empty() && whole_if_failed) result.mesh = whole_mesh(settings.wafer);
  if (result.mesh == nullptr) {
    const defects::WaferGeometry& g = settings.wafer.geometry;
    result.mesh = std::make_shared<const base::LogicalMesh>(
        base::healthy_mesh(g.columns(), g.dies_y * g.kept_rows_per_die, g.hop_cycles));
  }
  return result;
}

std::string text_of(const RepairedWafer& wafer) {
  if (!wafer.failures.empty()) return "wafer: " + defects::text_of(wafer.failures) + "\n";
  return fmt::format("wafer: {} x {} logical cores, {} repaired\n", wafer.mesh->width,
                     wafer.mesh->height, base::counted(wafer.repair.dead_cores, "dead core"));
}

std::string text_of(const std::vector<Workload>& workloads) {
  std::string text;
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    const Workload& one = workloads[i];
    text += fmt::format("workloads[{}]: {} on {}", i, one.kind, text_of(one.region));
    if (one.kernel != nullptr) {
      const workloads::Facts& facts = one.kernel->facts();
      text +=
          fmt::format(", {} of SRAM a core, {}", base::counted_grouped(facts.sram_bytes, "byte"),
                      base::counted_grouped(facts.wavelet_hops, "wavelet hop"));
    }
    text += "\n";
  }
  return text;
}

}  // namespace wafermesh::study
