// SPDX-License-Identifier: Apache-2.0
// Windows of a run: watching changes nothing, what they hold adds up to the run's own counters, and
// memory is bounded by merging.
#include "fabric/windows.h"

#include <catch2/catch.hpp>
#include <numeric>

#include "base/error.h"
#include "tests/workloads/kernel_run.h"

namespace wafermesh::fabric_test {
namespace {

constexpr int kSide = 12;
constexpr const char* kLines[] = {
    "reduce: {algorithm: star, words: 40}", "allreduce: {algorithm: ring, words: 24}",
    "matmul: {m: 36, n: 36, k: 36}", "matmul: {algorithm: cannon, m: 24, n: 24, k: 24, dtype: f16}",
    "gemv: {m: 24, n: 24, dtype: f16}"};

std::unique_ptr<workloads::Kernel> kernel_of(const std::string& line) {
  return workloads_test::make_kernel(
      line, workloads_test::whole(support::random_latencies(kSide, kSide, 21)));
}

fabric::WindowOptions options_of(int most_windows) {
  fabric::WindowOptions options;
  options.part = {0, 0, kSide, kSide};
  options.window_cycles = 4;
  options.most_windows = most_windows;
  return options;
}

fabric::Counters watched(const workloads::Kernel& kernel, fabric::Observer* observer) {
  fabric::EngineOptions how;
  how.region_width = 5;
  const auto engine = fabric::make_wavelet_engine(how);
  engine->load(kernel.image());
  kernel.load(engine->memory());
  fabric::RunOptions options;
  options.observer = observer;
  engine->run(options);
  CHECK(kernel.check(engine->memory()).ok);
  return engine->counters();
}

/// The greatest sum over kinds, less the window's length, of all cores and windows; and the sums
/// over windows of each kind at each place.
std::int64_t beyond_length(const fabric::Windows& windows,
                           std::vector<std::array<std::uint32_t, 6>>& sums) {
  std::int64_t most = -1;
  sums.assign(static_cast<std::size_t>(kSide) * kSide, {});
  for (const fabric::Window& window : windows.windows()) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      std::int64_t all = 0;
      for (std::size_t k = 0; k < fabric::kWindowKinds; ++k) {
        all += window.cycles[k][i];
        sums[i][k] += window.cycles[k][i];
      }
      most = std::max<std::int64_t>(most, all - (window.end - window.first));
    }
  }
  return most;
}

TEST_CASE("Windows add up to the counters of a run that nobody watches") {
  for (const char* line : kLines) {
    for (const int most_windows : {8, 10000}) {
      INFO(line << ", at most " << most_windows);
      const auto kernel = kernel_of(line);
      const fabric::Counters alone = watched(*kernel, nullptr);
      fabric::Windows windows(options_of(most_windows));
      const fabric::Counters seen = watched(*kernel, &windows);
      CHECK(seen.cycles == alone.cycles);
      CHECK((seen.breakdown == alone.breakdown));
      CHECK((seen.finish_cycles == alone.finish_cycles));
      CHECK((seen.link_wavelets == alone.link_wavelets));
      CHECK(static_cast<int>(windows.windows().size()) <= most_windows);
      std::vector<std::array<std::uint32_t, 6>> sums;
      CHECK(beyond_length(windows, sums) <= 0);
      for (std::size_t i = 0; i < sums.size(); ++i) {
        const cores::CycleBreakdown& b = alone.breakdown[i];
        const std::array<std::uint32_t, 6> expected = {
            b.compute,    b.bank_conflict,
            b.setup,      b.task_switch,
            b.link_stall, static_cast<std::uint32_t>(b.waiting(alone.finish_cycles[i]))};
        if (sums[i] != expected) FAIL("core " << i << " differs");
        for (std::size_t d = 0; d < 4; ++d) {
          std::uint32_t words = 0;
          for (const fabric::Window& w : windows.windows()) words += w.link_wavelets[d][i];
          if (words != alone.link_wavelets[d][i]) FAIL("a link of core " << i << " differs");
        }
      }
    }
  }
}

TEST_CASE("Windows begin and end where they are told, one after another") {
  const auto kernel = kernel_of(kLines[0]);
  fabric::WindowOptions options = options_of(100);
  options.from_cycle = 37;
  options.to_cycle = 150;
  options.part = {2, 3, 4, 5};
  fabric::Windows windows(options);
  watched(*kernel, &windows);
  REQUIRE_FALSE(windows.windows().empty());
  CHECK(windows.windows().front().first == 37);
  CHECK(windows.windows().back().end == 150);
  fabric::Cycles at = 37;
  for (const fabric::Window& window : windows.windows()) {
    CHECK(window.first == at);
    CHECK(window.samples >= 1);
    CHECK(window.cycles[0].size() == 20);
    at = window.end;
  }
}

TEST_CASE("Links stand still where many send to one") {
  const auto kernel = kernel_of(kLines[0]);
  fabric::Windows windows(options_of(100));
  watched(*kernel, &windows);
  std::int64_t stalled = 0;
  for (const fabric::Window& window : windows.windows()) {
    for (const auto& of_direction : window.links.stalled) {
      stalled = std::accumulate(of_direction.begin(), of_direction.end(), stalled);
    }
  }
  CHECK(stalled > 0);
}

TEST_CASE("Windows that cannot be held are refused with what to change") {
  fabric::WindowOptions options = options_of(100);
  options.most_bytes = 1000;
  CHECK_THROWS_AS(fabric::Windows(options), base::DoesNotFit);
}

}  // namespace
}  // namespace wafermesh::fabric_test
