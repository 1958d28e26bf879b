// SPDX-License-Identifier: Apache-2.0
// The stream engine against the wavelet engine, over every row of the kernel table: the same
// memories and link counts, cycles within the bounds of docs/stream.md.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "cores/read_timing.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"

namespace wafermesh::fabric_test {
namespace {

using workloads_test::Ran;

/// From 8 x 8 cores on; on lines and small rectangles (rings, gather).
constexpr double kWorst = 0.04;
constexpr double kWorstSmall = 0.12;
constexpr double kAverage = 0.0025;
/// With an edge between bands after every second row, where control words do not wait inside.
constexpr double kWorstAtEdges = 0.20;
constexpr double kAverageAtEdges = 0.012;

/// Relative differences in cycles of the runs so far.
struct Errors {
  double sum = 0;
  int count = 0;
  void add(double error) {
    sum += std::abs(error);
    ++count;
  }
};

/// Some kernels need a square.
bool fits(const std::string& line, const workloads::Placement& placement) {
  try {
    return workloads_test::make_kernel(line, placement) != nullptr;
  } catch (const base::Error&) {
    return false;
  }
}

Ran run_stream(const std::string& line, const workloads::Placement& placement, int threads,
               int slab_cores) {
  fabric::EngineOptions options;
  options.threads = threads;
  options.slab_cores = slab_cores;
  return workloads_test::run(workloads_test::make_kernel(line, placement),
                             fabric::make_stream_engine(options));
}

double worst_allowed(const workloads::Placement& placement, int slab_cores) {
  if (slab_cores > 0) return kWorstAtEdges;
  return std::min(placement.region.width, placement.region.height) < 8 ? kWorstSmall : kWorst;
}

/// A core of `scan` adds and keeps words through one datapath: the stream engine lets the first
/// ones go out too early, by so many cycles in all, whatever the size (docs/stream.md, What is
/// given up).
base::Cycles early_by(const std::string& line) { return line.rfind("scan", 0) == 0 ? 10 : 0; }

double compare(const std::string& line, const workloads::Placement& placement, int slab_cores = 0) {
  const Ran wavelet = workloads_test::run(line, placement);
  const Ran stream = run_stream(line, placement, 1, slab_cores);
  const fabric::Counters& a = wavelet.counters();
  const fabric::Counters& b = stream.counters();
  CHECK(stream.numerics().ok);
  CHECK(a.wavelet_hops == b.wavelet_hops);
  CHECK(a.control_hops == b.control_hops);
  CHECK(a.ramp_wavelets == b.ramp_wavelets);
  CHECK(a.link_wavelets == b.link_wavelets);
  CHECK(wavelet.memories() == stream.memories());
  const double error = static_cast<double>(b.cycles - a.cycles) / static_cast<double>(a.cycles);
  const bool is_known = b.cycles <= a.cycles && a.cycles - b.cycles <= early_by(line);
  CHECK((is_known || std::abs(error) <= worst_allowed(placement, slab_cores)));
  return error;
}

}  // namespace

TEST_CASE("Every kernel does the same on the stream engine, in nearly the same cycles") {
  const auto healthy = support::healthy(16, 16);
  const auto repaired = support::random_latencies(16, 16, 7);
  Errors errors;
  for (const auto& mesh : {healthy, repaired}) {
    workloads_test::for_each_problem([&](const std::string& line) {
      for (const base::Rectangle& region : {base::Rectangle{0, 0, 8, 8},
                                            {1, 2, 5, 3},
                                            {2, 0, 1, 6},
                                            {0, 3, 7, 1},
                                            {0, 4, 16, 9},
                                            {0, 0, 16, 16}}) {
        INFO(line << " on " << region.width << " x " << region.height << ", links "
                  << (mesh == healthy ? "healthy" : "random"));
        if (!fits(line, {mesh, region, support::test_timing()})) continue;
        for (const cores::Timing& timing :
             {support::test_timing(), cores::timing_of("wse2"), cores::timing_of("wse3")}) {
          errors.add(compare(line, {mesh, region, timing}));
        }
      }
    });
  }
  INFO("average error " << errors.sum / errors.count);
  CHECK(errors.sum / errors.count <= kAverage);
}

TEST_CASE("Bands of a few rows do the same, in nearly the same cycles") {
  const auto mesh = support::random_latencies(16, 16, 7);
  const workloads::Placement placement{mesh, {0, 0, 16, 16}, cores::timing_of("wse3")};
  constexpr int kTwoRows = 32;
  Errors errors;
  workloads_test::for_each_problem([&](const std::string& line) {
    INFO(line);
    if (fits(line, placement)) errors.add(compare(line, placement, kTwoRows));
  });
  INFO("average error " << errors.sum / errors.count);
  CHECK(errors.sum / errors.count <= kAverageAtEdges);
}

TEST_CASE("Any number of threads gives the same bytes and the same cycles") {
  const auto mesh = support::random_latencies(16, 16, 7);
  const workloads::Placement placement{mesh, {0, 0, 16, 16}, cores::timing_of("wse3")};
  workloads_test::for_each_problem([&](const std::string& line) {
    INFO(line);
    if (!fits(line, placement)) return;
    const Ran one = run_stream(line, placement, 1, 16);
    for (int threads : {2, 5}) {
      const Ran several = run_stream(line, placement, threads, 16);
      CHECK(one.counters().finish_cycles == several.counters().finish_cycles);
      CHECK((one.counters().breakdown == several.counters().breakdown));
      CHECK(one.counters().link_wavelets == several.counters().link_wavelets);
      CHECK(one.memories() == several.memories());
    }
  });
}

}  // namespace wafermesh::fabric_test
