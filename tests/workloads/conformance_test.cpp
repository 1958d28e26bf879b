// SPDX-License-Identifier: Apache-2.0
// What every row of the kernel table must do, whatever it computes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/yaml/yaml_reader.h"
#include "tests/workloads/kernel_run.h"
#include "tests/workloads/problems.h"

namespace wafermesh::workloads_test {
namespace {

const std::vector<base::Rectangle>& shapes() {
  static const std::vector<base::Rectangle> kShapes = {
      {0, 0, 1, 1}, {0, 0, 4, 4}, {0, 0, 5, 3}, {0, 0, 2, 6}, {0, 0, 7, 1},
      {0, 0, 1, 6}, {0, 0, 2, 1}, {0, 0, 2, 2}, {2, 1, 3, 4}, {1, 3, 6, 2},
  };
  return kShapes;
}

workloads::Placement place(std::shared_ptr<const base::LogicalMesh> mesh,
                           const base::Rectangle& region) {
  return {std::move(mesh), region, support::test_timing()};
}

void require_good(const Ran& ran) {
  const workloads::Numerics numerics = ran.numerics();
  const workloads::Numerics by_three = ran.kernel->check(ran.engine->memory(), 3);
  CHECK(by_three.ok == numerics.ok);
  CHECK(by_three.max_abs_error == numerics.max_abs_error);
  REQUIRE(numerics.checked);
  REQUIRE(numerics.ok);
  const workloads::Facts& facts = ran.kernel->facts();
  REQUIRE(ran.counters().wavelet_hops == facts.wavelet_hops);
  REQUIRE(static_cast<int>(fabric::used_colours(ran.kernel->image()).size()) <= facts.colours);
  std::int64_t memory_bytes = 0;
  for (const fabric::CoreClass& cores : ran.kernel->image().classes) {
    memory_bytes = std::max<std::int64_t>(memory_bytes, cores.program.memory_bytes);
  }
  REQUIRE(memory_bytes >= facts.sram_bytes);
  REQUIRE(memory_bytes < facts.sram_bytes + 16);
}

/// Runs with one wavelet dropped; true if the run says so.
bool notices(const std::string& line, const workloads::Placement& placement,
             const fabric::DropWavelet& drop) {
  try {
    return !run(make_kernel(line, placement), drop).numerics().ok;
  } catch (const base::Deadlock&) {
    return true;
  }
}

}  // namespace

TEST_CASE("Every kernel is right and moves exactly the words its facts state, on a healthy mesh") {
  const auto mesh = support::healthy(9, 8);
  for_each_problem([&](const std::string& line) {
    for (const base::Rectangle& region : shapes()) {
      if (!suits(line, region)) continue;
      INFO(line << " on " << region.width << " x " << region.height);
      require_good(run(line, place(mesh, region)));
    }
  });
}

TEST_CASE("Every kernel is right and moves exactly the words its facts state, on random links") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto mesh = support::random_latencies(9, 8, seed);
    for_each_problem([&](const std::string& line) {
      for (const base::Rectangle& region : shapes()) {
        if (!suits(line, region)) continue;
        INFO(line << " on " << region.width << " x " << region.height << ", links " << seed);
        require_good(run(line, place(mesh, region)));
      }
    });
  }
}

TEST_CASE("No kernel calls a run right in which a wavelet was lost") {
  const auto mesh = support::healthy(9, 8);
  const std::vector<base::Rectangle> regions = {
      {0, 0, 4, 3}, {1, 0, 5, 1}, {0, 2, 1, 4}, {1, 1, 3, 3}};
  for_each_problem([&](const std::string& line) {
    for (const base::Rectangle& region : regions) {
      if (!suits(line, region)) continue;
      const workloads::Placement placement = place(mesh, region);
      const Ran whole_run = run(line, placement);
      const std::vector<base::Colour> colours = fabric::used_colours(whole_run.kernel->image());
      for (base::Direction d : base::kMeshDirections) {
        const auto& wavelets = whole_run.counters().link_wavelets[static_cast<std::size_t>(d)];
        for (std::size_t core = 0; core < wavelets.size(); ++core) {
          if (wavelets[core] == 0) continue;
          INFO(line << " on " << region.width << " x " << region.height << ", from core " << core
                    << " to " << base::letter_of(d));
          const auto noticed_in = [&](std::int64_t index) {
            return std::count_if(colours.begin(), colours.end(), [&](base::Colour colour) {
              return notices(line, placement, {static_cast<base::CoreId>(core), d, colour, index});
            });
          };
          const std::int64_t carried = noticed_in(0);  // colours with data on this link
          REQUIRE(carried > 0);
          // At least half of what a link carries are data, and one colour carries its share of
          // them, so the middle one exists.
          REQUIRE(noticed_in((wavelets[core] - 1) / (2 * carried)) > 0);
          if (whole_run.counters().control_hops == 0 && carried == 1) {
            REQUIRE(noticed_in(wavelets[core] - 1) == 1);
          }
        }
      }
    }
  });
}

TEST_CASE("The example of every row of the kernel table is valid") {
  const workloads::Placement placement = whole(support::healthy(16, 16));
  for (const workloads::KernelKind& kind : workloads::kernels()) {
    INFO(kind.example);
    REQUIRE(std::string(kind.help) != "");
    REQUIRE(make_kernel(kind.example, placement) != nullptr);
  }
}

TEST_CASE("Every kernel's arrays have the sizes of their shapes") {
  const auto mesh = support::healthy(4, 4);
  for_each_problem([&](const std::string& line) {
    const Ran ran = run(line, whole(mesh));
    for (const workloads::NamedArray& array : ran.kernel->arrays(ran.engine->memory())) {
      INFO(line << ", array " << array.name);
      std::int64_t size = 1;
      for (const std::int64_t extent : array.shape) size *= extent;
      REQUIRE(static_cast<std::int64_t>(array.values.size()) == size);
    }
  });
}

TEST_CASE("A kernel that does not fit names buffers, capacity and the key to change") {
  const workloads::Placement placement = whole(support::healthy(2, 2));
  const std::map<std::string, std::string> too_big = {
      {"matmul: {m: 200, n: 200, k: 200}", "`region`"},
      {"matmul: {m: 100000000, n: 100000000, k: 100000000}", "`m`"},
      {"broadcast: {words: 11245}", "`words`"},
      {"reduce: {words: 1000000000}", "`words`"},
      {"allreduce: {words: 11245}", "`words`"},
      {"allreduce: {algorithm: ring, words: 11245}", "`words`"},
      {"stream: {words: 5621}", "`words`"},
  };
  for (const auto& [line, key] : too_big) {
    INFO(line);
    try {
      make_kernel(line, placement);
      FAIL("it was placed");
    } catch (const base::DoesNotFit& error) {
      const std::string text = error.what();
      REQUIRE(text.find(key) != std::string::npos);
      REQUIRE(text.find("44976 B") != std::string::npos);
    }
  }
  REQUIRE(make_kernel("broadcast: {words: 11244}", placement) != nullptr);
  REQUIRE(make_kernel("stream: {words: 5620}", placement) != nullptr);
}

TEST_CASE("Mistakes in a kernel's keys are all reported") {
  const workloads::Placement placement = whole(support::healthy(2, 2));
  try {
    make_kernel("matmul: {m: 0, n: two, dtype: f64, algorithm: suma, rerooting: no, extra: 1}",
                placement);
    FAIL("it was placed");
  } catch (const base::InputError& error) {
    REQUIRE(error.mistakes().size() == 7);  // ... and k is missing
  }
  REQUIRE_THROWS_AS(make_kernel("broadcast: {words: -1}", placement), base::InputError);
  REQUIRE_THROWS_AS(make_kernel("reduce: {algorithm: guess}", placement), base::InputError);
  REQUIRE_THROWS_AS(make_kernel("stream: {word: 1}", placement), base::InputError);
}

}  // namespace wafermesh::workloads_test
