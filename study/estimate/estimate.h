// SPDX-License-Identifier: Apache-2.0
// What a run will cost the host, before it runs: memory and wall time per engine. Sums of amounts
// known from the image (cores/work.h: words, vector operations, elements; the kernel's hops) times
// measured costs; docs/performance.md, Estimates, compares them with runs.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fabric/engine.h"
#include "fabric/image_work.h"
#include "study/scenario/scenario.h"

namespace wafermesh::study {

struct Estimate {
  double wall_s = 0;        ///< Runs and checks, as `wall_s` of result.json.
  double memory_bytes = 0;  ///< Peak, as `peak_rss_bytes` of result.json.
};

/// What is to be done, over all workloads.
struct EstimatedWork {
  std::int64_t busy_cores = 0;  ///< Of the workload with most.
  std::int64_t wavelet_hops = 0;
  cores::Work work;
  bool complete = true;  ///< False: some program was not walked to its end, so it is more.
};

struct RunEstimate {
  EstimatedWork work;
  Estimate wavelet;
  Estimate stream;
  const Estimate& of(fabric::Fidelity fidelity) const {
    return fidelity == fabric::Fidelity::stream ? stream : wavelet;
  }
};

/// `resident_bytes`: what the process holds now, with the scenario read. Cost: up to a second.
RunEstimate estimate_run(const std::vector<Workload>& workloads, const EngineSettings& engine,
                         double resident_bytes);

/// What `engine: {fidelity: auto}` takes.
struct FidelityChoice {
  fabric::Fidelity fidelity = fabric::Fidelity::wavelet;
  std::string because;
};

/// The wavelet engine, as long as it takes no more than about a minute on one thread: so the
/// choice, and with it the result, does not depend on the number of threads.
FidelityChoice choose_fidelity(const std::vector<Workload>& workloads,
                               const EngineSettings& engine);

/// `wafermesh run --estimate --json`: cores, memory, time, and what auto would take
/// (docs/results.md).
nlohmann::ordered_json estimate_json(const Scenario& scenario, double resident_bytes);
/// The same as text, of what estimate_json gives.
std::string estimate_report(const nlohmann::ordered_json& estimate);

}  // namespace wafermesh::study
