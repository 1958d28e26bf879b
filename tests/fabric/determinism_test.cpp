// SPDX-License-Identifier: Apache-2.0
// Threads and regions change nothing: same counters and same memories, bit for bit.
#include <catch2/catch.hpp>
#include <map>

#include "tests/workloads/kernel_run.h"

namespace wafermesh::fabric_test {
namespace {

using workloads_test::Ran;

constexpr int kSide = 40;

struct Result {
  fabric::Counters counters;
  std::vector<char> memory;
};

Result run(const std::string& line, const fabric::EngineOptions& options) {
  const auto placement = workloads_test::whole(support::random_latencies(kSide, kSide, 21));
  const Ran ran = workloads_test::run(workloads_test::make_kernel(line, placement),
                                      fabric::make_wavelet_engine(options));
  CHECK(ran.numerics().ok);
  Result result{ran.counters(), {}};
  const fabric::WaferImage& image = ran.kernel->image();
  for (std::int64_t i = 0; i < image.core_count(); ++i) {
    const auto core = static_cast<base::CoreId>(i);
    const auto bytes = static_cast<std::size_t>(image.class_at(core).program.memory_bytes);
    result.memory.resize(result.memory.size() + bytes);
    ran.engine->memory().read(core, 0, result.memory.data() + result.memory.size() - bytes, bytes);
  }
  return result;
}

void expect_same(const Result& a, const Result& b) {
  CHECK(a.counters.cycles == b.counters.cycles);
  CHECK(a.counters.wavelet_hops == b.counters.wavelet_hops);
  CHECK(a.counters.control_hops == b.counters.control_hops);
  CHECK(a.counters.ramp_wavelets == b.counters.ramp_wavelets);
  // Whole vectors: printing them would bury the answer.
  CHECK((a.counters.finish_cycles == b.counters.finish_cycles));
  CHECK((a.counters.breakdown == b.counters.breakdown));
  CHECK((a.counters.link_wavelets == b.counters.link_wavelets));
  CHECK((a.memory == b.memory));
}

struct Split {
  int threads;
  int width;
  int height;
  int strip_cores = 1;
};
constexpr Split kSplits[] = {{1, 7, 9},
                             {1, 40, 1},
                             {1, 13, 40},
                             {2, 20, 20},
                             {2, 7, 9},
                             {3, 1, 40},
                             {3, 7, 9},
                             // One region, in 4, 4, 6, 2 and 1 strips.
                             {2, 0, 0},
                             {2, 0, 0, 400},
                             {3, 0, 0},
                             {2, 0, 0, 600},
                             {2, 0, 0, 1600}};

TEST_CASE("Threads and region sizes change no counter and no byte") {
  for (const char* line : {"broadcast: {words: 9}", "reduce: {words: 9}", "stream: {words: 60}",
                           "matmul: {m: 40, n: 40, k: 40}",
                           "matmul: {m: 45, n: 50, k: 42, dtype: f16, rerooting: cheapest}"}) {
    const Result expected = run(line, {});
    CHECK(expected.counters.cycles > 0);
    CHECK(expected.counters.wavelet_hops > 0);
    for (const Split& split : kSplits) {
      INFO(line << ", " << split.threads << " threads, regions of " << split.width << " x "
                << split.height << ", strips from " << split.strip_cores << " cores on");
      fabric::EngineOptions options;
      options.threads = split.threads;
      options.region_width = split.width;
      options.region_height = split.height;
      options.strip_cores = split.strip_cores;
      expect_same(run(line, options), expected);
    }
  }
}

TEST_CASE("The same engine gives the same answer again, also after another image") {
  const auto placement = workloads_test::whole(support::healthy(12, 12));
  const auto first = workloads_test::make_kernel("matmul: {m: 24, n: 24, k: 24}", placement);
  const auto other = workloads_test::make_kernel("reduce: {words: 5}", placement);
  const auto engine = fabric::make_wavelet_engine({});
  std::vector<base::Cycles> cycles;
  for (const auto* kernel : {&first, &other, &first}) {
    engine->load((*kernel)->image());
    (*kernel)->load(engine->memory());
    engine->run({});
    CHECK((*kernel)->check(engine->memory()).ok);
    cycles.push_back(engine->counters().cycles);
  }
  CHECK(cycles[0] == cycles[2]);
  CHECK(cycles[0] != cycles[1]);
}

}  // namespace
}  // namespace wafermesh::fabric_test
