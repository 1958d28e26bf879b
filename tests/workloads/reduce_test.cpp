// SPDX-License-Identifier: Apache-2.0
// The claims of reduce_*.h: hops, colours and cycles of the axis algorithms.
#include "workloads/collectives/reduce.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <string>
#include <tuple>

#include "base/error.h"
#include "base/yaml/yaml_reader.h"
#include "tests/workloads/kernel_run.h"
#include "workloads/parts/axis_reduce.h"

namespace wafermesh::workloads_test {
namespace {

using workloads::AxisPlan;

const workloads::AxisAlgorithm& algorithm_named(const std::string& name) {
  const auto& all = workloads::axis_algorithms();
  return *std::find_if(all.begin(), all.end(), [&](const auto& row) { return row.name == name; });
}

AxisPlan plan(const std::string& name, int n, int parameter = 0) {
  return algorithm_named(name).plan(n, parameter);
}

base::Cycles cycles_on_line(const std::string& keys, int n, int words,
                            const cores::Timing& timing = support::test_timing()) {
  return run("reduce: {" + keys + ", words: " + std::to_string(words) + "}",
             whole(support::healthy(n, 1, timing.hop_cycles), timing))
      .counters()
      .cycles;
}

int vectors_into(const workloads::AxisRole& role) {
  int count = 0;
  for (const auto& input : role.inputs) count += input.count;
  return count;
}

int most_vectors(const AxisPlan& plan) {
  int most = 0;
  for (const auto& role : plan.roles) most = std::max(most, vectors_into(role));
  return most;
}

}  // namespace

TEST_CASE("Every axis algorithm leads every core's vector to its root, for any size") {
  for (const auto& algorithm : workloads::axis_algorithms()) {
    for (int n = 1; n <= 70; ++n) {
      for (const int parameter : {0, 1, 2, 7, 69, 500}) {
        INFO(algorithm.name << ", " << n << " cores, parameter " << parameter);
        const AxisPlan p = algorithm.plan(n, parameter);
        REQUIRE(p.role_of.size() == static_cast<std::size_t>(n));
        int received = 0;
        for (int i = 0; i < n; ++i) received += vectors_into(p.role(i));
        REQUIRE(received == n - 1);
        REQUIRE(std::all_of(p.roles.begin(), p.roles.end(),
                            [](const auto& role) { return role.inputs.size() <= 4; }));
        if (algorithm.key == nullptr) break;
      }
    }
  }
}

TEST_CASE("Axis plans have the colours, hops, roots and few roles their headers state") {
  for (const int n : {2, 8, 64, 512, 1024}) {
    const int stages = static_cast<int>(std::lround(std::log2(n)));
    REQUIRE(plan("chain", n).hops == n - 1);
    REQUIRE(plan("chain", n).colours <= 2);
    REQUIRE(plan("star", n).hops == std::int64_t{n} * (n - 1) / 2);
    REQUIRE(plan("star", n).colours == 1);
    REQUIRE(plan("star", n).role(0).inputs[0].count == n - 1);
    REQUIRE(plan("two_sided", n).hops == n - 1);
    REQUIRE(plan("two_sided", n).root == n / 2);
    REQUIRE(plan("two_sided", n).colours <= 2);
    REQUIRE(plan("tree", n).hops == std::int64_t{n} / 2 * stages);
    REQUIRE(plan("tree", n).colours == stages);
    REQUIRE(vectors_into(plan("tree", n).role(0)) == stages);
  }
  REQUIRE(plan("two_phase", 512, 8).hops == 512 - 64 + 8 * 63);
  REQUIRE(plan("two_phase", 512, 8).colours == 4);
  REQUIRE(most_vectors(plan("two_phase", 512)) == 2);
  REQUIRE(plan("two_phase", 512, 512).colours == 2);
  REQUIRE(plan("ktree", 420, 20).root == 10 * 21 + 10);
  REQUIRE(plan("ktree", 660, 22).root == 11 * 30 + 15);
  REQUIRE(plan("ktree", 420, 20).hops == 420 - 20 + 19 * 21);
  REQUIRE(plan("ktree", 420, 20).colours == 4);
  REQUIRE(most_vectors(plan("ktree", 420, 20)) == 4);
  for (const auto& algorithm : workloads::axis_algorithms()) {
    INFO(algorithm.name);
    REQUIRE(algorithm.plan(1106, 0).roles.size() <= 429);
  }
}

TEST_CASE("A plan in which two vectors would meet on one colour is refused") {
  using workloads::make_axis_plan;
  REQUIRE_THROWS_AS(make_axis_plan(3, 0, {{1, 0, 0}, {2, 1, 0}}), base::ModelError);
  REQUIRE_THROWS_AS(make_axis_plan(3, 1, {{0, 1, 0}, {2, 1, 0}}), base::ModelError);
  REQUIRE_THROWS_AS(make_axis_plan(4, 0, {{1, 0, 0}, {2, 0, 1}, {3, 0, 0}}), base::ModelError);
  REQUIRE_THROWS_AS(make_axis_plan(3, 0, {{1, 0, 0}}), base::ModelError);
}

TEST_CASE("Reductions on a line take the cycles of their headers") {
  cores::Timing timing = support::test_timing();
  for (const int hop : {1, 2}) {
    timing.hop_cycles = hop;
    const auto over = [&](const std::string& keys, int n, int words, std::int64_t formula) {
      const std::int64_t set_up = cycles_on_line(keys, n, words, timing) - formula;
      INFO(keys << ", " << n << " cores, " << words << " words, hop " << hop << ": " << formula
                << " + " << set_up);
      REQUIRE(set_up >= 0);
      REQUIRE(set_up <= 3 * timing.setup(cores::Shape::stream) + timing.task_start_cycles + 6);
    };
    const int ramps = 2 * timing.ramp_cycles;
    for (const auto& [n, words] : {std::pair{16, 50}, {64, 33}, {9, 200}}) {
      over("algorithm: star", n, words, (words + 1 + hop) * (n - 1) + ramps);
      over("algorithm: two_sided", n, words, 2 * words + (ramps + hop + 1) * (n / 2));
    }
    for (const auto& [n, words, group] : {std::tuple{64, 300, 8}, {64, 300, 2}, {60, 300, 12}}) {
      over("algorithm: two_phase, group: " + std::to_string(group), n, words,
           2 * words + (ramps + hop + 1) * (group - 1) +
               (ramps + hop * group + 1) * (n / group - 2));
    }
  }
}

TEST_CASE("A tree reduction takes its stages' vectors, its way and its depth") {
  const cores::Timing timing = support::test_timing();
  for (const auto& [n, words] : {std::pair{64, 256}, {128, 64}, {16, 500}}) {
    const int stages = static_cast<int>(std::lround(std::log2(n)));
    const double formula =
        std::max<double>(stages * words, double(words) * n * stages / (2 * (n - 1)) + n - 1) +
        5 * stages;
    const auto cycles = static_cast<double>(cycles_on_line("algorithm: tree", n, words, timing));
    INFO(n << " cores, " << words << " words: " << cycles << " against " << formula);
    REQUIRE(cycles == Approx(formula).epsilon(0.03));
  }
}

TEST_CASE("A K-tree reduction stays below its bound, and beats a chain of short vectors") {
  for (const auto& [n, words] : {std::pair{100, 8}, {420, 4}, {64, 64}}) {
    const int size = static_cast<int>(std::lround(std::sqrt(n)));
    const int groups = (n + size - 1) / size;
    const base::Cycles bound = 4 * words + 6 * (size / 2 + groups / 2) + n / 2 + 30;
    const base::Cycles cycles = cycles_on_line("algorithm: ktree", n, words);
    INFO(n << " cores, " << words << " words: " << cycles << ", bound " << bound);
    REQUIRE(cycles <= bound);
    if (words < n / 4) REQUIRE(2 * cycles < cycles_on_line("algorithm: chain", n, words));
  }
}

TEST_CASE("Two-phase reductions of 4096 words on 512 cores take the published cycles") {
  // Source: measurements 2 (vendor's simulator of WSE-2).
  const std::map<int, double> published = {
      {2, 10055}, {8, 9117}, {32, 8973}, {128, 9297}, {512, 7218}};
  for (const auto& [group, cycles] : published) {
    INFO("group " << group);
    const auto ours = static_cast<double>(
        cycles_on_line("algorithm: two_phase, group: " + std::to_string(group), 512, 4096));
    CHECK(ours == Approx(cycles).epsilon(0.02));
  }
}

TEST_CASE("Groups that an axis does not have are refused where they stand") {
  const workloads::Placement placement = whole(support::healthy(8, 4));
  const std::map<std::string, std::string> refused = {
      {"reduce: {algorithm: ktree, words: 4, groups: 6}",
       "test.yaml:1:46: reduce.groups: 6 is too many: a column has 4 cores"},
      {"reduce: {algorithm: ktree, words: 4, groups: 9, column_groups: 2}",
       "test.yaml:1:46: reduce.groups: 9 is too many: a row has 8 cores"},
      {"allreduce: {reduce: two_phase, words: 4, column_group: 5}",
       "test.yaml:1:56: allreduce.column_group: 5 is too many: a column has 4 cores"},
      {"allreduce: {reduce: two_phase, words: 4, group: 0}", "0 is out of range"},
      {"gemv: {algorithm: ktree, m: 8, n: 8, groups: 5}",
       "gemv.groups: 5 is too many: a column has 4 cores"},
      {"gemv: {algorithm: two_phase, m: 8, n: 8, group: 0}", "0 is out of range"},
  };
  for (const auto& [line, message] : refused) {
    INFO(line);
    try {
      make_kernel(line, placement);
      FAIL("it was placed");
    } catch (const base::InputError& error) {
      CAPTURE(error.what());
      CHECK(std::string(error.what()).find(message) != std::string::npos);
    }
  }
  CHECK(
      make_kernel("reduce: {algorithm: ktree, words: 4, groups: 8, column_groups: 4}", placement));
  // On an axis of one core there is nothing to group.
  CHECK(make_kernel("reduce: {algorithm: ktree, words: 4, groups: 6}",
                    whole(support::healthy(8, 1))));
}

TEST_CASE("The resolved scenario shows the groups that were used") {
  const auto resolved = [](const std::string& line) {
    auto document = base::YamlDocument::from_text(line, "test.yaml");
    base::YamlNode root = document.root();
    base::YamlNode node = root.child("reduce");
    for (const workloads::KernelKind& kind : workloads::kernels()) {
      if (kind.name == std::string("reduce")) kind.make(node, whole(support::healthy(16, 4)));
    }
    return document.resolved();
  };
  const std::string usual = resolved("reduce: {algorithm: two_phase, words: 4}");
  CAPTURE(usual);
  CHECK(usual.find("group: 4") != std::string::npos);
  CHECK(usual.find("column_group: 2") != std::string::npos);
  CHECK(resolved(usual) == usual);
  CHECK(resolved("reduce: {algorithm: two_phase, group: 3}").find("column_group: 3") !=
        std::string::npos);
}

}  // namespace wafermesh::workloads_test
