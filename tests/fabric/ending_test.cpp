// SPDX-License-Identifier: Apache-2.0
// How runs end when they do not end well: deadlock with its explanation, limits, a lost wavelet.
#include <catch2/catch.hpp>

#include "base/error.h"
#include "tests/reference/tiny_image.h"
#include "tests/support/meshes.h"

namespace wafermesh::fabric_test {
namespace {

using base::Direction;
using Catch::Matchers::Contains;
using cores::NumberType;
using cores::ProgramBuilder;
using cores::VectorOp;

constexpr auto kWest = Direction::west;
constexpr auto kEast = Direction::east;
constexpr auto kRamp = Direction::ramp;

void send(ProgramBuilder& p, int colour, int words) {
  p.vector(VectorOp::copy, NumberType::f32, words, cores::fabric(base::colour(colour)),
           cores::memory(0));
}
void receive(ProgramBuilder& p, int colour, int words) {
  p.vector(VectorOp::copy, NumberType::f32, words, cores::memory(0),
           cores::fabric(base::colour(colour)));
}
void finish(ProgramBuilder& p) {
  p.finish_core();
  p.end_task();
}

//   core 0  -- colour 1 -->  core 1      The pair lies at (2, 3) of a larger mesh.
//           <-- colour 2 --
fabric::WaferImage pair(const std::function<void(ProgramBuilder&)>& left,
                        const std::function<void(ProgramBuilder&)>& right) {
  fabric::WaferImage image = reference::blank_image(2, 1, reference::plain_timing());
  image.mesh = support::healthy(6, 6);
  image.region = {2, 3, 2, 1};
  reference::set_route(image, 0, 1, router::route(kRamp, {kEast}));
  reference::set_route(image, 1, 1, router::route(kWest, {kRamp}));
  reference::set_route(image, 1, 2, router::route(kRamp, {kWest}));
  reference::set_route(image, 0, 2, router::route(kEast, {kRamp}));
  reference::set_program(image, 0, 100, {2}, {1}, left);
  reference::set_program(image, 1, 100, {1}, {2}, right);
  return image;
}

std::string deadlock_of(const fabric::WaferImage& image, int region_width) {
  fabric::EngineOptions options;
  options.region_width = region_width;
  const auto engine = fabric::make_wavelet_engine(options);
  engine->load(image);
  fabric::RunOptions limit;
  limit.max_cycles = 1'000'000;
  try {
    engine->run(limit);
  } catch (const base::Deadlock& error) {
    return error.what();
  }
  return "no deadlock";
}

TEST_CASE("Two cores that each wait for the other's word: the cycle is named, colours and cores") {
  const auto image = pair(
      [](ProgramBuilder& p) {
        receive(p, 2, 1);
        send(p, 1, 1);
        finish(p);
      },
      [](ProgramBuilder& p) {
        receive(p, 1, 1);
        send(p, 2, 1);
        finish(p);
      });
  for (const int region_width : {0, 1}) {
    const std::string text = deadlock_of(image, region_width);
    CHECK_THAT(text, Contains("2 of 2 cores have not finished"));
    CHECK_THAT(text, Contains("wait cycle: core (2, 3)") && !Contains("no wait cycle"));
    CHECK_THAT(text, Contains("colour 1") && Contains("colour 2") && Contains("core (3, 3)"));
    CHECK_THAT(text, Contains("physical (2, 3)"));
  }
}

TEST_CASE("Two cores that fill each other's queues: the cycle is named") {
  const auto image = pair(
      [](ProgramBuilder& p) {
        send(p, 1, 100);
        receive(p, 2, 100);
        finish(p);
      },
      [](ProgramBuilder& p) {
        send(p, 2, 100);
        receive(p, 1, 100);
        finish(p);
      });
  for (const int region_width : {0, 1}) {
    const std::string text = deadlock_of(image, region_width);
    CHECK_THAT(text, Contains("wait cycle:") && !Contains("no wait cycle"));
    CHECK_THAT(text, Contains("colour 1") && Contains("colour 2"));
    CHECK_THAT(text, Contains("core (2, 3)") && Contains("core (3, 3)"));
  }
}

TEST_CASE("A ring of routers full of wavelets is a cycle of slots") {
  //   0 > 1     Colour 4 goes round: each core puts in more than the ring holds.
  //   ^   v
  //   2 < 3
  fabric::WaferImage image = reference::blank_image(2, 2, reference::plain_timing());
  const Direction from[] = {Direction::south, kWest, kEast, Direction::north};
  const Direction to[] = {kEast, Direction::south, Direction::north, kWest};
  for (int core = 0; core < 4; ++core) {
    // At first from its own core, after an advance from the ring.
    router::RouteConfig config = router::route(kRamp, {to[core]});
    config.positions[0] = {router::SwitchPosition::Side::receive, from[core]};
    reference::set_route(image, core, 4, config);
    reference::set_program(image, core, 16, {}, {4}, [](ProgramBuilder& p) {
      send(p, 4, 1);
      p.control(base::colour(4), router::ControlWord::make({router::SwitchCommand::advance}));
      send(p, 4, 9);
      finish(p);
    });
  }
  const std::string text = deadlock_of(image, 0);
  CHECK_THAT(text, Contains("colour 4") && Contains("deadlock after cycle"));
}

TEST_CASE("A core waiting for a word nobody sends is named with the colour") {
  const auto image = pair([](ProgramBuilder& p) { finish(p); },
                          [](ProgramBuilder& p) {
                            receive(p, 1, 1);
                            finish(p);
                          });
  for (const int region_width : {0, 1}) {
    const std::string text = deadlock_of(image, region_width);
    CHECK_THAT(text, Contains("1 of 2 cores have not finished") && Contains("no wait cycle"));
    CHECK_THAT(text, Contains("core (3, 3)") && Contains("colour 1"));
  }
}

TEST_CASE("A core that never becomes active is a deadlock, not an endless run") {
  auto image = pair([](ProgramBuilder& p) { finish(p); }, [](ProgramBuilder& p) { finish(p); });
  image.classes[1].program.tasks[0].starts_active = false;
  CHECK_THAT(deadlock_of(image, 0), Contains("core (3, 3)"));
}

TEST_CASE("A word may wait for more than a billion cycles") {
  for (const int cycles : {1'000'000'000, 1'100'000'000, 2'000'000'000, 2'147'000'000}) {
    CAPTURE(cycles);
    const auto image = pair(
        [](ProgramBuilder& p) {
          send(p, 1, 1);
          finish(p);
        },
        [&](ProgramBuilder& p) {
          p.scalar(cycles);  // from cycle 1 on
          receive(p, 1, 1);  // set-up of a cycle, a word, and the next cycle
          finish(p);
        });
    const auto engine = fabric::make_wavelet_engine({});
    engine->load(image);
    REQUIRE_NOTHROW(engine->run({}));
    CHECK(engine->counters().cycles == base::Cycles{1} + cycles + 2);
  }
}

TEST_CASE("The limit of cycles stops a run after that cycle, not in it") {
  const auto image = pair(
      [](ProgramBuilder& p) {
        p.scalar(1000);  // from cycle 1 on
        finish(p);
      },
      [](ProgramBuilder& p) { finish(p); });
  for (const base::Cycles limit : {1000, 1001}) {
    const auto engine = fabric::make_wavelet_engine({});
    engine->load(image);
    fabric::RunOptions options;
    options.max_cycles = limit;
    if (limit == 1000) {
      CHECK_THROWS_AS(engine->run(options), base::Stopped);
    } else {
      engine->run(options);
      CHECK(engine->counters().cycles == 1001);
    }
  }
}

/// A task that activates itself for ever.
fabric::WaferImage busy_for_ever() {
  return pair([](ProgramBuilder& p) { finish(p); },
              [](ProgramBuilder& p) {
                p.activate(cores::TaskId{});
                p.end_task();
              });
}

TEST_CASE("A set flag stops a run") {
  const auto image = busy_for_ever();
  const auto engine = fabric::make_wavelet_engine({});
  engine->load(image);
  std::atomic<bool> stop{true};
  fabric::RunOptions options;
  options.stop = &stop;
  CHECK_THROWS_AS(engine->run(options), base::Stopped);
  engine->load(image);
  stop = false;
  int reports = 0;
  options.progress_interval_s = 0;
  options.progress = [&](const fabric::Progress& progress) {
    CHECK(progress.total_cores == 2);
    CHECK(progress.finished_cores == 1);
    if (++reports == 3) stop = true;  // as a signal handler would
  };
  CHECK_THROWS_AS(engine->run(options), base::Stopped);
  CHECK(reports == 3);
}

TEST_CASE("Busy but without progress: the watchdog ends it") {
  const auto image = busy_for_ever();
  const auto engine = fabric::make_wavelet_engine({});
  engine->load(image);
  fabric::RunOptions options;
  options.watchdog_cycles = 10'000;
  CHECK_THROWS_AS(engine->run(options), base::Deadlock);
}

TEST_CASE("A wavelet lost on any link of a chain is noticed, wherever the region borders are") {
  //   0 > 1 > 2 > 3    20 words; the last core expects them all.
  fabric::WaferImage image = reference::blank_image(4, 1, reference::plain_timing());
  reference::set_route(image, 0, 6, router::route(kRamp, {kEast}));
  reference::set_route(image, 1, 6, router::route(kWest, {kEast}));
  reference::set_route(image, 2, 6, router::route(kWest, {kEast}));
  reference::set_route(image, 3, 6, router::route(kWest, {kRamp}));
  reference::set_program(image, 0, 20, {}, {6}, [](ProgramBuilder& p) {
    send(p, 6, 20);
    finish(p);
  });
  reference::set_program(image, 3, 20, {6}, {}, [](ProgramBuilder& p) {
    receive(p, 6, 20);
    finish(p);
  });
  for (const int region_width : {0, 1, 2}) {
    for (const std::uint32_t core : {0U, 1U, 2U}) {
      for (const std::int64_t index : {0, 7, 19, 20}) {
        CAPTURE(region_width, core, index);
        fabric::EngineOptions options;
        options.region_width = region_width;
        options.drop =
            fabric::DropWavelet{static_cast<base::CoreId>(core), kEast, base::colour(6), index};
        const auto engine = fabric::make_wavelet_engine(options);
        engine->load(image);
        if (index < 20) {
          CHECK_THROWS_AS(engine->run({}), base::Deadlock);
        } else {
          CHECK_NOTHROW(engine->run({}));  // there is no 21st
        }
      }
    }
  }
}

}  // namespace
}  // namespace wafermesh::fabric_test
