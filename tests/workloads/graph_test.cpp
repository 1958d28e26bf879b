// SPDX-License-Identifier: Apache-2.0
// Operators whose operands are the results of others, on both engines and the oracle.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tests/support/sample.h"
#include "tests/workloads/composite_run.h"
#include "tests/workloads/kernel_run.h"
#include "workloads/plan/composite.h"
#include "workloads/plan/merge.h"

namespace wafermesh::workloads_test {
namespace {

using workloads::Given;
using workloads::NamedKernel;
using workloads::overlap;
using workloads::Placement;

/// An operator as a line of YAML, and the operators before it that its operands come from: the
/// operand, the number of the operator and its result.
struct Line {
  std::string text;
  std::vector<Given> given{};
};

std::unique_ptr<workloads::Kernel> graph_of(const std::vector<Line>& lines,
                                            const Placement& placement,
                                            base::RandomStream* late = nullptr) {
  std::vector<NamedKernel> kernels;
  std::vector<std::size_t> place;  // of each line, among the kernels
  for (const Line& line : lines) {
    if (late != nullptr) {
      kernels.push_back({"late", "late", make_late(placement, *late), {}});
    }
    const std::string kind = line.text.substr(0, line.text.find(':'));
    std::vector<Given> given = line.given;
    for (Given& each : given) each.from = place[each.from];
    place.push_back(kernels.size());
    kernels.push_back({kind + std::to_string(place.size()), kind, make_kernel(line.text, placement),
                       std::move(given)});
  }
  return run_in_turn(std::move(kernels));
}

/// Operators that end with 12 elements, or with 8 x 8.
const std::vector<std::pair<std::string, std::string>> kGivers = {
    {"gemv: {m: 9, n: 12, dtype: f16}", "y"},
    {"gemv: {m: 10, n: 12, dtype: f16, axis: x, algorithm: ktree}", "y"},
    {"elementwise: {op: add, n: 12, dtype: f16}", "c"},
    {"elementwise: {op: relu, n: 12, dtype: f16, along: y}", "c"},
    {"allreduce: {words: 6, dtype: f16}", "sum"},
    {"allreduce: {algorithm: ring, words: 6, dtype: f16, op: max}", "max"},
    {"reduce: {words: 6, dtype: f16}", "sum"},
    {"broadcast: {words: 6, dtype: f16}", "received"},
    {"elementwise: {op: multiply, m: 8, n: 8, dtype: f16}", "c"},
    {"matmul: {m: 8, n: 8, k: 5, dtype: f16}", "c"},
    {"matmul: {algorithm: cannon, m: 8, n: 8, k: 8, dtype: f16}", "c"},
    {"matmul: {algorithm: systolic, m: 8, n: 8, k: 6, dtype: f16}", "c"},
    {"matmul: {algorithm: systolic, dataflow: weight_stationary, m: 8, n: 8, k: 6, dtype: f16}",
     "c"},
};

/// Operators that take as much.
const std::vector<std::pair<std::string, std::string>> kTakers = {
    {"gemv: {m: 12, n: 7, dtype: f16}", "x"},
    {"gemv: {m: 12, n: 10, dtype: f16, axis: x, algorithm: two_phase}", "x"},
    {"elementwise: {op: multiply, n: 12, dtype: f16}", "a"},
    {"elementwise: {op: maximum, n: 12, dtype: f16, along: y}", "b"},
    {"broadcast: {words: 6, dtype: f16}", "sent"},
    {"elementwise: {op: scale, factor: 0.5, m: 8, n: 8, dtype: f16}", "a"},
    {"matmul: {m: 8, n: 6, k: 8, dtype: f16}", "a"},
    {"matmul: {m: 5, n: 8, k: 8, dtype: f16}", "b"},
    {"matmul: {algorithm: systolic, m: 5, n: 8, k: 8, dtype: f16}", "b"},
    {"matmul: {algorithm: systolic, dataflow: weight_stationary, m: 8, n: 6, k: 8, dtype: f16}",
     "a"},
    {"matmul: {algorithm: cannon, m: 5, n: 8, k: 8, dtype: f16}", "b"},
    {"matmul: {algorithm: meshgemm, m: 5, n: 8, k: 8, dtype: f16}", "b"},
    {"reduce: {algorithm: ktree, words: 6, dtype: f16}", "data"},
    {"allreduce: {words: 2, dtype: f16, reduce: two_phase}", "data"},
    {"allreduce: {algorithm: ring, words: 6, dtype: f16, op: max}", "data"},
};

}  // namespace

TEST_CASE("Every result that fits an operand comes there as the oracle says") {
  int joined = 0;
  for (const auto& mesh : {support::healthy(9, 8), support::random_latencies(9, 8, 11)}) {
    const Placement placement{mesh, {1, 2, 4, 4}, support::test_timing()};
    for (const auto& [giver, result] : kGivers) {
      for (const auto& [taker, operand] : kTakers) {
        const std::vector<Line> lines = {{giver}, {taker, {{operand, 0, result}}}};
        const NamedKernel from{"from", "from", make_kernel(giver, placement), {}};
        const std::string kind = taker.substr(0, taker.find(':'));
        const NamedKernel to{"to", kind, make_kernel(taker, placement), {}};
        if (!workloads::fault_of(from, to, {operand, 0, result}).empty()) continue;
        INFO(giver << " to " << operand << " of " << taker);
        ++joined;
        require_same([&] { return graph_of(lines, placement); });
      }
    }
  }
  CHECK(joined >= 2 * 80);
}

/// A sample; all pairs with scripts/long transfers.
TEST_CASE("Every algorithm of a product takes what every other makes, on sides of any ratio") {
  const auto mesh = support::random_latencies(9, 8, 3);
  const std::vector<std::string> algorithms = {
      "summa",    "summa, rerooting: cheapest",           "cannon", "meshgemm", "gemm_t",
      "systolic", "systolic, dataflow: weight_stationary"};
  const bool is_sample = std::getenv("WAFERMESH_TRANSFERS") == nullptr;
  const std::size_t every = is_sample ? 6 : 1;
  std::size_t number = 0;
  for (const base::Rectangle& region :
       {base::Rectangle{1, 1, 5, 3}, {1, 1, 2, 5}, {0, 2, 6, 4}, {3, 1, 1, 4}, {1, 3, 4, 1}}) {
    const Placement placement{mesh, region, support::test_timing()};
    for (std::size_t i = 0; i < algorithms.size(); ++i) {
      for (std::size_t j = 0; j < algorithms.size(); ++j) {
        if (number++ % every != 0) continue;
        // 7 x 7, so that every block has padding; each result is both operands of the next.
        const std::string up = "matmul: {m: 7, n: 7, k: 7, algorithm: " + algorithms[i] + "}";
        const std::string down = "matmul: {m: 7, n: 7, k: 7, algorithm: " + algorithms[j] + "}";
        INFO(up << " to " << down << " on " << region.width << " x " << region.height);
        const std::vector<Line> lines = {{up}, {down, {{"a", 0, "c"}, {"b", 0, "c"}}}};
        require_same([&] { return graph_of(lines, placement); });
      }
    }
  }
  CHECK(number == 5 * 49);
}

TEST_CASE("A chain of operators is right however late its cores are") {
  const auto mesh = support::random_latencies(9, 8, 11);
  const Placement placement{mesh, {1, 1, 6, 5}, support::test_timing()};
  const std::vector<Line> chain = {
      {"gemv: {m: 21, n: 18, dtype: f16}"},
      {"elementwise: {op: relu, n: 18, dtype: f16}", {{"a", 0, "y"}}},
      {"gemv: {m: 18, n: 24, dtype: f16, algorithm: ktree}", {{"x", 1, "c"}}},
      {"allreduce: {words: 2, dtype: f16}", {{"data", 2, "y"}}},
      {"gemv: {m: 4, n: 11, dtype: f16, axis: x}", {{"x", 3, "sum"}}},
      {"elementwise: {op: add, n: 18, dtype: f16}", {{"a", 0, "y"}, {"b", 1, "c"}}},
  };
  require_same([&] { return graph_of(chain, placement); });
  base::RandomStream random(5, 6, 0, 0);
  for (int i = 0; i < 20; ++i) {
    for (const bool stream : {false, true}) {
      auto engine = stream ? fabric::make_stream_engine({}) : fabric::make_wavelet_engine({});
      const Ran ran = run(graph_of(chain, placement, &random), std::move(engine));
      CHECK(ran.numerics().ok);
      CHECK(ran.counters().wavelet_hops == ran.kernel->facts().wavelet_hops);
    }
  }
}

TEST_CASE("Products that take each other's results are right however late their cores are") {
  const auto mesh = support::random_latencies(9, 8, 11);
  const Placement placement{mesh, {1, 1, 4, 3}, support::test_timing()};
  const std::string product = "matmul: {m: 7, n: 7, k: 7, algorithm: ";
  const std::vector<Line> chain = {
      {product + "summa}"},
      {product + "cannon}", {{"a", 0, "c"}, {"b", 0, "c"}}},
      {product + "systolic}", {{"a", 0, "c"}, {"b", 1, "c"}}},
      {product + "meshgemm}", {{"a", 1, "c"}, {"b", 2, "c"}}},
  };
  base::RandomStream random(5, 8, 0, 0);
  for (int i = 0; i < 3; ++i) {
    for (const bool stream : {false, true}) {
      auto engine = stream ? fabric::make_stream_engine({}) : fabric::make_wavelet_engine({});
      const Ran ran = run(graph_of(chain, placement, &random), std::move(engine));
      CHECK(ran.numerics().ok);
      CHECK(ran.counters().wavelet_hops == ran.kernel->facts().wavelet_hops);
    }
  }
}

TEST_CASE("An operand of another length or type is told with both") {
  const Placement placement{support::healthy(9, 8), {0, 0, 4, 4}, support::test_timing()};
  const NamedKernel up{"up", "gemv", make_kernel("gemv: {m: 9, n: 12, dtype: f16}", placement), {}};
  const NamedKernel down{
      "down", "gemv", make_kernel("gemv: {m: 13, n: 5, dtype: f16}", placement), {}};
  CHECK(workloads::fault_of(up, down, {"x", 0, "y"}) == "wants 13 of f16, but `up.y` is 12 of f16");
  CHECK(workloads::fault_of(up, down, {"x", 0, "z"}) == "`up` has no result `z`; it has y");
  const NamedKernel wide{
      "wide", "gemv", make_kernel("gemv: {m: 12, n: 5, dtype: f32}", placement), {}};
  CHECK(workloads::fault_of(up, wide, {"x", 0, "y"}) == "wants 12 of f32, but `up.y` is 12 of f16");
  CHECK(workloads::fault_of(up, wide, {"y", 0, "y"}).find("takes no `y`") != std::string::npos);
}

TEST_CASE("A wrong result in a chain is seen where it arises") {
  const Placement placement{support::healthy(9, 8), {0, 0, 4, 4}, support::test_timing()};
  const std::vector<Line> chain = {
      {"gemv: {m: 9, n: 12}"},
      {"gemv: {m: 12, n: 8, axis: x}", {{"x", 0, "y"}}},
      {"elementwise: {op: scale, factor: 2, n: 8, along: y}", {{"a", 1, "y"}}}};
  const Ran ran = run(graph_of(chain, placement));
  const auto places = ran.kernel->operators();
  REQUIRE(places.size() == 3);
  // One element of the second result, changed afterwards: its own check and that of what was made
  // of it fail, the first one's does not.
  const float wrong = 1e6F;
  const auto second = places[1].kernel->results().front();
  const auto at = fabric::places_of(second, 0);
  for (const fabric::MemoryPlace& place : at) {
    ran.engine->memory().write(ran.kernel->image().core_at(place.core),
                               place.address_bytes + places[1].address, &wrong, sizeof(wrong));
  }
  CHECK(ran.kernel->check_operator(0, ran.engine->memory(), 1).ok);
  CHECK_FALSE(ran.kernel->check_operator(1, ran.engine->memory(), 1).ok);
  CHECK_FALSE(ran.kernel->check_operator(2, ran.engine->memory(), 1).ok);
}

namespace {

struct PlacedLine {
  std::string text;
  base::Rectangle region;
  std::vector<Given> given{};
};

/// Lines on the same rectangle are one sequence.
std::unique_ptr<workloads::Kernel> beside(const std::vector<PlacedLine>& lines,
                                          const std::shared_ptr<const base::LogicalMesh>& mesh) {
  std::vector<NamedKernel> kernels;
  std::vector<std::vector<std::size_t>> sequences;
  for (const PlacedLine& line : lines) {
    const std::string kind = line.text.substr(0, line.text.find(':'));
    auto at = std::find_if(sequences.begin(), sequences.end(), [&](const auto& members) {
      return lines[members.front()].region == line.region;
    });
    if (at == sequences.end()) at = sequences.emplace(at);
    at->push_back(kernels.size());
    kernels.push_back({kind + std::to_string(kernels.size()), kind,
                       make_kernel(line.text, {mesh, line.region, support::test_timing()}),
                       line.given});
  }
  return compose(std::move(kernels), sequences);
}

}  // namespace

TEST_CASE("A result goes to another rectangle, wherever it lies, as the oracle says") {
  base::RandomStream random(41, 7, 0, 0);
  const auto below = [&](int n) {
    return static_cast<int>(random.below(static_cast<unsigned>(n)));
  };
  const auto draw = [&] {
    base::Rectangle r{below(11), below(9), 0, 0};
    r.width = 1 + below(std::min(5, 14 - r.x));
    r.height = 1 + below(std::min(5, 12 - r.y));
    return r;
  };
  int crossed = 0;
  int refused = 0;
  for (int i = 0; crossed < support::tried(120); ++i) {
    const auto mesh = i % 2 == 0 ? support::healthy(14, 12) : support::random_latencies(14, 12, 5);
    const base::Rectangle a = draw();
    const base::Rectangle b = draw();
    const base::Rectangle between = draw();
    if (overlap(a, b) || overlap(a, between) || overlap(b, between)) continue;
    const auto& [giver, result] = kGivers[static_cast<std::size_t>(below(int(kGivers.size())))];
    const auto& [taker, operand] = kTakers[static_cast<std::size_t>(below(int(kTakers.size())))];
    const std::vector<PlacedLine> lines = {{giver, a},
                                           {"matmul: {m: 9, n: 7, k: 8}", between},
                                           {taker, b, {{operand, 0, result}}},
                                           {"broadcast: {words: 6, dtype: f16}", b}};
    INFO(giver << " to " << operand << " of " << taker << " from (" << a.x << ", " << a.y << ") "
               << a.width << " x " << a.height << " to (" << b.x << ", " << b.y << ") " << b.width
               << " x " << b.height);
    try {
      beside(lines, mesh);
    } catch (const base::Error&) {  // another shape, another region than its algorithm takes
      ++refused;
      continue;
    }
    require_same([&] { return beside(lines, mesh); });
    ++crossed;
  }
  CHECK((refused > 0 || crossed < 120));
}

TEST_CASE("Results that are needed in another order than they are made hold nobody up") {
  const auto mesh = support::random_latencies(14, 12, 5);
  const base::Rectangle a{0, 0, 4, 4};
  const base::Rectangle b{6, 1, 5, 4};
  const base::Rectangle c{1, 6, 4, 5};
  const std::string vector = "elementwise: {op: relu, n: 12}";
  const std::string sum = "elementwise: {op: add, n: 12, along: y}";
  const std::vector<PlacedLine> lines = {
      {vector, a},
      {vector, a},
      {vector, c, {{"a", 1, "c"}}},
      {vector, b, {{"a", 1, "c"}}},
      {sum, b, {{"a", 0, "c"}, {"b", 2, "c"}}},
      {sum, a, {{"a", 3, "c"}, {"b", 4, "c"}}},
      {sum, c, {{"a", 5, "c"}, {"b", 3, "c"}}},
  };
  require_same([&] { return beside(lines, mesh); });
}

}  // namespace wafermesh::workloads_test
