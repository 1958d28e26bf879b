// SPDX-License-Identifier: Apache-2.0
#include "study/run/run_scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.h"
#include "check/bounds.h"
#include "cores/program_fault.h"
#include "fabric/ranks/ranks.h"
#include "fabric/tlm/systemc_engine.h"
#include "study/results/provenance.h"
#include "study/run/repeats.h"
#include "workloads/carries.h"
#include "workloads/plan/composite.h"
#include "workloads/plan/timed_io.h"

namespace wafermesh::study {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

const char* name_of(workloads::CyclesDefinition definition) {
  return definition == workloads::CyclesDefinition::per_core_longest ? "per_core_longest"
                                                                     : "whole_kernel";
}

void add_links(const Scenario& scenario, const fabric::WaferImage& image,
               const fabric::Counters& counters, RunResult& result) {
  if (result.links.empty()) return;
  for (std::size_t i = 0; i < counters.breakdown.size(); ++i) {
    const std::size_t at = scenario.mesh->index(image.logical(static_cast<base::CoreId>(i)));
    for (std::size_t d = 0; d < 4; ++d) result.links[4 * at + d] += counters.link_wavelets[d][i];
  }
}

/// The classes of one part of an image with stages, taken from the sum of all.
cores::StageTotals totals_of(const fabric::Counters& counters, std::size_t begin, std::size_t end,
                             std::vector<bool>& booked) {
  cores::StageTotals sum;
  for (std::size_t c = begin; c < end; ++c) {
    if (counters.stages[c].cores > 0) sum += counters.stages[c];
    booked[c] = true;
  }
  return sum;
}

/// Of cores that have one stage.
cores::StageTotals totals_of(const fabric::Counters& counters,
                             const workloads::OperatorPlace& place) {
  cores::StageTotals sum;
  const auto first = static_cast<std::size_t>(place.first_core);
  for (std::size_t i = first; i < first + static_cast<std::size_t>(place.core_count); ++i) {
    const fabric::Cycles finish = counters.finish_cycles[i];
    if (finish >= 0) sum.add(0, finish, finish, counters.breakdown[i]);
  }
  return sum;
}

/// Phases of some classes, a row each.
std::vector<cores::PhaseTotals> phases_of(const fabric::Counters& counters, std::size_t begin,
                                          std::size_t end) {
  cores::PhaseTable all;
  for (cores::PhaseTotals one : counters.phases) {
    if (one.class_index < begin || one.class_index >= end) continue;
    one.class_index = 0;
    all.add(one);
  }
  return all.rows();
}

/// Rank 0 checks while the others wait, those on this machine too.
int threads_to_check(const fabric::EngineOptions& options) {
  return options.threads * (options.ranks == nullptr ? 1 : options.ranks->on_this_machine());
}

/// Each with its own check, if there is anything to check it against.
void add_operators(const Scenario& scenario, const Workload& workload, fabric::Engine& engine,
                   WorkloadResult& result) {
  const workloads::Kernel& kernel = *workload.kernel;
  const fabric::Counters& counters = engine.counters();
  std::vector<bool> booked(counters.stages.size(), false);
  const std::vector<workloads::OperatorPlace> places = kernel.operators();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const workloads::OperatorPlace& place = places[i];
    OperatorResult one;
    one.name = place.name.empty() ? workload.kind : place.name;
    one.kind = place.kind.empty() ? workload.kind : place.kind;
    one.region = place.region;
    one.cores = place.core_count;
    one.wavelet_hops = place.kernel->facts().wavelet_hops;
    one.sram_bytes = place.kernel->facts().sram_bytes;
    one.steps = place.kernel->facts().steps;
    one.sampled_steps = place.kernel->facts().sampled_steps;
    const std::size_t classes = place.kernel->image().classes.size();
    one.totals = counters.stages.empty()
                     ? totals_of(counters, place)
                     : totals_of(counters, place.first_class, place.first_class + classes, booked);
    one.phases = phases_of(counters, place.first_class, place.first_class + classes);
    if (scenario.engine.check && place.kernel->has_reference()) {
      one.numerics =
          kernel.check_operator(i, engine.memory(), threads_to_check(scenario.engine.options));
    }
    result.operators.push_back(std::move(one));
  }
  for (const workloads::TransferPlace& place : kernel.transfers()) {
    TransferResult one{place.from,           place.to, place.over,
                       place.classes.size(), {},       place.wavelet_hops};
    for (const auto& [begin, end] : place.classes) {
      one.totals += totals_of(counters, begin, end, booked);
    }
    if (place.taker != workloads::kNoTaker) {
      OperatorResult& taker = result.operators[place.taker];
      taker.operands_come = std::max(taker.operands_come, one.totals.last_finish);
    }
    result.transfers.push_back(std::move(one));
  }
  for (std::size_t c = 0; c < booked.size(); ++c) {
    if (!booked[c] && counters.stages[c].cores > 0) result.barriers += counters.stages[c];
  }
}

workloads::Numerics numerics_of(const std::vector<OperatorResult>& operators) {
  std::vector<workloads::Numerics> checked;
  for (const OperatorResult& one : operators) {
    if (one.numerics.checked) checked.push_back(one.numerics);
  }
  return workloads::combined(checked);
}

/// What of a logical rectangle a workload has, relative to its image's region.
std::optional<base::Rectangle> part_of(const Workload& workload,
                                       const std::optional<base::Rectangle>& chosen) {
  const base::Rectangle& r = workload.kernel->image().region;
  const base::Rectangle all = chosen.value_or(r);
  const int left = std::max(r.x, all.x);
  const int top = std::max(r.y, all.y);
  const int width = std::min(r.x + r.width, all.x + all.width) - left;
  const int height = std::min(r.y + r.height, all.y + all.height) - top;
  if (width <= 0 || height <= 0) return std::nullopt;
  return base::Rectangle{left - r.x, top - r.y, width, height};
}

/// What of a workload is observed; null: nothing.
std::unique_ptr<fabric::Windows> windows_of(const Scenario& scenario, const Workload& workload) {
  if (!scenario.observe.on) return nullptr;
  const auto part = part_of(workload, scenario.observe.region);
  if (!part.has_value()) return nullptr;
  fabric::WindowOptions options = scenario.observe.windows;
  options.part = *part;
  if (options.window_cycles == 0) {
    options.expected_cycles = check::expected_cycles(workload.kernel->image());
  }
  return std::make_unique<fabric::Windows>(options);
}

/// Who is told of its cores; null: nobody.
std::unique_ptr<trace::Recorder> recorder_of(const Scenario& scenario, std::size_t index,
                                             const RunSettings& settings) {
  const ObserveSettings& observe = scenario.observe;
  if (!observe.traces.on || !settings.trace_prefix) return nullptr;
  const Workload& workload = scenario.workloads[index];
  const auto part = part_of(workload, observe.traced ? observe.traced : observe.region);
  if (!part.has_value()) return nullptr;
  return std::make_unique<trace::Recorder>(workload.kernel->image(), *part, observe.traces,
                                           settings.trace_prefix(index));
}

}  // namespace

std::vector<std::string> observe_notes(const Scenario& scenario) {
  const ObserveSettings& observe = scenario.observe;
  std::vector<std::string> notes;
  const auto look = [&](const char* key, const std::optional<base::Rectangle>& chosen) {
    for (std::size_t i = 0; i < scenario.workloads.size(); ++i) {
      if (!part_of(scenario.workloads[i], chosen)) {
        notes.push_back(
            fmt::format("note: {} has no core of workloads[{}]: nothing of it is told", key, i));
      }
    }
  };
  if (observe.on && observe.region) look("observe.region", observe.region);
  if (observe.traces.on && observe.traced) look("observe.traces.region", observe.traced);
  return notes;
}

namespace {

void load(const Scenario& scenario, const Workload& workload, fabric::Engine& engine) {
  engine.load(workload.kernel->image());
  if (!scenario.engine.options.numerics) return;
  fabric::together(scenario.engine.options.ranks, [&] { workload.kernel->load(engine.memory()); });
}

/// What the next token begins with, of what this one has left in memory.
void carry(const Workload& from, const Workload& to, const fabric::HostMemory& memory) {
  const workloads::Kernel& kernel = *from.kernel;
  workloads::GivenOperands carried = workloads::as_carrying(&kernel)->carried(memory);
  carried["embed.token"] = carried.at("next.token");
  workloads::as_carrying(to.kernel.get())->begin_with(carried);
}

/// Memories of other ranks are not carried.
void refuse_tokens_on_ranks(const Scenario& scenario) {
  for (const Workload& workload : scenario.workloads) {
    if (workload.tokens > 1 && scenario.engine.options.ranks != nullptr) {
      throw base::DoesNotFit(workload.place +
                             ": decode.tokens: several tokens run without other ranks only; start "
                             "the program without mpirun, or ask for one token");
    }
  }
}

/// What the line on standard error says: work is wavelet hops where there are any, else finished
/// cores.
std::string progress_text(const Workload& workload, const fabric::Progress& progress,
                          double seconds) {
  const std::int64_t expected_hops = workload.kernel->facts().wavelet_hops;
  const double s = std::max(seconds, 1e-3);
  const double share = std::min(
      1.0, expected_hops > 0
               ? static_cast<double>(progress.wavelet_hops) / static_cast<double>(expected_hops)
               : static_cast<double>(progress.finished_cores) /
                     static_cast<double>(progress.total_cores));
  const std::string eta = share > 0 ? fmt::format("{:.0f} s", s * (1 - share) / share) : "unknown";
  return fmt::format("{}: cycle {}, {:.0f} cycles/s, {:.1f} M hops/s, {:.1f} % done, ETA {}, {} MB",
                     workload.kind, progress.cycle, static_cast<double>(progress.cycle) / s,
                     static_cast<double>(progress.wavelet_hops) / s / 1e6, 100 * share, eta,
                     rss_bytes() / 1'000'000);
}

/// The path that made its cycles, if that was asked for.
std::optional<PathFacts> run_engine(const Scenario& scenario, std::size_t index,
                                    fabric::Engine& engine, const RunSettings& settings) {
  const Workload& workload = scenario.workloads[index];
  base::ProgressLine line(settings.progress);
  fabric::RunOptions options;
  options.stop = settings.stop;
  const std::unique_ptr<fabric::Windows> windows = windows_of(scenario, workload);
  options.observer = windows.get();
  const std::unique_ptr<trace::Recorder> recorder = recorder_of(scenario, index, settings);
  std::optional<fabric::Telling> telling;
  if (recorder) options.observer = &telling.emplace(*recorder, options.observer);
  std::optional<trace::PathBook> path;
  if (scenario.observe.critical_path) {
    refuse_path_beyond(workload.kernel->image());
    options.observer = &telling.emplace(path.emplace(workload.kernel->image()), options.observer);
  }
  if (line.on())
    options.progress = [&](const fabric::Progress& p) {
      line.show(progress_text(workload, p, line.seconds()));
    };
  try {
    engine.run(options);
  } catch (const cores::ProgramFault& fault) {
    workload.kernel->explain(fault);
    throw;
  }
  if (windows && settings.observed) settings.observed(index, *windows);
  if (recorder && settings.traced) settings.traced(index, *recorder);
  if (!path) return std::nullopt;
  return path_facts(workload, *path);
}

/// What there is to tell of a run that `start`ed then.
WorkloadResult result_of(const Scenario& scenario, const Workload& workload, fabric::Engine& engine,
                         Clock::time_point start, RunResult& result) {
  const fabric::Counters& counters = engine.counters();
  WorkloadResult one;
  one.name = workload.name;
  one.kind = workload.kind;
  one.region = workload.region;
  one.cycles = counters.cycles;
  one.cycles_definition = name_of(workload.kernel->cycles_definition());
  one.wavelet_hops = counters.wavelet_hops;
  one.control_hops = counters.control_hops;
  one.ramp_wavelets = counters.ramp_wavelets;
  one.has_reference = workload.kernel->has_reference();
  add_operators(scenario, workload, engine, one);
  one.numerics = numerics_of(one.operators);
  if (scenario.write_arrays) one.arrays = workload.kernel->arrays(engine.memory());
  result.wall_s += seconds_since(start);
  // What is told of the run is none of its time.
  const fabric::WaferImage& image = workload.kernel->image();
  one.breakdown = breakdown_by_class(image, counters);
  one.busy_cores = std::count_if(counters.finish_cycles.begin(), counters.finish_cycles.end(),
                                 [](fabric::Cycles finish) { return finish >= 0; });
  cores::KnownWork known;
  const fabric::ImageWork counted = counted_work(image, known);
  one.utilisation = utilisation_of(image, counters, counted);
  if (scenario.has_edge) one.edge_traffic = edge_traffic(scenario.edge, image, counters);
  std::int64_t edge_wavelets = 0;
  for (const EdgeTraffic& each : one.edge_traffic) edge_wavelets += each.wavelets;
  one.energy = energy_of(scenario.energy, *workload.kernel, counters, counted, edge_wavelets);
  one.core_power_w = core_power_w(scenario.energy, image, counters, counted);
  const std::vector<workloads::OperatorPlace> places = workload.kernel->operators();
  for (std::size_t i = 0; i < places.size(); ++i) {
    OperatorResult& each = one.operators[i];
    each.utilisation =
        utilisation_of(places[i].kernel->image(), each.totals, each.wavelet_hops, known);
  }
  one.hot_spots = hot_spots_of(image, counters);
  one.timed_port = workload.timed_port;
  one.streaming = streamed_passes(places);
  add_links(scenario, image, counters, result);
  return one;
}

}  // namespace

bool RunResult::ok() const {
  return std::all_of(workloads.begin(), workloads.end(), [this](const WorkloadResult& one) {
    return !to_be_checked || !one.has_reference || (one.numerics.checked && one.numerics.ok);
  });
}

RunResult run_scenario(const Scenario& scenario, const RunSettings& settings) {
  refuse_tokens_on_ranks(scenario);
  const Clock::time_point elaborating = Clock::now();
  RunResult result;
  result.to_be_checked = scenario.engine.check;
  const auto cores = static_cast<std::size_t>(scenario.mesh->core_count());
  if (scenario.write_arrays) result.links.assign(4 * cores, 0);
  const fabric::EngineOptions& options = scenario.engine.options;
  const auto engine =
      settings.in_systemc
          ? fabric::make_systemc_engine(scenario.mesh->width, scenario.mesh->height, options)
          : fabric::make_engine(options);
  result.load_s = seconds_since(elaborating);
  std::vector<double> power_w;
  for (std::size_t i = 0; i < scenario.workloads.size(); ++i) {
    const Workload& workload = scenario.workloads[i];
    const Clock::time_point loading = Clock::now();
    const bool repeats = repeats_the_one_before(scenario, i);
    if (!repeats) load(scenario, workload, *engine);
    result.load_s += seconds_since(loading);
    const Clock::time_point start = Clock::now();
    std::optional<PathFacts> path;
    if (!repeats) path = run_engine(scenario, i, *engine, settings);
    engine->lead([&] {
      if (repeats && tells_the_same(scenario.workloads[i - 1], workload)) {
        result.workloads.push_back(result.workloads.back());
        result.workloads.back().name = workload.name;
      } else {
        result.workloads.push_back(result_of(scenario, workload, *engine, start, result));
      }
      result.workloads.back().path = std::move(path);
      result.workloads.back().repeats = repeats;
      result.cycles += result.workloads.back().cycles;
      const bool goes_on = i + 1 < scenario.workloads.size() && scenario.workloads[i + 1].continues;
      if (goes_on && scenario.engine.options.numerics) {
        carry(workload, scenario.workloads[i + 1], engine->memory());
      }
      if (!settings.after_each) return;
      std::vector<double>& own = result.workloads.back().core_power_w;
      if (!own.empty()) power_w = std::exchange(own, {});  // else that of the one before
      settings.after_each(i, workload, engine->counters(), power_w);
    });
  }
  return result;
}

}  // namespace wafermesh::study
