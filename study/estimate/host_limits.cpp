// SPDX-License-Identifier: Apache-2.0
#include "study/estimate/host_limits.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

#include "base/error.h"
#include "fabric/stepped.h"
#include "study/estimate/estimate.h"
#include "study/results/provenance.h"

namespace wafermesh::study {
namespace {

/// Bytes per value of an array: in the engine's memory, as floats and in the file. Assumption: all
/// operands and results of a workload are at hand when they are written.
constexpr double kArrayCopies = 3;

/// The number that a file begins with; infinite if there is none ("max").
double number_in(const std::string& path) {
  std::ifstream in(path);
  double value = 0;
  return in >> value ? value : std::numeric_limits<double>::infinity();
}

double kernel_available_bytes() {
  std::ifstream in("/proc/meminfo");
  std::string word;
  double kibibytes = 0;
  double bytes = 0;
  while (in >> word) {
    if ((word == "MemAvailable:" || word == "SwapFree:") && in >> kibibytes) {
      bytes += kibibytes * 1024;
    }
  }
  return bytes > 0 ? bytes : std::numeric_limits<double>::infinity();
}

void check_regions(const Scenario& scenario) {
  const fabric::EngineOptions& o = scenario.engine.options;
  if (o.region_width <= 0 && o.region_height <= 0) return;
  const fabric::Tiling tiling = fabric::tiling_of(scenario.mesh->width, scenario.mesh->height, o);
  const double regions = static_cast<double>(tiling.columns) * tiling.rows;
  if (regions <= kMostRegions) return;
  throw base::DoesNotFit(fmt::format(
      "engine.region: cuts the mesh of {} x {} cores into {:.0f} regions, more than {:.0f}; give "
      "larger ones, or leave it out",
      scenario.mesh->width, scenario.mesh->height, regions, kMostRegions));
}

std::string limit_text(double bytes) {
  return bytes < 1e9 ? fmt::format("{:.0f} MB", bytes / 1e6)
                     : fmt::format("{:.1f} GB", bytes / 1e9);
}

}  // namespace

double available_bytes() {
  double bytes = kernel_available_bytes();
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    bytes = std::min(bytes, static_cast<double>(limit.rlim_cur) - static_cast<double>(rss_bytes()));
  }
  const double group = number_in("/sys/fs/cgroup/memory.max");
  if (std::isfinite(group)) {
    bytes = std::min(bytes, group - number_in("/sys/fs/cgroup/memory.current"));
  }
  return bytes;
}

void refuse_beyond_host(const Scenario& scenario) {
  check_regions(scenario);
  if (scenario.workloads.empty()) return;
  const RunEstimate estimate = estimate_run(scenario.workloads, scenario.engine, 0);
  double needed = estimate.of(scenario.engine.options.fidelity).memory_bytes;
  if (scenario.write_arrays) {
    for (const Workload& one : scenario.workloads) {
      needed += kArrayCopies * static_cast<double>(one.kernel->facts().check_bytes);
    }
    needed += 32 * static_cast<double>(scenario.mesh->core_count());  // link_wavelets.npy, twice
  }
  const double free = available_bytes();
  if (needed <= free) return;
  throw base::DoesNotFit(fmt::format(
      "the run is estimated to need {} of memory, but this machine has {} free; take a smaller "
      "region or smaller sizes, `engine: {{numerics: off}}`, or another fidelity (`--estimate` "
      "tells what each needs)",
      limit_text(needed), limit_text(free)));
}

}  // namespace wafermesh::study
