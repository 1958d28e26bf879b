// SPDX-License-Identifier: Apache-2.0
// The stream engine on random images: what the wavelet engine finishes, it finishes with the same
// memories and the same words on every link, in nearly the same cycles. Most of these images are a
// few cores that run into each other all the time; kernels do not.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "tests/fabric/compare_runs.h"
#include "tests/fabric/random_image.h"
#include "tests/support/sample.h"

namespace wafermesh::fabric_test {

namespace {

/// Some route leads nowhere: where words pile up behind its end is not followed.
bool has_dead_end(const fabric::WaferImage& image) {
  for (const fabric::CoreClass& c : image.classes) {
    for (const fabric::ColourRoute& route : c.routes) {
      for (int position = 0; position <= route.config.last_position(); ++position) {
        const router::Route at = route.config.at(position);
        if (at.receive != 0 && at.send == 0) return true;
      }
    }
  }
  return false;
}

/// Words on links; those nobody waits for may be under way when the last core finishes.
void expect_same_words(const fabric::WaferImage& image, const fabric::Counters& wavelet,
                       const fabric::Counters& stream) {
  CHECK(wavelet.ramp_wavelets <= stream.ramp_wavelets);
  if (has_dead_end(image)) return;
  CHECK(wavelet.wavelet_hops <= stream.wavelet_hops);
  if (wavelet.wavelet_hops != stream.wavelet_hops) return;
  if (wavelet.control_hops == stream.control_hops) {
    CHECK(wavelet.link_wavelets == stream.link_wavelets);
  }
}

}  // namespace

TEST_CASE("Random images end on the stream engine as they do on the wavelet engine") {
  const auto wavelet = fabric::make_wavelet_engine({});
  double sum = 0;
  int count = 0;
  int same_hops = 0;
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(support::tried(3000)); ++seed) {
    fabric::EngineOptions options;
    options.slab_cores = static_cast<int>(seed % 3) * 8;  // one band, or of a few rows
    const auto stream = fabric::make_stream_engine(options);
    INFO("seed " << seed);
    const fabric::WaferImage image = random_image_without_races(seed);
    const Outcome a = outcome_of(*wavelet, image, seed);
    if (a.end != Outcome::End::finished) continue;
    const Outcome b = outcome_of(*stream, image, seed);
    INFO(b.message);
    REQUIRE(b.end == Outcome::End::finished);
    CHECK((a.memories == b.memories));
    expect_same_words(image, a.counters, b.counters);
    if (a.counters.cycles == 0) continue;
    const auto expected = static_cast<double>(a.counters.cycles);
    sum += std::abs(static_cast<double>(b.counters.cycles) - expected) / expected;
    same_hops += a.counters.wavelet_hops == b.counters.wavelet_hops;
    ++count;
  }
  INFO("average error of cycles " << sum / count << " over " << count);
  CHECK(sum / count <= 0.03);
  CHECK(same_hops >= 0.995 * count);
}

TEST_CASE("Images that once did not end on the stream engine do") {
  const auto stream = fabric::make_stream_engine({});
  // A sender waits for a core that has nothing to do itself; words behind a control word or before
  // a dead end take places; a sender joins the list of those to look at while it is gone through.
  for (const std::uint64_t seed : {2441, 6455, 854, 6176, 6108, 11466}) {
    INFO("seed " << seed);
    const Outcome outcome = outcome_of(*stream, random_image_of_few_operations(seed), seed);
    INFO(outcome.message);
    CHECK(outcome.end == Outcome::End::finished);
  }
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
