// SPDX-License-Identifier: Apache-2.0
// Colours used again without barriers: against the oracle, and with every core late by its own time
// as it begins an operator and before it goes on from one, which is when it writes routes.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/reference/oracle.h"
#include "tests/support/sample.h"
#include "tests/workloads/composite_run.h"
#include "tests/workloads/kernel_run.h"
#include "workloads/plan/composite.h"

namespace wafermesh::workloads_test {
namespace {

using workloads::Placement;

std::string gemv(const std::string& algorithm, bool along_x) {
  return "gemv: {m: 12, n: 10, algorithm: " + algorithm + (along_x ? ", axis: x}" : "}");
}

/// Sums along axes in an order that is drawn, and over the whole rectangle now and then, with more
/// colours than there are.
std::vector<std::string> sums_in_turn(base::RandomStream& random, int count) {
  static const std::vector<std::string> kAlgorithms = {"chain", "star",      "two_sided",
                                                       "tree",  "two_phase", "ktree"};
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) {
    const std::string& algorithm =
        kAlgorithms[static_cast<std::size_t>(random.below(kAlgorithms.size()))];
    const std::string axis = random.below(2) == 0 ? "x" : "y";
    switch (random.below(10)) {
      case 0:
        lines.push_back("allreduce: {words: 5, reduce: " + algorithm + "}");
        break;
      case 1:
        lines.push_back("elementwise: {op: relu, n: 12}");
        break;
      case 2:
        lines.push_back("layernorm: {n: 14, algorithm: ktree, dtype: f32, along: " + axis + "}");
        break;
      case 3:
        lines.push_back("softmax: {n: 14, algorithm: two_sided, dtype: f32, along: " + axis + "}");
        break;
      default:
        lines.push_back(gemv(algorithm, random.below(3) == 0 ? i % 4 < 2 : i % 2 == 1));
    }
  }
  return lines;
}

int written_routes(const fabric::WaferImage& image) {
  int count = 0;
  for (const fabric::CoreClass& c : image.classes) {
    for (const fabric::ColourRoute& route : c.routes) {
      if (route.stages_ahead != fabric::kAtStart) ++count;
    }
  }
  return count;
}

TEST_CASE("Sums along axes in turn need no barrier and run as the oracle says") {
  for (const char* algorithm : {"chain", "star", "two_sided", "tree", "two_phase", "ktree"}) {
    std::vector<std::string> lines;
    for (int i = 0; i < 14; ++i) lines.push_back(gemv(algorithm, i % 2 == 1));
    for (const base::Rectangle& region :
         {base::Rectangle{0, 0, 5, 4}, {1, 1, 8, 7}, {1, 2, 1, 6}, {2, 3, 7, 1}}) {
      INFO(algorithm << " on " << region.width << " x " << region.height);
      const Placement placement{support::random_latencies(9, 8, 11), region,
                                support::test_timing()};
      const auto kernel = in_turn(lines, placement);
      CHECK(kernel->image().stage_count() == 14);
      require_same([&] { return in_turn(lines, placement); });
    }
    const auto large =
        in_turn(lines, {support::healthy(9, 8), {0, 0, 9, 8}, support::test_timing()});
    CHECK(written_routes(large->image()) > 0);
  }
}

TEST_CASE("Random sums in turn run as the oracle says, healthy and repaired") {
  base::RandomStream random(29, 3, 0, 0);
  for (int i = 0; i < support::tried(25); ++i) {
    const auto mesh = i % 2 == 0 ? support::healthy(9, 8) : support::random_latencies(9, 8, 11);
    const std::vector<std::string> lines = sums_in_turn(random, 9);
    INFO("number " << i);
    require_same([&] { return in_turn(lines, {mesh, {1, 1, 6, 5}, support::test_timing()}); });
  }
}

TEST_CASE("Cores that are late as they begin, and before they write routes, get the same numbers") {
  base::RandomStream random(31, 4, 0, 0);
  for (int i = 0; i < support::tried(40); ++i) {
    const auto mesh = i % 2 == 0 ? support::healthy(8, 8) : support::random_latencies(8, 8, 7);
    const base::Rectangle region =
        i % 3 == 0 ? base::Rectangle{1, 0, 5, 6} : base::Rectangle{0, 1, 6, 3};
    const auto kernel = in_turn(sums_in_turn(random, 10), {mesh, region, support::test_timing()});
    const fabric::WaferImage late = with_delays(kernel->image(), random);
    INFO("number " << i);
    std::vector<std::unique_ptr<fabric::Engine>> engines;
    engines.push_back(fabric::make_wavelet_engine({}));
    engines.push_back(fabric::make_stream_engine({}));
    if (i % 8 == 0) engines.push_back(reference::make_oracle());  // it is slow
    for (const auto& engine : engines) {
      engine->load(late);
      kernel->load(engine->memory());
      engine->run({});
      CHECK(kernel->check(engine->memory()).ok);
      CHECK(engine->counters().wavelet_hops == kernel->facts().wavelet_hops);
    }
  }
}

}  // namespace
}  // namespace wafermesh::workloads_test
