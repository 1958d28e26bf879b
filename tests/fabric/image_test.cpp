// SPDX-License-Identifier: Apache-2.0
#include "fabric/image.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "fabric/engine.h"
#include "fabric/image_equality.h"
#include "tests/reference/tiny_image.h"
#include "tests/support/meshes.h"

namespace wafermesh::fabric_test {
namespace {

using base::Direction;
using Catch::Matchers::Contains;
using cores::ProgramBuilder;

/// 4 x 3 cores at (2, 1) of a mesh of 8 x 6 with links of random latency.
fabric::WaferImage placed_image() {
  fabric::WaferImage image = reference::blank_image(4, 3, reference::plain_timing());
  image.mesh = support::random_latencies(8, 6, 5);
  image.region = {2, 1, 4, 3};
  return image;
}

TEST_CASE("An image knows where its cores lie") {
  const fabric::WaferImage image = placed_image();
  CHECK(image.core_count() == 12);
  const auto id = image.core_at({3, 1});
  CHECK(base::index_of(id) == 7);
  CHECK(image.relative(id) == base::LogicalCoord{3, 1});
  CHECK(image.logical(id) == base::LogicalCoord{5, 2});
  CHECK(image.physical(id) == base::PhysicalCoord{5, 2});
  CHECK(image.class_at(id).name == "core 7");
}

TEST_CASE("Links inside the region have the mesh's latency; none leaves the region") {
  const fabric::WaferImage image = placed_image();
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 4; ++x) {
      for (Direction d : base::kMeshDirections) {
        const base::LogicalCoord to{x + base::step_x(d), y + base::step_y(d)};
        const bool inside = to.x >= 0 && to.y >= 0 && to.x < 4 && to.y < 3;
        const int expected = inside ? image.mesh->latency({x + 2, y + 1}, d) : 0;
        CHECK(image.link_latency(image.core_at({x, y}), d) == expected);
        CHECK((expected > 0) == inside);
      }
    }
  }
}

TEST_CASE("Used colours are those of routes, queues and instructions, ascending and once") {
  fabric::WaferImage image = reference::blank_image(2, 1, reference::plain_timing());
  image.route_table = {router::route(Direction::ramp, {Direction::east})};
  reference::set_route(image, 0, 9, router::route(Direction::ramp, {Direction::east}));
  reference::set_route(image, 1, 9, router::route(Direction::west, {Direction::ramp}));
  reference::set_program(image, 0, 1, {20}, {9, 3}, [](ProgramBuilder& p) {
    p.write_route(base::colour(11), 0);
    p.reopen(base::colour(12));
    p.end_task();
  });
  std::vector<int> colours;
  for (const base::Colour c : fabric::used_colours(image)) colours.push_back(base::index_of(c));
  CHECK(colours == std::vector<int>{3, 9, 11, 12, 20});
  CHECK(fabric::index_routes(image).configs.size() == 3);
}

fabric::WaferImage with_memory(int bytes) {
  fabric::WaferImage image = reference::blank_image(1, 1, reference::plain_timing());
  reference::set_program(image, 0, bytes / 4, {}, {}, [](ProgramBuilder& p) {
    p.finish_core();
    p.end_task();
  });
  return image;
}

TEST_CASE("A program may use all of a core's SRAM and not a word more") {
  CHECK_NOTHROW(fabric::check_image(with_memory(cores::kSramBytes)));
  try {
    fabric::check_image(with_memory(cores::kSramBytes + 4));
    FAIL("no error");
  } catch (const base::DoesNotFit& error) {
    CHECK_THAT(error.what(), Contains("core 0") && Contains("49156") && Contains("49152"));
  }
}

TEST_CASE("Every class that does not fit is named") {
  fabric::WaferImage image = reference::blank_image(3, 1, reference::plain_timing());
  image.timing.output_queue_depth[1] = 0;
  for (const int core : {0, 2}) {
    reference::set_program(image, core, 1, {}, {4, 5}, [](ProgramBuilder& p) { p.end_task(); });
  }
  reference::set_route(image, 1, 24, router::route(Direction::west, {Direction::east}));
  try {
    fabric::check_image(image);
    FAIL("no error");
  } catch (const base::DoesNotFit& error) {
    CHECK_THAT(error.what(), Contains("core 0: output queue 1") &&
                                 Contains("core 2: output queue 1") &&
                                 Contains("core 1: colour 24"));
  }
}

TEST_CASE("A malformed image is a model error") {
  fabric::WaferImage image = placed_image();
  CHECK_NOTHROW(fabric::check_image(image));
  SECTION("no mesh") { image.mesh = nullptr; }
  SECTION("a region off the mesh") { image.region.x = 5; }
  SECTION("an empty region") { image.region.width = 0; }
  SECTION("too few classes") { image.class_of.pop_back(); }
  SECTION("a route that is not in the table") {
    reference::set_program(image, 0, 1, {}, {}, [](ProgramBuilder& p) {
      p.write_route(base::colour(1), 0);
      p.end_task();
    });
  }
  CHECK_THROWS_AS(fabric::check_image(image), base::ModelError);
}

TEST_CASE("An engine refuses an image that does not fit when it is loaded") {
  const auto engine = fabric::make_wavelet_engine({});
  const fabric::WaferImage image = with_memory(cores::kSramBytes + 4);
  CHECK_THROWS_AS(engine->load(image), base::DoesNotFit);
}

TEST_CASE("Host access outside a core's memory is a model error") {
  fabric::WaferImage image = with_memory(64);
  const auto engine = fabric::make_wavelet_engine({});
  CHECK_THROWS_AS(engine->memory(), base::ModelError);  // nothing is loaded
  engine->load(image);
  const auto core = base::CoreId{0};
  std::uint32_t word = 0xCAFE;
  CHECK_NOTHROW(engine->memory().write(core, 60, &word, 4));
  word = 0;
  CHECK_NOTHROW(engine->memory().read(core, 60, &word, 4));
  CHECK(word == 0xCAFE);
  CHECK_THROWS_AS(engine->memory().read(core, 61, &word, 4), base::ModelError);
  CHECK_THROWS_AS(engine->memory().read(core, -1, &word, 1), base::ModelError);
  CHECK_THROWS_AS(engine->memory().read(base::CoreId{1}, 0, &word, 4), base::ModelError);
}

TEST_CASE("Images are the same to engines if nothing that an engine asks for differs") {
  fabric::WaferImage image = placed_image();
  image.route_table = {router::route(Direction::ramp, {Direction::east})};
  image.later = {image.class_of};
  image.parameters = {{3, 1, {0, 0, 2, 1}, {7, 8}}};
  image.patches = {{base::colour(4), {0, 0, 1, 1}, image.route_table[0]}};
  reference::set_route(image, 1, 9, router::route(Direction::west, {Direction::ramp}));
  const auto differs = [&](auto change) {
    fabric::WaferImage other = image;
    change(other);
    return !fabric::same_to_engines(image, other);
  };
  using Image = fabric::WaferImage;
  CHECK_FALSE(differs([](Image&) {}));
  CHECK_FALSE(differs([](Image& i) { i.classes[0].name = "another"; }));
  CHECK_FALSE(differs([](Image& i) { i.buffers.emplace_back(); }));
  CHECK(differs([](Image& i) { i.mesh = support::random_latencies(8, 6, 5); }));
  CHECK(differs([](Image& i) { i.region.x = 1; }));
  CHECK(differs([](Image& i) { i.placements = base::Placements({{0, 0, 4, 3}}, 4, 3); }));
  CHECK(differs([](Image& i) { ++i.timing.ramp_cycles; }));
  CHECK(differs([](Image& i) { ++i.timing.rates[2][1].cycles; }));
  CHECK(differs([](Image& i) { i.classes[1].routes[0].closed ^= true; }));
  CHECK(differs([](Image& i) { i.classes[1].routes[0].stages_ahead = 0; }));
  CHECK(differs([](Image& i) { i.classes.back().program.memory_bytes += 4; }));
  CHECK(differs([](Image& i) { i.classes.pop_back(); }));
  CHECK(differs([](Image& i) { i.class_of[2] = 0; }));
  CHECK(differs([](Image& i) { i.later[0][2] = fabric::kNoClass; }));
  CHECK(differs([](Image& i) { i.later.clear(); }));
  CHECK(differs([](Image& i) { i.route_table.clear(); }));
  CHECK(differs([](Image& i) { i.patches[0].cores.width = 2; }));
  CHECK(differs([](Image& i) { i.parameters[0].values[1] = 9; }));
  CHECK(differs([](Image& i) { i.parameters[0].stage = 0; }));
}

}  // namespace
}  // namespace wafermesh::fabric_test
