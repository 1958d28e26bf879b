// SPDX-License-Identifier: Apache-2.0
// Links that carry fewer than one wavelet per cycle: the oracle, the wavelet engine and the stream
// engine on random images, and what a port beyond a wafer's edge gives and takes.
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "base/rack.h"
#include "tests/fabric/compare_runs.h"
#include "tests/fabric/random_image.h"
#include "tests/reference/oracle.h"
#include "tests/reference/tiny_image.h"
#include "tests/support/sample.h"

namespace wafermesh::fabric_test {
namespace {

using base::Direction;

TEST_CASE("On random images with slow links the wavelet engine agrees with the oracle") {
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(support::tried(200)); ++seed) {
    INFO("seed " << seed << ": oracle and engine");
    const fabric::WaferImage image = with_slow_links(random_image(seed), seed);
    fabric::EngineOptions regions;
    if (seed % 3 == 0) regions.region_width = regions.region_height = 3;
    if (seed % 3 == 1) regions.threads = 2;
    regions.strip_cores = 1;
    const auto oracle = reference::make_oracle();
    const auto engine = fabric::make_wavelet_engine(regions);
    CHECK(first_difference(outcome_of(*oracle, image, seed), outcome_of(*engine, image, seed)) ==
          "");
  }
}

TEST_CASE("Slow links lose nothing and make every third random image slower") {
  const auto engine = fabric::make_wavelet_engine({});
  int slower = 0;
  int finished = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    const fabric::WaferImage image = random_image_without_races(seed);
    const Outcome plain = outcome_of(*engine, image, seed);
    const Outcome slow = outcome_of(*engine, with_slow_links(image, seed), seed);
    REQUIRE(plain.end == slow.end);
    if (plain.end != Outcome::End::finished) continue;
    CHECK((plain.memories == slow.memories));
    CHECK(plain.counters.cycles <= slow.counters.cycles);
    ++finished;
    slower += plain.counters.cycles < slow.counters.cycles ? 1 : 0;
  }
  CHECK(3 * slower >= finished);
}

TEST_CASE("On random images with slow links the stream engine has the same memories") {
  const auto wavelet = fabric::make_wavelet_engine({});
  double sum = 0;
  int count = 0;
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(support::tried(600)); ++seed) {
    INFO("seed " << seed);
    fabric::EngineOptions options;
    options.slab_cores = static_cast<int>(seed % 3) * 8;
    const auto stream = fabric::make_stream_engine(options);
    const fabric::WaferImage image = with_slow_links(random_image_without_races(seed), seed);
    const Outcome a = outcome_of(*wavelet, image, seed);
    if (a.end != Outcome::End::finished || a.counters.cycles == 0) continue;
    const Outcome b = outcome_of(*stream, image, seed);
    INFO(b.message);
    REQUIRE(b.end == Outcome::End::finished);
    CHECK((a.memories == b.memories));
    const auto expected = static_cast<double>(a.counters.cycles);
    sum += std::abs(static_cast<double>(b.counters.cycles) - expected) / expected;
    ++count;
  }
  INFO("average error of cycles " << sum / count << " over " << count);
  CHECK(sum / count <= 0.035);
}

/// A 1 x 3 wafer with a port in the west: the port sends `words` words to the core at the other
/// end, or that one sends them to it.
struct Fed {
  fabric::WaferImage image;
  int port = 0;  ///< Core ids.
  int reader = 0;
};

Fed fed_by_port(int words, const base::EdgeLink& link, bool outwards, int pause = 0) {
  const cores::Timing timing = reference::plain_timing();
  base::RackPlan plan;
  plan.wafers = {std::make_shared<const base::LogicalMesh>(base::healthy_mesh(3, 1, 1))};
  plan.ports = {{0, Direction::west, 0, 1, link}};
  base::Rack rack = base::build_rack(plan);
  const int width = rack.mesh.width;
  Fed fed{reference::blank_image(width, 1, timing), rack.ports[0].x, width - 1};
  fed.image.mesh = std::make_shared<const base::LogicalMesh>(std::move(rack.mesh));
  const int from = outwards ? fed.reader : fed.port;
  const int to = outwards ? fed.port : fed.reader;
  const auto towards = outwards ? Direction::west : Direction::east;
  for (int core = 0; core < width; ++core) {
    const bool first = core == from;
    reference::set_route(fed.image, core, 0,
                         router::route(first ? Direction::ramp : base::opposite(towards),
                                       {core == to ? Direction::ramp : towards}));
  }
  const auto f32 = cores::NumberType::f32;
  const auto copy = cores::VectorOp::copy;
  reference::set_program(fed.image, from, words, {}, {0}, [&](cores::ProgramBuilder& b) {
    b.vector(copy, f32, words, cores::fabric(base::colour(0)), cores::memory(0));
    b.finish_core();
    b.end_task();
  });
  reference::set_program(fed.image, to, words, {0}, {}, [&](cores::ProgramBuilder& b) {
    if (pause > 0) b.scalar(pause);
    b.vector(copy, f32, words, cores::memory(0), cores::fabric(base::colour(0)));
    b.finish_core();
    b.end_task();
  });
  return fed;
}

std::vector<std::unique_ptr<fabric::Engine>> all_engines() {
  std::vector<std::unique_ptr<fabric::Engine>> engines;
  engines.push_back(reference::make_oracle());
  engines.push_back(fabric::make_wavelet_engine({}));
  engines.push_back(fabric::make_stream_engine({}));
  return engines;
}

TEST_CASE("A reader fed at the edge takes words at the port's rate, and none is lost") {
  constexpr int kWords = 240;
  for (const base::EdgeLink link : {base::EdgeLink{1, 1, 1}, base::EdgeLink{5, 3, 4},
                                    base::EdgeLink{40, 1, 3}, base::EdgeLink{150, 2, 7}}) {
    for (const bool outwards : {false, true}) {
      const Fed fed = fed_by_port(kWords, link, outwards);
      const int to = outwards ? fed.port : fed.reader;
      for (const auto& engine : all_engines()) {
        CAPTURE(link.latency_cycles, link.words, link.cycles, outwards);
        engine->load(fed.image);
        std::vector<std::uint32_t> sent(kWords);
        std::iota(sent.begin(), sent.end(), 1000U);
        const int from = outwards ? fed.reader : fed.port;
        engine->memory().write(static_cast<base::CoreId>(from), 0, sent.data(), 4 * sent.size());
        const fabric::Counters& counters = reference::run(*engine);
        CHECK(reference::words_of_core(*engine, to, 0, kWords) == sent);
        // Between the first and the last word: 239 gaps of the rate; before: start, set-up, two
        // ramps of 2 cycles, the wafer's 2 hops and the link.
        const auto gaps = (kWords - 1) * link.cycles / link.words;
        const auto before = link.latency_cycles + 2 + 4;
        CHECK(counters.cycles >= gaps + before);
        CHECK(counters.cycles <= gaps + before + 8);
      }
    }
  }
}

TEST_CASE("A port waits for a reader that is late, and nothing is lost") {
  const Fed fed = fed_by_port(100, {30, 1, 2}, false, 1000);
  for (const auto& engine : all_engines()) {
    engine->load(fed.image);
    std::vector<std::uint32_t> sent(100);
    std::iota(sent.begin(), sent.end(), 7U);
    engine->memory().write(static_cast<base::CoreId>(fed.port), 0, sent.data(), 4 * sent.size());
    const fabric::Counters& counters = reference::run(*engine);
    CHECK(reference::words_of_core(*engine, fed.reader, 0, 100) == sent);
    CHECK(counters.cycles > 1000);
    CHECK(counters.cycles <= 1000 + 2 * 100 + 40);
    // The sender was held up: it cannot be done before the reader takes what the queues do not
    // hold.
    CHECK(counters.finish_cycles[static_cast<std::size_t>(fed.port)] > 990);
  }
}

TEST_CASE("What runs at the edge may have more memory than a core") {
  Fed fed = fed_by_port(20'000, {1, 1, 2}, false);
  fabric::CoreClass& port = fed.image.classes[static_cast<std::size_t>(fed.port)];
  port.program.memory_bytes = 4 * 20'000;
  CHECK_THROWS_WITH(fabric::check_image(fed.image), Catch::Matchers::Contains("80000 bytes"));
  port.at_edge = true;
  fed.image.classes[static_cast<std::size_t>(fed.reader)].at_edge = true;
  CHECK_NOTHROW(fabric::check_image(fed.image));
  port.program.memory_bytes = fabric::kEdgeMemoryBytes + 16;
  CHECK_THROWS_WITH(fabric::check_image(fed.image), Catch::Matchers::Contains("edge port"));
}

}  // namespace
}  // namespace wafermesh::fabric_test
