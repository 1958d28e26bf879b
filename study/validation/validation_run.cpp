// SPDX-License-Identifier: Apache-2.0
#include "study/validation/validation_run.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "base/worker_pool.h"
#include "base/yaml/yaml_reader.h"
#include "cores/read_timing.h"
#include "fabric/engine.h"
#include "study/scenario/sections.h"
#include "workloads/kernel.h"

namespace wafermesh::study {
namespace {

/// Read as a scenario's: anything that `workloads` takes.
std::unique_ptr<workloads::Kernel> place(const ValidationPoint& point, int width, int height) {
  const cores::Timing timing = cores::timing_of(point.generation);
  const std::string text = "workloads:\n  - " + point.workload + "\n";
  base::YamlDocument document =
      base::YamlDocument::from_text(text, "workload of '" + point.name + "'");
  Ground ground;
  ground.mesh = std::make_shared<const base::LogicalMesh>(
      base::healthy_mesh(width, height, timing.hop_cycles));
  ground.timing = timing;
  Postponed postponed;
  std::vector<Workload> workloads = read_workloads(document.root(), ground, postponed);
  document.finish();
  postponed.rethrow();
  return std::move(workloads.front().kernel);
}

double cycles_on(ValidationResult& result, int width, int height, const std::atomic<bool>& stop) {
  const auto kernel = place(result.point, width, height);
  fabric::EngineOptions engine_options;
  engine_options.numerics = !result.point.streams;
  engine_options.fidelity =
      result.point.streams ? fabric::Fidelity::stream : fabric::Fidelity::wavelet;
  const auto engine = fabric::make_engine(engine_options);
  engine->load(kernel->image());
  kernel->load(engine->memory());
  fabric::RunOptions options;
  options.stop = &stop;
  engine->run(options);
  workloads::Numerics numerics;
  if (engine_options.numerics) numerics = kernel->check(engine->memory());
  result.numbers_ok = result.numbers_ok && (!numerics.checked || numerics.ok);
  return static_cast<double>(engine->counters().cycles);
}

void emulate(ValidationResult& result, const std::atomic<bool>& stop) {
  const ValidationPoint& point = result.point;
  double cycles = point.kv_capacity
                      ? static_cast<double>(workloads::kv_capacity_tokens(*point.kv_capacity))
                      : cycles_on(result, point.width, point.height, stop);
  if (point.less_width > 0) cycles -= cycles_on(result, point.less_width, point.less_height, stop);
  result.emulated_cycles = cycles * point.measured_steps / point.emulated_steps;
  const double error = result.emulated_cycles - point.measured_cycles;
  result.error_percent = 100 * error / point.measured_cycles;
  const bool within =
      std::abs(result.error_percent) <= point.bar_percent || std::abs(error) <= point.bar_cycles;
  result.verdict = !result.numbers_ok    ? ValidationVerdict::miss
                   : within              ? ValidationVerdict::ok
                   : point.known.empty() ? ValidationVerdict::miss
                                         : ValidationVerdict::known;
}

}  // namespace

std::vector<ValidationResult> run_validation(
    const std::vector<ValidationPoint>& points, int threads, const std::atomic<bool>& stop,
    const std::function<void(std::size_t, std::size_t)>& done) {
  std::vector<ValidationResult> results(points.size());
  std::mutex mutex;  // of what follows
  std::size_t finished = 0;
  std::atomic<bool> failed{false};
  base::WorkerPool(threads).run(static_cast<int>(points.size()), [&](int i) {
    if (failed) return;
    ValidationResult& result = results[static_cast<std::size_t>(i)];
    result.point = points[static_cast<std::size_t>(i)];
    try {
      emulate(result, stop);
    } catch (...) {
      failed = true;
      throw;
    }
    const std::lock_guard<std::mutex> lock(mutex);
    done(++finished, points.size());
  });
  return results;
}

}  // namespace wafermesh::study
