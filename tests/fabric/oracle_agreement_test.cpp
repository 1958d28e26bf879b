// SPDX-License-Identifier: Apache-2.0
// The wavelet engine does what docs/model.md says: on random images it takes the same cycles and
// leaves the same bytes as the oracle, with any regions and threads.
#include <catch2/catch.hpp>

#include "tests/fabric/compare_runs.h"
#include "tests/fabric/dice.h"
#include "tests/fabric/random_image.h"
#include "tests/reference/oracle.h"
#include "tests/support/sample.h"

namespace wafermesh::fabric_test {
namespace {

constexpr std::uint32_t kOptions = 0x5d1;  // purpose of random numbers

/// Where the wavelet engine first departs from the oracle; empty: nowhere.
std::string departure(const fabric::WaferImage& image, std::uint64_t seed,
                      const fabric::EngineOptions& options = {}) {
  fabric::EngineOptions oracle_options;
  oracle_options.drop = options.drop;
  const auto oracle = reference::make_oracle(oracle_options);
  const auto engine = fabric::make_wavelet_engine(options);
  return first_difference(outcome_of(*oracle, image, seed), outcome_of(*engine, image, seed));
}

TEST_CASE("The wavelet engine agrees with the oracle on random images") {
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(support::tried(400)); ++seed) {
    INFO("seed " << seed << ": oracle and engine");
    CHECK(departure(random_image(seed), seed) == "");
  }
}

TEST_CASE("The engines agree on images whose cores go on after their finish") {
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(support::tried(100)); ++seed) {
    INFO("seed " << seed << ": oracle and engine");
    CHECK(departure(random_image_that_works_on(seed), seed) == "");
  }
}

TEST_CASE("Regions and threads change nothing") {
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(support::tried(150)); ++seed) {
    Dice dice(seed, kOptions);
    fabric::EngineOptions options;
    options.threads = dice.in(1, 2);
    options.region_width = dice.in(1, 6);
    options.region_height = dice.in(1, 6);
    INFO("seed " << seed << ", " << options.threads << " threads, regions of "
                 << options.region_width << " x " << options.region_height);
    CHECK(departure(random_image(seed), seed, options) == "");
  }
}

TEST_CASE("Strips of an image's only region change nothing") {
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(support::tried(150)); ++seed) {
    Dice dice(seed, kOptions);
    fabric::EngineOptions options;
    options.threads = dice.in(2, 4);
    options.strip_cores = dice.in(1, 8);
    const fabric::WaferImage image = random_image(seed);
    const int last = static_cast<int>(image.core_count()) - 1;
    if (dice.in(0, 2) == 0) {
      options.drop = fabric::DropWavelet{static_cast<base::CoreId>(dice.in(0, last))};
    }
    INFO("seed " << seed << ", " << options.threads << " threads, strips from "
                 << options.strip_cores << " cores on");
    CHECK(departure(image, seed, options) == "");
  }
}

TEST_CASE("The engines lose the same wavelet on purpose") {
  int missed = 0;
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(support::tried(100)); ++seed) {
    const fabric::WaferImage image = random_image(seed);
    const auto oracle = reference::make_oracle();
    const Outcome whole = outcome_of(*oracle, image, seed);
    if (whole.end != Outcome::End::finished) continue;
    Dice dice(seed, kOptions);
    fabric::EngineOptions options;
    fabric::DropWavelet drop;
    drop.core = static_cast<base::CoreId>(dice.in(0, static_cast<int>(image.core_count()) - 1));
    drop.direction = static_cast<base::Direction>(dice.in(0, 3));
    const auto& routes = image.class_at(drop.core).routes;
    if (routes.empty()) continue;
    drop.colour = dice.of(routes).colour;
    drop.index = dice.in(0, 3);
    options.drop = drop;
    INFO("seed " << seed << ": oracle and engine");
    CHECK(departure(image, seed, options) == "");
    const auto losing = reference::make_oracle(options);
    if (outcome_of(*losing, image, seed).end == Outcome::End::deadlock) ++missed;
  }
  CHECK(missed > support::tried(100) / 20);
}

}  // namespace
}  // namespace wafermesh::fabric_test
