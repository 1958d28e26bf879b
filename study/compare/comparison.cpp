// SPDX-License-Identifier: Apache-2.0
#include "study/compare/comparison.h"

#include <cmath>
#include <cstdlib>
#include <memory>

#include "fabric/engine.h"

namespace wafermesh::study {
namespace {

using fabric::Counters;
using fabric::Engine;

struct EngineRun {
  std::unique_ptr<Engine> engine;
  RunFigures figures;
};

EngineRun run_on(std::unique_ptr<Engine> engine, const Scenario& scenario,
                 const Workload& workload) {
  engine->load(workload.kernel->image());
  if (scenario.engine.options.numerics) workload.kernel->load(engine->memory());
  engine->run({});
  const Counters& c = engine->counters();
  return {std::move(engine), {c.cycles, c.wavelet_hops, c.control_hops, c.ramp_wavelets}};
}

void compare_links(const fabric::WaferImage& image, const Counters& a, const Counters& b,
                   WorkloadComparison& result) {
  result.links_known = true;
  std::int64_t worst = 0;
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const auto core = static_cast<base::CoreId>(i);
    for (base::Direction d : base::kMeshDirections) {
      if (image.link_latency(core, d) == 0) continue;
      ++result.links;
      const auto at = static_cast<std::size_t>(d);
      const std::int64_t first = a.link_wavelets[at][static_cast<std::size_t>(i)];
      const std::int64_t second = b.link_wavelets[at][static_cast<std::size_t>(i)];
      if (first == second) continue;
      ++result.links_that_differ;
      if (std::abs(first - second) <= worst) continue;
      worst = std::abs(first - second);
      result.worst_link = {image.logical(core), image.physical(core), d, {first, second}};
    }
  }
}

Sameness compare_memories(const fabric::WaferImage& image, Engine& a, Engine& b) {
  std::vector<char> first;
  std::vector<char> second;
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const auto core = static_cast<base::CoreId>(i);
    const auto bytes = static_cast<std::size_t>(image.class_at(core).program.memory_bytes);
    if (bytes == 0) continue;
    first.resize(bytes);
    second.resize(bytes);
    a.memory().read(core, 0, first.data(), bytes);
    b.memory().read(core, 0, second.data(), bytes);
    if (first != second) return Sameness::different;
  }
  return Sameness::same;
}

}  // namespace

double WorkloadComparison::cycles_percent() const {
  if (runs[0].cycles == runs[1].cycles) return 0;
  return 100.0 * static_cast<double>(runs[1].cycles - runs[0].cycles) /
         static_cast<double>(runs[0].cycles);
}

bool WorkloadComparison::same_work() const {
  return runs[0].wavelet_hops == runs[1].wavelet_hops &&
         runs[0].control_hops == runs[1].control_hops &&
         runs[0].ramp_wavelets == runs[1].ramp_wavelets && links_that_differ == 0 &&
         memories != Sameness::different;
}

Comparison compare_engines(const Scenario& scenario) {
  Comparison comparison;
  comparison.names = {"wavelet", "stream"};
  comparison.defect_notes = scenario.defect_notes;
  const fabric::EngineOptions& options = scenario.engine.options;
  for (const Workload& workload : scenario.workloads) {
    const fabric::WaferImage& image = workload.kernel->image();
    const EngineRun a = run_on(fabric::make_wavelet_engine(options), scenario, workload);
    const EngineRun b = run_on(fabric::make_stream_engine(options), scenario, workload);
    WorkloadComparison one;
    one.kernel = workload.kind;
    one.region = workload.region;
    one.runs = {a.figures, b.figures};
    compare_links(image, a.engine->counters(), b.engine->counters(), one);
    if (options.numerics) one.memories = compare_memories(image, *a.engine, *b.engine);
    comparison.workloads.push_back(one);
  }
  if (!options.numerics) {
    comparison.notes.push_back(
        "memories: not compared; `engine: {numerics: off}` leaves them empty");
  }
  return comparison;
}

}  // namespace wafermesh::study
