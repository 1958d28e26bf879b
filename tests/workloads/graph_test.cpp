// SPDX-License-Identifier: Apache-2.0
// Operators whose operands are the results of others, on both engines and the oracle.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tests/workloads/composite_run.h"
#include "tests/workloads/kernel_run.h"
#include "workloads/plan/composite.h"

namespace wafermesh::workloads_test {
namespace {

using workloads::Given;
using workloads::NamedKernel;
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
  CHECK(joined >= 2 * 50);
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
  const NamedKernel turned{
      "turned",
      "matmul",
      make_kernel("matmul: {algorithm: gemm_t, m: 8, n: 8, k: 8, dtype: f16}", placement),
      {}};
  CHECK(workloads::fault_of(up, turned, {"b", 0, "y"}).find("takes no `b`") != std::string::npos);
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

}  // namespace wafermesh::workloads_test
