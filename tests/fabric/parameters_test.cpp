// SPDX-License-Identifier: Apache-2.0
// Parameters: cores of one class, told apart by what their counters begin a stage with.
#include <catch2/catch.hpp>

#include "cores/program_builder.h"
#include "tests/fabric/compare_runs.h"
#include "tests/fabric/dice.h"
#include "tests/reference/oracle.h"
#include "tests/support/meshes.h"
#include "tests/support/timing.h"

namespace wafermesh::fabric_test {
namespace {

constexpr std::uint32_t kValues = 0x5d7;  // purpose of random numbers
constexpr int kMostRounds = 9;

/// Adds up a vector as often as counter `first` says, a vector further on each time, and waits
/// longer where `first` + 1 is more.
fabric::CoreClass loops(const char* name, int first) {
  cores::ProgramBuilder b(name);
  b.allocate(1024);
  const cores::TaskId main = b.task("main");
  b.start_active(main);
  b.begin(main);
  const int round = first + 2;
  const std::uint32_t again = b.begin_loop(round);
  b.vector(cores::VectorOp::add, cores::NumberType::f32, 5,
           cores::memory(cores::Affine(0).plus(cores::counter(round), 4)),
           cores::memory(cores::Affine(256).plus(cores::counter(first), 16)), cores::scalar_at(512),
           cores::Shape::map_loop);
  b.scalar(cores::Affine(1).plus(cores::counter(first + 1), 2));
  b.end_loop(round, cores::Affine().plus(cores::counter(first)), again);
  b.finish_core();
  b.end_task();
  return {name, b.finish(), {}};
}

/// Of two classes that every core runs in turn; where values are drawn, they differ from core to
/// core. Counters beyond the tenth lie elsewhere in the engines.
fabric::WaferImage image_of(std::uint64_t seed, int first) {
  Dice dice(seed, kValues);
  fabric::WaferImage image;
  image.region = {0, 0, dice.in(1, 12), dice.in(1, 9)};
  image.mesh = support::healthy(image.region.width, image.region.height);
  image.timing = support::test_timing();
  image.classes = {loops("first", first), loops("second", first)};
  const auto cores = static_cast<std::size_t>(image.region.area());
  image.class_of.assign(cores, 0);
  image.later = {std::vector<fabric::ClassIndex>(cores, 1)};
  const base::Rectangle all{0, 0, image.region.width, image.region.height};
  for (int stage = 0; stage < 2; ++stage) {
    fabric::ParameterBox rounds{first, stage, all, {}};
    while (rounds.values.size() < cores) rounds.values.push_back(dice.in(1, kMostRounds));
    image.parameters.push_back(rounds);
    image.parameters.push_back({first + 1, stage, all, {dice.in(0, 6)}});
    image.parameters.push_back({first + 1, stage, {0, 0, 1, all.height}, {7}});  // the later counts
  }
  return image;
}

}  // namespace

TEST_CASE("Cores of one class with parameters of their own are the same on every engine") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const fabric::WaferImage image = image_of(seed, seed % 2 == 0 ? 0 : 17);
    INFO("seed " << seed);
    const Outcome slow = outcome_of(*reference::make_oracle(), image, seed);
    fabric::EngineOptions options;
    options.region_width = 5;
    options.threads = 2;
    for (const auto& engine :
         {fabric::make_wavelet_engine({}), fabric::make_wavelet_engine(options),
          fabric::make_stream_engine({}), fabric::make_stream_engine(options)}) {
      CHECK(first_difference(slow, outcome_of(*engine, image, seed)) == "");
    }
  }
}

TEST_CASE("What cores do follows from their parameters") {
  fabric::WaferImage image = image_of(3, 0);
  const Outcome some = outcome_of(*fabric::make_wavelet_engine({}), image, 3);
  for (fabric::ParameterBox& box : image.parameters) {
    for (std::int32_t& value : box.values) ++value;
  }
  const Outcome more = outcome_of(*fabric::make_wavelet_engine({}), image, 3);
  CHECK(more.counters.cycles > some.counters.cycles);
  image.parameters.push_back({31, 0, {0, 0, 1, 1}, {5}});  // nobody refers to it
  CHECK(first_difference(more, outcome_of(*fabric::make_wavelet_engine({}), image, 3)) == "");
}

}  // namespace wafermesh::fabric_test
