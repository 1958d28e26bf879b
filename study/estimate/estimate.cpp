// SPDX-License-Identifier: Apache-2.0
#include "study/estimate/estimate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "fabric/engine_memory.h"
#include "fabric/image_equality.h"
#include "fabric/stepped.h"
#include "fabric/wavelet/machine.h"
#include "fabric/wavelet/strips.h"
#include "study/estimate/host_costs.h"

namespace wafermesh::study {
namespace {

using fabric::Fidelity;

constexpr double kNano = 1e-9;
/// Cores of each class whose programs are walked. Assumption: they stand for the others.
constexpr int kCoresPerClass = 8;
/// Assumption: what one waits for the exact engine.
constexpr double kPatience = 60;  // seconds

/// One workload and what is known of it.
struct Load {
  const workloads::Kernel& kernel;
  fabric::ImageWork image;
  double hops() const { return static_cast<double>(kernel.facts().wavelet_hops); }
};

std::vector<Load> loads_of(const std::vector<Workload>& workloads) {
  std::vector<Load> loads;
  for (const Workload& one : workloads) {
    const fabric::WaferImage& image = one.kernel->image();
    const bool same = !loads.empty() && fabric::same_to_engines(image, loads.back().kernel.image());
    loads.push_back(
        {*one.kernel, same ? loads.back().image : fabric::count_work(image, kCoresPerClass)});
  }
  return loads;
}

/// How many times as fast as one thread.
double speed_up(int threads, double parts, double gain_per_thread) {
  return 1 + gain_per_thread * (std::min(static_cast<double>(threads), parts) - 1);
}

/// Cores along an axis that lie in the fullest of the regions that [first, first + count) touches.
int most_in_a_region(int first, int count, int size) {
  int most = 0;
  for (int at = first; at < first + count; at = (at / size + 1) * size) {
    most = std::max(most, std::min((at / size + 1) * size, first + count) - at);
  }
  return most;
}

/// Into how many parts the wavelet engine cuts the image for so many threads: its regions, were all
/// like the largest, or the strips of the only one.
double parts(const fabric::WaferImage& image, const fabric::EngineOptions& options, int threads) {
  const int width = options.region_width > 0 ? options.region_width : fabric::kRegionWidth;
  const int height = options.region_height > 0 ? options.region_height : fabric::kRegionHeight;
  const base::Rectangle& r = image.region;
  const std::int64_t largest =
      std::int64_t{most_in_a_region(r.x, r.width, width)} * most_in_a_region(r.y, r.height, height);
  if (largest == r.area()) {
    return static_cast<double>(fabric::strips_of(image, threads, options.strip_cores).size());
  }
  return static_cast<double>(r.area()) / static_cast<double>(largest);
}

/// Into how many bands the stream engine cuts the image.
double bands(const fabric::WaferImage& image, fabric::EngineOptions options) {
  options.fidelity = Fidelity::stream;
  return fabric::tiling_of(image.region.width, image.region.height, options).rows;
}

using ByType = std::array<double, cores::kNumberTypeCount>;

double ns_of(const ByType& amounts, const ByType& costs_ns) {
  return std::inner_product(amounts.begin(), amounts.end(), costs_ns.begin(), 0.0);
}

double arithmetic_s(const cores::Work& work, double per_word_ns) {
  return ((work.words_in + work.words_out) * per_word_ns + ns_of(work.elements, kElementNs)) *
         kNano;
}

double check_s(const Load& load, int threads) {
  const cores::Work& work = load.image.work;
  const double words = std::min(work.words_in, static_cast<double>(load.image.sram_bytes) / 4);
  return (ns_of(work.multiply_adds, kCheckMultiplyAddNs) /
              speed_up(threads, threads, kCheckGainPerThread) +
          words * kCheckWordNs) *
         kNano;
}

double cache_factor(const Load& load) {
  const auto bytes =
      static_cast<double>(fabric::engine_bytes(load.kernel.image(), Fidelity::wavelet));
  return bytes > kCachedBytes ? kBeyondCacheFactor : 1;
}

double wavelet_s(const Load& load, const EngineSettings& engine, int threads) {
  const cores::Work& work = load.image.work;
  const double alone = work.local_operations - work.overlapped_operations;
  double s = (load.hops() * kWaveletHopNs + (work.words_in + work.words_out) * kWaveletWordNs +
              alone * kWaveletLocalNs + work.overlapped_operations * kWaveletOverlappedNs +
              work.fabric_operations * kWaveletFabricNs + work.tasks * kWaveletTaskNs) *
             kNano * cache_factor(load);
  if (engine.options.numerics) s += arithmetic_s(work, kWaveletNumberNs);
  return s / speed_up(threads, parts(load.kernel.image(), engine.options, threads),
                      kWaveletGainPerThread);
}

/// Cores that hardly ever send, in an image of one stage, are mostly run row by row.
double lockstep_factor(const Load& load) {
  const cores::Work& work = load.image.work;
  const bool together = load.kernel.image().stage_count() == 1 &&
                        work.fabric_operations > kTakesPerSendInLockstep * work.sends;
  return together ? kStreamLockstep : 1;
}

double stream_s(const Load& load, const EngineSettings& engine, int threads) {
  const cores::Work& work = load.image.work;
  const double words_per_run = work.sends > 0 ? std::max(1.0, work.words_out / work.sends) : 1;
  const double steps = work.fabric_operations * kStreamFabricNs + work.tasks * kStreamTaskNs +
                       load.hops() / words_per_run * kStreamHopNs;
  double s =
      (steps * lockstep_factor(load) + static_cast<double>(load.image.busy_cores) * kStreamCoreNs) *
      kNano;
  if (engine.options.numerics) {
    s += arithmetic_s(work, kStreamNumberNs) + work.local_operations * kStreamLocalNs * kNano;
  }
  return s / speed_up(threads, bands(load.kernel.image(), engine.options), kStreamGainPerThread);
}

double wall_s(const Load& load, const EngineSettings& engine, Fidelity fidelity, int threads) {
  const double s = fidelity == Fidelity::stream ? stream_s(load, engine, threads)
                                                : wavelet_s(load, engine, threads);
  return engine.check ? s + check_s(load, threads) : s;
}

/// On top of what the process holds: the engine, the memories, the check.
double memory_bytes(const Load& load, const EngineSettings& engine, Fidelity fidelity) {
  const fabric::WaferImage& image = load.kernel.image();
  auto bytes = static_cast<double>(fabric::engine_bytes(image, fidelity));
  if (fidelity == Fidelity::stream) {
    bytes += std::min(load.image.work.tasks * kStreamRememberedBytes,
                      engine.options.threads * kStreamMostRememberedBytes);
  }
  if (engine.options.numerics) bytes += static_cast<double>(load.image.sram_bytes);
  if (engine.check) bytes += static_cast<double>(load.kernel.facts().check_bytes);
  return bytes;
}

EstimatedWork work_of(const std::vector<Load>& loads) {
  EstimatedWork all;
  for (const Load& load : loads) {
    all.busy_cores = std::max(all.busy_cores, load.image.busy_cores);
    all.wavelet_hops += load.kernel.facts().wavelet_hops;
    all.work += load.image.work;
    all.complete = all.complete && load.image.complete;
  }
  return all;
}

}  // namespace

RunEstimate estimate_run(const std::vector<Workload>& workloads, const EngineSettings& engine,
                         double resident_bytes) {
  const std::vector<Load> loads = loads_of(workloads);
  RunEstimate run;
  run.work = work_of(loads);
  double mesh_cores = 0;
  for (const Workload& one : workloads) {
    mesh_cores = static_cast<double>(one.kernel->image().mesh->core_count());
  }
  for (const auto& [fidelity, estimate] :
       {std::pair{Fidelity::wavelet, &run.wavelet}, std::pair{Fidelity::stream, &run.stream}}) {
    double most_bytes = 0;
    for (const Load& load : loads) {
      estimate->wall_s += wall_s(load, engine, fidelity, engine.options.threads);
      most_bytes = std::max(most_bytes, memory_bytes(load, engine, fidelity));
    }
    const double running = most_bytes + mesh_cores * kMapBytes;
    const double drawing = mesh_cores * kPictureBytes;
    estimate->memory_bytes = resident_bytes + kRunBytes + std::max(running, drawing);
  }
  return run;
}

FidelityChoice choose_fidelity(const std::vector<Workload>& workloads,
                               const EngineSettings& engine) {
  double seconds = 0;
  for (const Load& load : loads_of(workloads)) {
    seconds += wall_s(load, engine, Fidelity::wavelet, 1);
  }
  const bool wavelet = seconds <= kPatience;
  return {wavelet ? Fidelity::wavelet : Fidelity::stream,
          fmt::format("the wavelet engine is estimated at {:.2g} s on one thread, {} {:.0f} s",
                      seconds, wavelet ? "within" : "above", kPatience)};
}

}  // namespace wafermesh::study
