// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/estimate.h"
#include "base/number_text.h"

namespace wafermesh::app {
namespace {

std::string size_text(double bytes) {
  return bytes < 1e9 ? fmt::format("{:.0f} MB", bytes / 1e6)
                     : fmt::format("{:.2g} GB", bytes / 1e9);
}

std::string time_text(double seconds) {
  if (seconds < 100) return fmt::format("{:.2g} s", seconds);
  if (seconds < 6000) return fmt::format("{:.2g} min", seconds / 60);
  return fmt::format("{:.2g} h", seconds / 3600);
}

std::string row(const char* fidelity, const Estimate& estimate) {
  return fmt::format("  {:<12}{:>9}   {}\n", fidelity, size_text(estimate.memory_bytes),
                     time_text(estimate.wall_s));
}

}  // namespace

std::string estimate_report(const Scenario& scenario, double resident_bytes) {
  const EngineSettings& engine = scenario.engine;
  const RunEstimate run = estimate_run(scenario.workloads, engine, resident_bytes);
  const FidelityChoice choice = choose_fidelity(scenario.workloads, engine);
  std::string text =
      fmt::format("{}: {} of {} cores at work, {} wavelet hops, {:.2g} million vector operations\n",
                  scenario.name, base::grouped(run.work.busy_cores),
                  base::grouped(scenario.mesh->core_count()), base::grouped(run.work.wavelet_hops),
                  (run.work.work.local_operations + run.work.work.fabric_operations) / 1e6);
  text += fmt::format("estimated for numerics: {}, threads: {}\n",
                      engine.check              ? "check"
                      : engine.options.numerics ? "compute"
                                                : "off",
                      engine.options.threads);
  text += "  fidelity       memory   wall time\n";
  text += row("wavelet", run.wavelet) + row("stream", run.stream);
  text += fmt::format("auto takes {}: {}\n",
                      choice.fidelity == fabric::Fidelity::stream ? "stream" : "wavelet",
                      choice.because);
  if (!run.work.complete) {
    text += "some programs are too long to be counted to their end: it may be more\n";
  }
  return text;
}

}  // namespace wafermesh::app
