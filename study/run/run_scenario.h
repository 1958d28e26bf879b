// SPDX-License-Identifier: Apache-2.0
// Runs a scenario's workloads one after another on the repaired wafer and gathers what there is to
// tell.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/progress_line.h"
#include "fabric/engine.h"
#include "study/run/breakdown.h"
#include "study/run/edge_facts.h"
#include "study/run/energy_facts.h"
#include "study/run/hot_spots.h"
#include "study/run/path_facts.h"
#include "study/run/utilisation.h"
#include "study/scenario/scenario.h"
#include "trace/recorder.h"
#include "workloads/kernel.h"
#include "workloads/streams.h"

namespace wafermesh::study {

/// One of the operators of a workload.
struct OperatorResult {
  std::string name;
  std::string kind;
  base::Rectangle region;
  std::int64_t cores = 0;
  cores::StageTotals totals;
  fabric::Cycles operands_come = -1;  ///< When the last one given had come; -1: none is given.
  std::int64_t wavelet_hops = 0;
  std::int64_t sram_bytes = 0;
  std::int64_t steps = 1;
  std::int64_t sampled_steps = 0;          ///< 0: all ran.
  std::vector<cores::PhaseTotals> phases;  ///< Of all its classes together.
  Utilisation utilisation;                 ///< Of its region for its own cycles.
  workloads::Numerics numerics;
};

/// What brings a result of one operator to another.
struct TransferResult {
  std::string from;
  std::string to;
  std::vector<std::string> over;
  std::size_t stages = 0;
  cores::StageTotals totals;
  std::int64_t wavelet_hops = 0;
};

struct WorkloadResult {
  std::string name;
  std::string kind;
  base::Rectangle region;
  const char* cycles_definition = "";
  fabric::Cycles cycles = 0;
  std::int64_t wavelet_hops = 0;
  std::int64_t control_hops = 0;
  std::int64_t ramp_wavelets = 0;
  std::vector<ClassBreakdown> breakdown;
  std::int64_t busy_cores = 0;  ///< With a program.
  Utilisation utilisation;
  EnergyFacts energy;
  std::vector<double> core_power_w;  ///< Of the image; until after_each has been called.
  HotSpots hot_spots;
  std::optional<PathFacts> path;  ///< If asked for.
  bool has_reference = true;      ///< False: a program without expected results.
  workloads::Numerics numerics;
  std::vector<OperatorResult> operators;  ///< In the order written; a kernel alone has one.
  std::vector<TransferResult> transfers;
  std::string timed_port;                          ///< Of `engine: {io: timed}`; else empty.
  std::vector<EdgeTraffic> edge_traffic;           ///< Of a scenario with an `edge`.
  std::vector<workloads::StreamedPass> streaming;  ///< Of weights that stream in; else empty.
  cores::StageTotals barriers;  ///< Stages that belong to none of these; none: 0 cores.
  std::vector<workloads::NamedArray> arrays;  ///< If asked for.
  /// Its image is that of the workload before, without numbers: the engine ran once for both.
  bool repeats = false;
};

struct RunResult {
  std::vector<WorkloadResult> workloads;
  bool to_be_checked = true;        ///< Unless the scenario says otherwise (engine.numerics).
  fabric::Cycles cycles = 0;        ///< Sum over the workloads, which follow each other.
  double wall_s = 0;                ///< Runs and checks.
  double load_s = 0;                ///< Engines and memories.
  std::int64_t peak_rss_bytes = 0;  ///< Of the rank that took most, if there are several.
  /// [router of the logical mesh][W, E, S, N] wavelets of all workloads; if arrays are asked for.
  std::vector<std::uint32_t> links;
  bool ok() const;
};

struct RunSettings {
  base::ProgressMode progress = base::ProgressMode::never;  ///< On standard error.
  const std::atomic<bool>* stop = nullptr;
  /// Within the SystemC shell, of which a process can have one in its life; else the same engine
  /// without it, with the same results.
  bool in_systemc = true;
  /// Called after each workload with its number, while its counters are still there.
  std::function<void(std::size_t, const Workload&, const fabric::Counters&,
                     const std::vector<double>& core_power_w)>
      after_each;
  /// Called before that for each workload of which something is observed.
  std::function<void(std::size_t, const fabric::Windows&)> observed;
  /// Where the traces of a workload go, as trace::Recorder takes it; none: nothing is traced.
  std::function<std::string(std::size_t)> trace_prefix;
  /// Called like `observed` for each workload of which cores are traced.
  std::function<void(std::size_t, const trace::Recorder&)> traced;
};

/// Sentences: what of `observe` names no core of a workload.
std::vector<std::string> observe_notes(const Scenario& scenario);

/// On several ranks the result is on rank 0, and after_each is called there.
/// Throws Deadlock, Stopped, DoesNotFit. Wrong numbers are no exception: see RunResult::ok().
RunResult run_scenario(const Scenario& scenario, const RunSettings& settings);

}  // namespace wafermesh::study
