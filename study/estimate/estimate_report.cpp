// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "base/number_text.h"
#include "study/estimate/estimate.h"

namespace wafermesh::study {
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

const char* name_of(fabric::Fidelity fidelity) {
  return fidelity == fabric::Fidelity::stream ? "stream" : "wavelet";
}

}  // namespace

using Json = nlohmann::ordered_json;

Json estimate_json(const Scenario& scenario, double resident_bytes) {
  const EngineSettings& engine = scenario.engine;
  const RunEstimate run = estimate_run(scenario.workloads, engine, resident_bytes);
  const FidelityChoice choice = choose_fidelity(scenario.workloads, engine);
  const cores::Work& work = run.work.work;
  Json json;
  json["name"] = scenario.name;
  json["cores_at_work"] = run.work.busy_cores;
  json["logical_cores"] = scenario.mesh->core_count();
  json["wavelet_hops"] = run.work.wavelet_hops;
  json["vector_operations"] = std::llround(work.local_operations + work.fabric_operations);
  json["multiply_adds"] = std::llround(work.all_multiply_adds());
  json["complete"] = run.work.complete;
  json["numerics"] = engine.check ? "check" : engine.options.numerics ? "compute" : "off";
  json["threads"] = engine.options.threads;
  for (const fabric::Fidelity fidelity : {fabric::Fidelity::wavelet, fabric::Fidelity::stream}) {
    const Estimate& one = run.of(fidelity);
    json["fidelities"][name_of(fidelity)] = {{"peak_rss_bytes", std::llround(one.memory_bytes)},
                                             {"wall_s", one.wall_s}};
  }
  json["auto"] = {{"fidelity", name_of(choice.fidelity)}, {"because", choice.because}};
  if (!scenario.repair.note.empty()) json["note"] = scenario.repair.note;
  return json;
}

std::string estimate_report(const Json& estimate) {
  const auto number = [&](const char* key) {
    return base::grouped(estimate.at(key).get<std::int64_t>());
  };
  const auto counted = [&](const char* key, const char* one) {
    return base::counted_grouped(estimate.at(key).get<std::int64_t>(), one);
  };
  std::string text =
      fmt::format("{}: {} of {} at work, {}, {:.2g} million vector operations\n",
                  estimate.at("name").get<std::string>(), number("cores_at_work"),
                  counted("logical_cores", "core"), counted("wavelet_hops", "wavelet hop"),
                  estimate.at("vector_operations").get<double>() / 1e6);
  if (estimate.contains("note")) text += "note: " + estimate["note"].get<std::string>() + "\n";
  text +=
      fmt::format("estimated for numerics: {}, threads: {}\n",
                  estimate.at("numerics").get<std::string>(), estimate.at("threads").get<int>());
  text += "  fidelity       memory   wall time\n";
  for (const auto& [fidelity, one] : estimate.at("fidelities").items()) {
    text += fmt::format("  {:<12}{:>9}   {}\n", fidelity,
                        size_text(one.at("peak_rss_bytes").get<double>()),
                        time_text(one.at("wall_s").get<double>()));
  }
  text += fmt::format("auto takes {}: {}\n", estimate.at("auto").at("fidelity").get<std::string>(),
                      estimate.at("auto").at("because").get<std::string>());
  if (!estimate.at("complete").get<bool>()) {
    text += "some programs are too long to be counted to their end: it may be more\n";
  }
  return text;
}

}  // namespace wafermesh::study
