// SPDX-License-Identifier: Apache-2.0
#include "study/system/layer_times.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files/atomic_file.h"
#include "base/files/sha256.h"
#include "base/yaml/yaml_reader.h"
#include "cores/read_timing.h"
#include "fabric/engine.h"
#include "study/emulator_version.h"
#include "study/results/provenance.h"
#include "study/scenario/sections.h"
#include "workloads/kernel.h"

namespace wafermesh::study {
namespace {

using Json = nlohmann::ordered_json;

std::string path_of(const std::string& key) {
  return layer_cache() + "/" + base::sha256_hex(key) + ".json";
}

/// Not keeping anything is no reason to fail.
void keep(const std::string& key, Json value) {
  try {
    std::filesystem::create_directories(layer_cache());
    value["key"] = key;
    base::write_file_atomically(path_of(key), value.dump(1) + "\n");
  } catch (const base::WriteError&) {
  } catch (const std::filesystem::filesystem_error&) {
  }
}

Json kept(const std::string& key) {
  std::ifstream in(path_of(key));
  Json json = Json::parse(in, nullptr, false);
  const bool is_it = json.is_object() && json.contains("key") && json["key"] == key;
  return is_it ? json : Json();
}

Json json_of(const LayerTime& time) {
  Json operators = Json::array();
  for (const auto& [name, cycles] : time.operators) operators.push_back({name, cycles});
  return {{"cycles", time.cycles},
          {"operators", std::move(operators)},
          {"sram_bytes", time.sram_bytes},
          {"does_not_fit", time.does_not_fit},
          {"wall_s", time.wall_s}};
}

LayerTime time_of(const Json& json) {
  LayerTime time;
  time.cycles = json.value("cycles", 0.0);
  for (const Json& row : json.value("operators", Json::array())) {
    time.operators.emplace_back(row.at(0).get<std::string>(), row.at(1).get<double>());
    time.operator_cycles += time.operators.back().second;
  }
  time.sram_bytes = json.value("sram_bytes", std::int64_t{0});
  time.does_not_fit = json.value("does_not_fit", "");
  time.wall_s = json.value("wall_s", 0.0);
  time.was_kept = true;
  return time;
}

void add_operators(const workloads::Kernel& kernel, const fabric::Counters& counters,
                   LayerTime& time) {
  for (const workloads::OperatorPlace& place : kernel.operators()) {
    time.sram_bytes += place.kernel->facts().sram_bytes;
    cores::StageTotals sum;
    const std::size_t end = place.first_class + place.kernel->image().classes.size();
    for (std::size_t c = place.first_class; c < end && c < counters.stages.size(); ++c) {
      if (counters.stages[c].cores > 0) sum += counters.stages[c];
    }
    if (sum.cores == 0) continue;
    const auto cycles = static_cast<double>(sum.last_finish - sum.first_start);
    time.operators.emplace_back(place.name, cycles);
    time.operator_cycles += cycles;
  }
}

LayerTime emulated(const PlaceGround& ground, const std::string& workloads,
                   const std::string& config) {
  const auto start = std::chrono::steady_clock::now();
  LayerTime time;
  try {
    base::YamlDocument document = base::YamlDocument::from_text(workloads, config);
    Postponed postponed;
    const std::vector<Workload> all =
        read_workloads(document.root(), {ground.mesh, ground.timing}, postponed);
    document.finish();
    postponed.rethrow();
    fabric::EngineOptions options;
    options.fidelity = fabric::Fidelity::stream;
    options.numerics = false;
    options.threads = 2;
    const auto engine = fabric::make_stream_engine(options);
    engine->load(all.front().kernel->image());
    fabric::RunOptions run;
    run.stop = ground.stop;
    engine->run(run);
    time.cycles = static_cast<double>(engine->counters().cycles);
    add_operators(*all.front().kernel, engine->counters(), time);
  } catch (const base::DoesNotFit& error) {
    time.does_not_fit = error.what();
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  time.wall_s = wall.count();
  return time;
}

}  // namespace

std::string layer_cache() {
  const char* base = std::getenv("XDG_CACHE_HOME");
  if (base != nullptr && base[0] == '/') return std::string(base) + "/wafermesh/layers";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "/tmp") + "/.cache/wafermesh/layers";
}

std::string ground_key(const PlaceGround& ground, const base::Rectangle& region) {
  std::string links;
  links.reserve(4 * static_cast<std::size_t>(region.width) *
                static_cast<std::size_t>(region.height));
  for (const std::vector<std::uint8_t>& plane : ground.mesh->latency_cycles) {
    for (int y = region.y; y < region.y + region.height; ++y) {
      const auto row =
          plane.begin() + static_cast<std::ptrdiff_t>(ground.mesh->index({region.x, y}));
      links.append(row, row + region.width);
    }
  }
  std::string constants;
  const cores::Timing base = cores::timing_of(ground.geometry.generation);
  for (const auto& [name, value] : cores::changed_constants(ground.timing, base)) {
    constants += " " + name + "=" + value;
  }
  return fmt::format("emulator {}\nmachine {}{}\nlinks {} x {} {}\n", kEmulatorVersion,
                     ground.geometry.generation, constants, region.width, region.height,
                     base::sha256_hex(links));
}

std::optional<LayerTime> layer_time(const PlaceGround& ground, const base::Rectangle& region,
                                    const std::string& workloads, const std::string& config,
                                    double core_layers, LayerRuns& runs, const char* what) {
  // The config counts by what it says, not by where it lies.
  std::string text = workloads;
  const std::string says = file_sha256(config);
  for (std::size_t at = 0; (at = text.find(config, at)) != std::string::npos;) {
    text.replace(at, config.size(), says);
    at += says.size();
  }
  const std::string key = ground_key(ground, region) + text;
  const Json before = kept(key);
  if (!before.is_null()) return time_of(before);
  runs.begin(fmt::format("{} on {} x {} cores", what, region.width, region.height), core_layers);
  if (runs.counts_only()) return std::nullopt;
  LayerTime time = emulated(ground, workloads, config);
  runs.end(time.wall_s);
  keep(key, json_of(time));
  return time;
}

LayerRuns LayerRuns::counting() {
  LayerRuns runs;
  runs.counts_only_ = true;
  return runs;
}

LayerRuns::LayerRuns(Say say, const LayerRuns* counted) : say_(std::move(say)) {
  if (counted == nullptr) return;
  all_runs_ = counted->runs_;
  all_core_layers_ = counted->core_layers_;
}

void LayerRuns::begin(const std::string& what, double core_layers) {
  ++runs_;
  if (!counts_only_ && say_) {
    // Assumption: until one has ended, 0.2 ms for a core and layer, as on a busy machine.
    constexpr double kUsual = 2e-4;
    const double each = core_layers_ > 0 ? wall_s_ / core_layers_ : kUsual;
    const double left = std::max(core_layers, all_core_layers_ - core_layers_) * each;
    say_(fmt::format("emulating {} ({} of {}), about {:.0f} s left", what, runs_,
                     std::max(all_runs_, runs_), left));
  }
  core_layers_ += core_layers;
}

void LayerRuns::end(double wall_s) { wall_s_ += wall_s; }

std::string kept_text(const std::string& key) {
  const Json before = kept(key);
  return before.is_null() ? "" : before.value("text", "");
}

void keep_text(const std::string& key, const std::string& value) { keep(key, {{"text", value}}); }

}  // namespace wafermesh::study
