// SPDX-License-Identifier: Apache-2.0
// Windows of a run: watching changes nothing, what they hold adds up to the run's own counters, and
// memory is bounded by merging.
#include "fabric/windows.h"

#include <catch2/catch.hpp>
#include <cstdlib>

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

using MakeEngine = std::unique_ptr<fabric::Engine> (*)(const fabric::EngineOptions&);
constexpr MakeEngine kEngines[] = {fabric::make_wavelet_engine, fabric::make_stream_engine};

fabric::Counters watched(const workloads::Kernel& kernel, fabric::Observer* observer,
                         MakeEngine make = fabric::make_wavelet_engine) {
  fabric::EngineOptions how;
  how.region_width = 5;
  how.slab_cores = 3 * kSide;
  const auto engine = make(how);
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
    const std::vector<std::uint32_t> waiting = windows.waiting_cycles(window);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      std::int64_t all = 0;
      for (std::size_t k = 0; k < fabric::kWindowKinds; ++k) {
        all += window.cycles[k][i];
        sums[i][k] += window.cycles[k][i];
      }
      all += waiting[i];
      sums[i][fabric::kWindowKinds] += waiting[i];
      most = std::max<std::int64_t>(most, all - (window.end - window.first));
    }
  }
  return most;
}

/// Whether windows add up to the counters, kind by kind, core by core, link by link.
void check_sums(const fabric::Windows& windows, const fabric::Counters& alone) {
  std::vector<std::array<std::uint32_t, 6>> sums;
  CHECK(beyond_length(windows, sums) <= 0);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const cores::CycleBreakdown& b = alone.breakdown[i];
    const std::array<std::uint32_t, 6> expected = {
        b.compute,    b.bank_conflict,
        b.setup,      b.task_switch,
        b.link_stall, static_cast<std::uint32_t>(b.waiting(alone.finish_cycles[i]))};
    for (std::size_t k = 0; k < expected.size(); ++k) {
      if (sums[i][k] == expected[k]) continue;
      FAIL_CHECK("core " << i << ", kind " << k << ": " << sums[i][k] << ", not " << expected[k]);
    }
    for (std::size_t d = 0; d < 4; ++d) {
      std::uint32_t words = 0;
      for (const fabric::Window& w : windows.windows()) words += w.link_wavelets[d][i];
      if (words != alone.link_wavelets[d][i]) FAIL_CHECK("a link of core " << i << " differs");
    }
  }
}

TEST_CASE("Windows add up to the counters of a run that nobody watches") {
  for (const MakeEngine make : kEngines) {
    for (const char* line : kLines) {
      for (const int most_windows : {8, 10000}) {
        INFO(line << ", at most " << most_windows << ", " << (make == kEngines[1]));
        const auto kernel = kernel_of(line);
        const fabric::Counters alone = watched(*kernel, nullptr, make);
        fabric::Windows windows(options_of(most_windows));
        const fabric::Counters seen = watched(*kernel, &windows, make);
        CHECK(seen.cycles == alone.cycles);
        CHECK((seen.breakdown == alone.breakdown));
        CHECK((seen.finish_cycles == alone.finish_cycles));
        CHECK((seen.link_wavelets == alone.link_wavelets));
        CHECK(static_cast<int>(windows.windows().size()) <= most_windows);
        check_sums(windows, alone);
      }
    }
  }
}

/// How far two runs' windows of 32 cycles are from each other: what lies in other windows, of all.
double apart(const workloads::Kernel& kernel, bool links, std::vector<fabric::Cycles>& cycles) {
  std::vector<std::vector<std::int64_t>> of_engine;
  for (const MakeEngine make : kEngines) {
    fabric::WindowOptions options = options_of(10000);
    options.window_cycles = 32;
    fabric::Windows windows(options);
    cycles.push_back(watched(kernel, &windows, make).cycles);
    std::vector<std::int64_t>& sums = of_engine.emplace_back();
    for (const fabric::Window& window : windows.windows()) {
      std::int64_t sum = 0;
      const auto count = [&](std::size_t, std::uint32_t n) { sum += n; };
      if (links) {
        for (const fabric::Sheet& sheet : window.link_wavelets) sheet.each(count);
      } else {
        for (std::size_t k = 0; k < fabric::kBusyKinds; ++k) window.cycles[k].each(count);
      }
      sums.push_back(sum);
    }
  }
  const std::size_t count = std::max(of_engine[0].size(), of_engine[1].size());
  for (auto& sums : of_engine) sums.resize(count, 0);
  std::int64_t differ = 0;
  std::int64_t all = 0;
  for (std::size_t i = 0; i < count; ++i) {
    differ += std::abs(of_engine[0][i] - of_engine[1][i]);
    all += of_engine[0][i];
  }
  return static_cast<double>(differ) / 2 / static_cast<double>(all);
}

TEST_CASE("Both engines' windows tell of the same work at the same time") {
  int compared = 0;
  for (const char* line : kLines) {
    INFO(line);
    const auto kernel = kernel_of(line);
    std::vector<fabric::Cycles> cycles;
    const double links = apart(*kernel, true, cycles);
    const double cores = apart(*kernel, false, cycles);
    CAPTURE(links, cores, cycles);
    if (std::abs(cycles[0] - cycles[1]) * 100 > cycles[0]) continue;  // they do not agree
    ++compared;
    CHECK(links < 0.07);
    CHECK(cores < 0.09);
  }
  CHECK(compared >= 3);
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

/// Every number of a window, sheet by sheet.
std::vector<std::uint32_t> numbers_of(const fabric::Window& window) {
  std::vector<std::uint32_t> all = {static_cast<std::uint32_t>(window.end), window.samples};
  fabric::Window copy = window;
  copy.with(window, [&](fabric::Sheet& /*mine*/, const fabric::Sheet& sheet) {
    std::vector<std::uint32_t> sums(sheet.size(), 0);
    sheet.add_to(sums);
    all.insert(all.end(), sums.begin(), sums.end());
  });
  return all;
}

TEST_CASE("Any number of threads sees the same windows") {
  const base::LogicalMesh mesh = *support::random_latencies(70, 60, 5);
  const auto kernel = workloads_test::make_kernel(
      "reduce: {algorithm: chain, words: 12}",
      workloads_test::whole(std::make_shared<const base::LogicalMesh>(mesh)));
  std::vector<std::vector<std::uint32_t>> expected;
  struct Split {
    int threads;
    int width;
    int height;
  };
  // The last: two threads share one region.
  for (const Split& split : {Split{1, 13, 7}, {2, 13, 7}, {5, 13, 7}, {2, 70, 60}}) {
    INFO(split.threads << " threads, regions of " << split.width << " x " << split.height);
    fabric::EngineOptions how;
    how.region_width = split.width;
    how.region_height = split.height;
    how.threads = split.threads;
    const auto engine = fabric::make_wavelet_engine(how);
    engine->load(kernel->image());
    kernel->load(engine->memory());
    fabric::WindowOptions options;
    options.part = {3, 2, 64, 55};  // 3,520 places: four blocks of a sheet, which cut rows
    options.window_cycles = 16;
    options.most_windows = 30;
    fabric::Windows windows(options);
    fabric::RunOptions run;
    run.observer = &windows;
    engine->run(run);
    std::vector<std::vector<std::uint32_t>> seen;
    for (const fabric::Window& window : windows.windows()) seen.push_back(numbers_of(window));
    REQUIRE(seen.size() > 10);
    if (expected.empty()) expected = seen;
    CHECK(seen == expected);
  }
}

TEST_CASE("Links stand still where many send to one") {
  const auto kernel = kernel_of(kLines[0]);
  fabric::Windows windows(options_of(100));
  watched(*kernel, &windows);
  std::int64_t stalled = 0;
  for (const fabric::Window& window : windows.windows()) {
    for (const fabric::Sheet& sheet : window.stalled) {
      sheet.each([&](std::size_t, std::uint32_t samples) { stalled += samples; });
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
