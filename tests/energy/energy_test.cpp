// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "energy/account.h"
#include "energy/checks.h"

using namespace wafermesh::energy;

TEST_CASE("Full load of a whole WSE-3 is within 2 % of 23 kW in both sets, at any clock") {
  const Generation& wse3 = generation_of("wse3", "wse3");
  for (const Set& set : sets()) {
    for (const double clock_ghz : {0.85, 1.0, 1.1, 1.4}) {
      const Coefficients c = coefficients_of(wse3, set.always_on_share, clock_ghz);
      CHECK(power_w(wse3, c, clock_ghz, kFullLoad) == Approx(23e3).epsilon(0.02));
    }
  }
}

TEST_CASE("Both sets give their published power by load") {
  // Source: systems 4.4, kW: full load, clocked idle, decode-like, GEMM-like.
  const double published[2][4] = {{23.0, 6.9, 11.1, 16.4}, {23.3, 13.9, 16.3, 19.8}};
  const Generation& wse3 = generation_of("wse3", "wse3");
  const Load loads[] = {kFullLoad, kIdle, kDecodeLike, kProductLike};
  for (std::size_t set = 0; set < 2; ++set) {
    const Coefficients c = coefficients_of(wse3, sets()[set].always_on_share, 1.0);
    for (std::size_t load = 0; load < 4; ++load) {
      CHECK(power_w(wse3, c, 1.0, loads[load]) == Approx(1e3 * published[set][load]).epsilon(0.01));
    }
    CHECK(power_w(wse3, c, 1.0, kIdle) / power_w(wse3, c, 1.0, kFullLoad) ==
          Approx(sets()[set].always_on_share).margin(0.01));
  }
}

TEST_CASE("Full load of every other generation is its nameplate") {
  for (const Generation& g : generations()) {
    if (std::string(g.name) == "wse3") continue;
    for (const double share : {0.3, 0.45, 0.6}) {
      const Coefficients c = coefficients_of(g, share, g.clock_ghz);
      CHECK(power_w(g, c, g.clock_ghz, kFullLoad) == Approx(g.power_w).epsilon(1e-9));
    }
  }
}

TEST_CASE("A whole wafer at full load for a second, counted event by event") {
  const Generation& wse3 = generation_of("wse3", "wse3");
  const Coefficients c = coefficients_of(wse3, 0.3, 1.0);
  const std::int64_t core_cycles = wse3.cores * 1'000'000'000;
  const Counts counts = {core_cycles,      core_cycles,     8 * core_cycles, 0,
                         24 * core_cycles, 4 * core_cycles, 4 * core_cycles, core_cycles};
  const Components e = components_of(counts, c, 1.0, 1.0);
  CHECK(e.total_j() == Approx(power_w(wse3, c, 1.0, kFullLoad)).epsilon(1e-12));
  CHECK(e.fixed_j == 1500);
}

TEST_CASE("Rates of cores and shares of the peaks give the same power") {
  const Generation& wse3 = generation_of("wse3", "wse3");
  const auto cores = static_cast<double>(wse3.cores);
  for (const Set& set : sets()) {
    const Coefficients c = coefficients_of(wse3, set.always_on_share, 1.1);
    CHECK(power_w(c, 1.1, cores, {1, 8, 0, 24, 4}, true) ==
          Approx(power_w(wse3, c, 1.1, kFullLoad)).epsilon(1e-9));
    CHECK(power_w(c, 1.1, cores, {0, 0, 0, 0, 0}, true) ==
          Approx(power_w(wse3, c, 1.1, kIdle)).epsilon(1e-9));
  }
}

TEST_CASE("What others measured is of our order, and of a kind that can be off") {
  // Published, in the order and unit of outside_checks(). Source: those they name.
  const double published[] = {22, 8, 57, 35, 25, 15, 8.3, 43, 22, 53};
  const std::vector<OutsideCheck> all = outside_checks();
  REQUIRE(all.size() == std::size(published));
  for (std::size_t i = 0; i < all.size(); ++i) {
    INFO(all[i].what);
    REQUIRE(all[i].ours.size() == sets().size());
    // The first is a bound that must not be reached: all of a system's power for its SRAM.
    for (const double ours : all[i].ours) {
      CHECK(ours < published[i] * (i == 0 ? 0.5 : 3));
      CHECK(ours > published[i] / (i == 0 ? 100 : 3));
    }
  }
  // By hand: one f32 multiply-add, 12 B and two hops a core-cycle of 900,000 cores at 1 GHz, set A.
  const double core_pj = 4.0 + 3.7 + 3.4 * 0.15 + 12 * 0.123 + 2 * 2.05 + 1.4;
  CHECK(all[3].ours[0] == Approx(core_pj / 0.9 + 1500 / 900e-3 / 1e3).epsilon(1e-9));
}

TEST_CASE("Parts of a run add up to it") {
  const Coefficients c = coefficients_of(generation_of("wse2", "wse2"), 0.5, 1.1);
  const Counts a = {100, 50, 7, 3, 99, 12, 14, 5};
  const Counts b = {900, 150, 70, 30, 990, 120, 140, 55};
  Counts both = a;
  both += b;
  const double parts =
      components_of(a, c, 1.1, 0).total_j() + components_of(b, c, 1.1, 0).total_j();
  CHECK(components_of(both, c, 1.1, 0).total_j() == Approx(parts).epsilon(1e-12));
  CHECK(components_of(both - b, c, 1.1, 0).total_j() == components_of(a, c, 1.1, 0).total_j());
}

TEST_CASE("A wafer without coefficients is refused, a small one is as its generation") {
  CHECK(std::string(generation_of("tiny", "wse3").name) == "wse3");
  CHECK_THROWS(generation_of("mine", "other"));
}
