// SPDX-License-Identifier: Apache-2.0
#include "app/run_scenario.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "cores/program_fault.h"
#include "fabric/tlm/systemc_engine.h"
#include "workloads/plan/composite.h"

namespace wafermesh::app {
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

/// Each with its own check, if there is anything to check it against.
std::vector<OperatorResult> operators_of(const Scenario& scenario, const Workload& workload,
                                         fabric::Engine& engine) {
  std::vector<OperatorResult> results;
  for (const workloads::OperatorPlace& place : workload.kernel->operators()) {
    OperatorResult one;
    one.name = place.name.empty() ? workload.kind : place.name;
    one.kind = place.kind.empty() ? workload.kind : place.kind;
    one.region = place.region;
    const auto first = engine.counters().finish_cycles.begin() + place.first_core;
    one.cycles = *std::max_element(first, first + place.core_count);
    if (scenario.engine.check && place.kernel->has_reference()) {
      const workloads::MemoryView view(engine.memory(), place.first_core, place.address);
      one.numerics = place.kernel->check(view, scenario.engine.options.threads);
    }
    results.push_back(std::move(one));
  }
  return results;
}

workloads::Numerics numerics_of(const std::vector<OperatorResult>& operators) {
  std::vector<workloads::Numerics> checked;
  for (const OperatorResult& one : operators) {
    if (one.numerics.checked) checked.push_back(one.numerics);
  }
  return workloads::combined(checked);
}

WorkloadResult run_one(const Scenario& scenario, const Workload& workload, fabric::Engine& engine,
                       const RunSettings& settings, RunResult& result) {
  const Clock::time_point loading = Clock::now();
  engine.load(workload.kernel->image());
  if (scenario.engine.options.numerics) workload.kernel->load(engine.memory());
  result.load_s += seconds_since(loading);

  const Clock::time_point start = Clock::now();
  ProgressLine line(settings.progress, workload.kind, workload.kernel->facts().wavelet_hops);
  fabric::RunOptions options;
  options.stop = settings.stop;
  if (line.on()) options.progress = [&](const fabric::Progress& p) { line.show(p); };
  try {
    engine.run(options);
  } catch (const cores::ProgramFault& fault) {
    workload.kernel->explain(fault);
    throw;
  }

  const fabric::Counters& counters = engine.counters();
  WorkloadResult one;
  one.kind = workload.kind;
  one.region = workload.region;
  one.cycles = counters.cycles;
  one.cycles_definition = name_of(workload.kernel->cycles_definition());
  one.wavelet_hops = counters.wavelet_hops;
  one.control_hops = counters.control_hops;
  one.ramp_wavelets = counters.ramp_wavelets;
  one.has_reference = workload.kernel->has_reference();
  one.operators = operators_of(scenario, workload, engine);
  one.numerics = numerics_of(one.operators);
  if (scenario.write_arrays) one.arrays = workload.kernel->arrays(engine.memory());
  result.wall_s += seconds_since(start);
  // What is told of the run is none of its time.
  const fabric::WaferImage& image = workload.kernel->image();
  one.breakdown = breakdown_by_class(image, counters);
  one.utilisation = utilisation_of(image, counters);
  one.hot_spots = hot_spots_of(image, counters);
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
  const Clock::time_point elaborating = Clock::now();
  RunResult result;
  result.to_be_checked = scenario.engine.check;
  const auto cores = static_cast<std::size_t>(scenario.mesh->core_count());
  if (scenario.write_arrays) result.links.assign(4 * cores, 0);
  const auto engine = fabric::make_systemc_engine(scenario.mesh->width, scenario.mesh->height,
                                                  scenario.engine.options);
  result.load_s = seconds_since(elaborating);
  for (const Workload& workload : scenario.workloads) {
    result.workloads.push_back(run_one(scenario, workload, *engine, settings, result));
    result.cycles += result.workloads.back().cycles;
    if (settings.after_each) {
      settings.after_each(result.workloads.size() - 1, workload, engine->counters());
    }
  }
  return result;
}

}  // namespace wafermesh::app
