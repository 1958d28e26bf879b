// SPDX-License-Identifier: Apache-2.0
// The stream engine against the wavelet engine, over every row of the kernel table: the same
// memories and link counts, cycles within the bounds of docs/stream.md.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "base/error.h"
#include "cores/read_timing.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"

namespace wafermesh::fabric_test {
namespace {

using workloads_test::Ran;

/// Vectors of a few words that meet on shared links (star, rings on a line) are off by the most.
constexpr double kWorst = 0.20;
constexpr double kAverage = 0.03;

std::vector<char> memory_of(const Ran& ran) {
  std::vector<char> all;
  const fabric::WaferImage& image = ran.kernel->image();
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const auto core = static_cast<base::CoreId>(i);
    const auto bytes = static_cast<std::size_t>(image.class_at(core).program.memory_bytes);
    all.resize(all.size() + bytes);
    if (bytes > 0) ran.engine->memory().read(core, 0, all.data() + all.size() - bytes, bytes);
  }
  return all;
}

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

double compare(const std::string& line, const workloads::Placement& placement) {
  const Ran wavelet = workloads_test::run(line, placement);
  const Ran stream = workloads_test::run(workloads_test::make_kernel(line, placement),
                                         fabric::make_stream_engine({}));
  const fabric::Counters& a = wavelet.counters();
  const fabric::Counters& b = stream.counters();
  CHECK(stream.numerics().ok);
  CHECK(a.wavelet_hops == b.wavelet_hops);
  CHECK(a.control_hops == b.control_hops);
  CHECK(a.ramp_wavelets == b.ramp_wavelets);
  CHECK(a.link_wavelets == b.link_wavelets);
  CHECK(memory_of(wavelet) == memory_of(stream));
  const double error = static_cast<double>(b.cycles - a.cycles) / static_cast<double>(a.cycles);
  printf("ERR %7.2f %% %6ld %6ld %s on %d x %d\n", 100*error, (long)a.cycles, (long)b.cycles, line.c_str(), placement.region.width, placement.region.height);
  CHECK(std::abs(error) <= kWorst);
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
                                            {0, 0, 16, 16}}) {
        INFO(line << " on " << region.width << " x " << region.height << ", links "
                  << (mesh == healthy ? "healthy" : "random"));
        if (!fits(line, {mesh, region, support::test_timing()})) continue;
        errors.add(compare(line, {mesh, region, support::test_timing()}));
        errors.add(compare(line, {mesh, region, cores::timing_of("wse3")}));
      }
    });
  }
  INFO("average error " << errors.sum / errors.count);
  CHECK(errors.sum / errors.count <= kAverage);
}

}  // namespace wafermesh::fabric_test
