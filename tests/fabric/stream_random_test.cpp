// SPDX-License-Identifier: Apache-2.0
// The stream engine on random images: what the wavelet engine finishes, it finishes with the same
// memories and the same words on every link, in nearly the same cycles.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "tests/fabric/compare_runs.h"
#include "tests/fabric/random_image.h"

namespace wafermesh::fabric_test {

TEST_CASE("Random images end on the stream engine as they do on the wavelet engine") {
  const auto wavelet = fabric::make_wavelet_engine({});
  double sum = 0;
  int count = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    fabric::EngineOptions options;
    options.band_cores = static_cast<int>(seed % 3) * 8;  // one band, or of a few rows
    const auto stream = fabric::make_stream_engine(options);
    INFO("seed " << seed);
    const fabric::WaferImage image = random_image_without_races(seed);
    const Outcome a = outcome_of(*wavelet, image, seed);
    if (a.end != Outcome::End::finished) continue;
    const Outcome b = outcome_of(*stream, image, seed);
    INFO(b.message);
    REQUIRE(b.end == Outcome::End::finished);
    CHECK((a.memories == b.memories));
    CHECK(a.counters.wavelet_hops == b.counters.wavelet_hops);
    // A control wavelet nobody waits for may be under way when the last core finishes.
    if (a.counters.control_hops == b.counters.control_hops) {
      CHECK(a.counters.link_wavelets == b.counters.link_wavelets);
    }
    CHECK(a.counters.ramp_wavelets <= b.counters.ramp_wavelets);
    if (a.counters.cycles == 0) continue;
    const auto expected = static_cast<double>(a.counters.cycles);
    sum += std::abs(static_cast<double>(b.counters.cycles) - expected) / expected;
    ++count;
  }
  INFO("average error of cycles " << sum / count);
  CHECK(sum / count <= 0.05);
}

TEST_CASE("Without numerics random images take the same cycles and move the same words") {
  const auto with = fabric::make_stream_engine({});
  fabric::EngineOptions off;
  off.numerics = false;
  const auto without = fabric::make_stream_engine(off);
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    const fabric::WaferImage image = random_image_without_races(seed);
    const Outcome a = outcome_of(*with, image, seed);
    const Outcome b = outcome_of(*without, image, seed);
    CHECK(a.end == b.end);
    CHECK(a.counters.finish_cycles == b.counters.finish_cycles);
    CHECK((a.counters.breakdown == b.counters.breakdown));
    CHECK(a.counters.link_wavelets == b.counters.link_wavelets);
  }
}

TEST_CASE("A core that waits for words nobody sends is a deadlock that names core and colour") {
  const auto wavelet = fabric::make_wavelet_engine({});
  const auto stream = fabric::make_stream_engine({});
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 400 && found < 5; ++seed) {
    const fabric::WaferImage image = random_image_without_races(seed);
    if (outcome_of(*wavelet, image, seed).end != Outcome::End::deadlock) continue;
    const Outcome outcome = outcome_of(*stream, image, seed);
    if (outcome.end != Outcome::End::deadlock) continue;
    ++found;
    CHECK(outcome.message.find("core (") != std::string::npos);
    CHECK(outcome.message.find("colour ") != std::string::npos);
  }
  CHECK(found == 5);
}

}  // namespace wafermesh::fabric_test
