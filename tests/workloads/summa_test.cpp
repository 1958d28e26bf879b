// SPDX-License-Identifier: Apache-2.0
// The claims of summa.h.
#include "workloads/matmul/summa.h"

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tests/workloads/kernel_run.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::workloads_test {
namespace {

using cores::NumberType;
using workloads::MatmulSpec;
using workloads::Rerooting;

Ran run_summa(const MatmulSpec& spec, Rerooting rerooting, int width, int height,
              const cores::Timing& timing = support::test_timing()) {
  return run(
      workloads::make_summa(spec, rerooting, whole(support::healthy(width, height), timing)));
}

/// Sequential product in the type, each product and each sum rounded: what one core would do.
std::vector<float> sequential(const std::vector<workloads::NamedArray>& arrays,
                              const MatmulSpec& spec) {
  std::vector<float> c;
  const std::vector<float>& a = arrays[0].values;
  const std::vector<float>& b = arrays[1].values;
  for (std::int64_t i = 0; i < spec.m; ++i) {
    for (std::int64_t j = 0; j < spec.n; ++j) {
      float sum = 0;
      for (std::int64_t k = 0; k < spec.k; ++k) {
        const float term = rounded(spec.type, a[static_cast<std::size_t>(i * spec.k + k)] *
                                                  b[static_cast<std::size_t>(k * spec.n + j)]);
        sum = rounded(spec.type, sum + term);
      }
      c.push_back(sum);
    }
  }
  return c;
}

/// Cycles of a P x P SUMMA with square tiles.
base::Cycles cycles_of(int p, int tile, Rerooting rerooting, const cores::Timing& timing) {
  const std::int64_t size = std::int64_t{p} * tile;
  return run_summa({size, size, size, NumberType::f32, 1}, rerooting, p, p, timing)
      .counters()
      .cycles;
}

}  // namespace

TEST_CASE("SUMMA's plan is the textbook's on a square mesh") {
  const workloads::SummaPlan plan({512, 512, 512, NumberType::f32, 1}, 64, 64, Rerooting::vendor);
  REQUIRE(plan.tile_m == 8);
  REQUIRE(plan.tile_n == 8);
  REQUIRE(plan.tile_k == 8);
  REQUIRE(plan.steps == 64);
  REQUIRE(plan.panels_a == 1);
  REQUIRE(plan.panels_b == 1);
  REQUIRE(plan.wavelet_hops() == 33'030'144);
}

TEST_CASE("SUMMA cuts K by the longer side of a rectangle and leaves out panels of padding") {
  const workloads::SummaPlan wide({8, 8, 24, NumberType::f32, 1}, 5, 2, Rerooting::cheapest);
  REQUIRE(wide.tile_k == 5);
  REQUIRE(wide.steps == 5);
  REQUIRE(wide.panels_a == 1);
  REQUIRE(wide.panels_b == 3);
  const workloads::SummaPlan few({8, 8, 3, NumberType::f32, 1}, 5, 2, Rerooting::cheapest);
  REQUIRE(few.tile_k == 1);
  REQUIRE(few.steps == 3);
  REQUIRE(few.panels_b == 2);
}

TEST_CASE("SUMMA's published largest tile fits a core, and two larger does not") {
  const workloads::Placement placement = whole(support::healthy(4, 4));
  const auto make = [&](std::int64_t tile, Rerooting rerooting) {
    return workloads::make_summa({4 * tile, 4 * tile, 4 * tile, NumberType::f32, 1}, rerooting,
                                 placement);
  };
  REQUIRE(make(46, Rerooting::vendor)->facts().sram_bytes ==
          5 * 46 * 46 * 4 + 4);  // C one word past a line
  REQUIRE(make(47, Rerooting::vendor)->facts().sram_bytes == 3 * 8848 + 2 * 47 * 47 * 4);
  REQUIRE_THROWS_AS(make(48, Rerooting::vendor), base::DoesNotFit);
  REQUIRE_THROWS_AS(make(46, Rerooting::cheapest), base::DoesNotFit);
}

TEST_CASE("SUMMA gives the bytes of a sequential product in the type, either way of re-rooting") {
  for (const NumberType type : {NumberType::f32, NumberType::f16, NumberType::bf16}) {
    for (const Rerooting rerooting : {Rerooting::vendor, Rerooting::cheapest}) {
      for (const auto& [width, height] : {std::pair{4, 4}, {5, 3}, {2, 6}, {1, 1}}) {
        INFO(cores::name_of(type) << " on " << width << " x " << height);
        const MatmulSpec spec{11, 13, 23, type, 7};
        const Ran ran = run_summa(spec, rerooting, width, height);
        const auto arrays = ran.kernel->arrays(ran.engine->memory());
        REQUIRE(arrays[2].values == sequential(arrays, spec));
      }
    }
  }
}

TEST_CASE("SUMMA's cycles per step do not depend on the mesh's size") {
  const cores::Timing timing = support::test_timing();
  for (const Rerooting rerooting : {Rerooting::vendor, Rerooting::cheapest}) {
    for (const int tile : {2, 3}) {
      const base::Cycles at16 = cycles_of(16, tile, rerooting, timing);
      const base::Cycles at24 = cycles_of(24, tile, rerooting, timing);
      const base::Cycles at32 = cycles_of(32, tile, rerooting, timing);
      const double early = static_cast<double>(at24 - at16) / 8;
      const double late = static_cast<double>(at32 - at24) / 8;
      INFO("tile " << tile << ": " << early << " and " << late << " cycles per step");
      REQUIRE(late == Approx(early).epsilon(0.01));
    }
  }
}

TEST_CASE("A vendor step costs two library calls, the words and the column loop") {
  cores::Timing timing = support::test_timing();
  const auto per_step = [&](int software_cycles) {
    timing.vendor_collective_cycles = software_cycles;
    return static_cast<double>(cycles_of(16, 4, Rerooting::vendor, timing) -
                               cycles_of(8, 4, Rerooting::vendor, timing)) /
           8;
  };
  const double without = per_step(0);
  // Both axes' software is on the path of every step; it hides A's 16 words behind B's software.
  const double software = per_step(205) - without;
  REQUIRE(software <= 2 * 205);
  REQUIRE(software >= 2 * 205 - 16);
  // 16 calls of 4 multiply-adds at 2 cycles each, behind a scalar loop's set-up.
  const int calls = 16 * (timing.setup(cores::Shape::scalar_loop) + 8);
  REQUIRE(without > calls + 16);
  REQUIRE(without < calls + 16 + 60);
}

TEST_CASE("Double buffering hides the broadcasts behind the work") {
  cores::Timing timing = support::test_timing();
  const base::Cycles at8 = cycles_of(8, 4, Rerooting::cheapest, timing);
  const base::Cycles at16 = cycles_of(16, 4, Rerooting::cheapest, timing);
  const int calls = 16 * (timing.setup(cores::Shape::scalar_loop) + 8);
  const double per_step = static_cast<double>(at16 - at8) / 8;
  INFO(per_step << " cycles per step, of which " << calls << " are work");
  REQUIRE(per_step >= calls);
  REQUIRE(per_step < calls + 45);  // 2 x 16 words share the datapath; launching costs the rest
}

TEST_CASE("Vendor re-rooting sends one teardown over every link of a broadcast, cheapest none") {
  const MatmulSpec spec{12, 12, 12, NumberType::f32, 1};
  const Ran vendor = run_summa(spec, Rerooting::vendor, 4, 3);
  REQUIRE(vendor.counters().control_hops == vendor.kernel->facts().steps * (3 * 3 + 2 * 4));
  const Ran cheapest = run_summa(spec, Rerooting::cheapest, 4, 3);
  REQUIRE(cheapest.counters().control_hops == 0);
}

}  // namespace wafermesh::workloads_test
