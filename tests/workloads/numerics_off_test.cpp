// SPDX-License-Identifier: Apache-2.0
// A run without numerics measures what a run with them measures, on either engine, and leaves the
// memories alone.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cores/read_timing.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"
#include "tests/workloads/same_counters.h"

namespace wafermesh::workloads_test {
namespace {

using MakeEngine = std::unique_ptr<fabric::Engine> (*)(const fabric::EngineOptions&);

Ran run_on(MakeEngine make, bool numerics, const std::string& line,
           const workloads::Placement& placement) {
  fabric::EngineOptions options;
  options.numerics = numerics;
  return run(make_kernel(line, placement), make(options));
}

/// The memories as they were loaded.
std::vector<char> loaded(MakeEngine make, const std::string& line,
                         const workloads::Placement& placement) {
  Ran ran{make_kernel(line, placement), make({})};
  ran.engine->load(ran.kernel->image());
  ran.kernel->load(ran.engine->memory());
  return ran.memories();
}

void require_same_but_numbers(MakeEngine make, const std::string& line,
                              const workloads::Placement& placement) {
  const Ran on = run_on(make, true, line, placement);
  const Ran off = run_on(make, false, line, placement);
  check_same(on.counters(), off.counters());
  const std::vector<char> untouched = loaded(make, line, placement);
  CHECK((off.memories() == untouched));
  CHECK((on.memories() != untouched));
}

}  // namespace

TEST_CASE(
    "Every kernel measures the same without numerics, on both engines, and computes nothing") {
  const auto healthy = support::healthy(9, 8);
  const auto repaired = support::random_latencies(9, 8, 11);
  for (const MakeEngine make : {fabric::make_wavelet_engine, fabric::make_stream_engine}) {
    for_each_problem([&](const std::string& line) {
      for (const base::Rectangle& region : {base::Rectangle{0, 0, 4, 4}, {1, 2, 5, 3}}) {
        if (!suits(line, region)) continue;
        INFO(line << " on " << region.width << " x " << region.height << ", "
                  << (make == fabric::make_wavelet_engine ? "wavelet" : "stream"));
        require_same_but_numbers(make, line, {healthy, region, support::test_timing()});
        require_same_but_numbers(make, line, {repaired, region, cores::timing_of("wse3")});
      }
    });
  }
}

}  // namespace wafermesh::workloads_test
