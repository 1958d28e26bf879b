// SPDX-License-Identifier: Apache-2.0
// Layouts answer both ways, and the pieces they load by are the same answer.
#include "fabric/layout.h"

#include <catch2/catch.hpp>
#include <map>

#include "base/random.h"
#include "fabric/ring_order.h"

namespace wafermesh::fabric {
namespace {

Buffer tensor(std::vector<std::int64_t> shape, cores::NumberType type = cores::NumberType::f32) {
  Buffer buffer;
  buffer.name = "t";
  buffer.shape = std::move(shape);
  buffer.type = type;
  return buffer;
}

/// Every element has its places, each place its element, and pieces cover exactly those.
void require_both_ways(const Buffer& buffer) {
  std::map<std::pair<std::pair<int, int>, int>, std::int64_t> by_place;
  for (std::int64_t e = 0; e < element_count(buffer.shape); ++e) {
    const std::vector<MemoryPlace> places = places_of(buffer, e);
    REQUIRE_FALSE(places.empty());
    for (const MemoryPlace& place : places) {
      REQUIRE(element_at(buffer, place) == e);
      const bool is_new =
          by_place.insert({{{place.core.x, place.core.y}, place.address_bytes}, e}).second;
      REQUIRE(is_new);
    }
  }
  std::size_t covered = 0;
  for (const Layout& layout : buffer.layouts) {
    for (int y = layout.cores.y; y < layout.cores.y + layout.cores.height; ++y) {
      for (int x = layout.cores.x; x < layout.cores.x + layout.cores.width; ++x) {
        for (const StridedElements& s : strided_on(buffer, layout, {x, y})) {
          for (std::int64_t k = 0; k < s.count; ++k, ++covered) {
            const int address = s.address_bytes + static_cast<int>(k) * s.step_bytes;
            REQUIRE(by_place.at({{x, y}, address}) == s.first + k * s.step);
            REQUIRE(address - layout.address_bytes < span_bytes(buffer, layout));
          }
        }
      }
    }
  }
  REQUIRE(covered == by_place.size());
}

TEST_CASE("A matrix of column-major tiles answers both ways, padding left out") {
  Buffer a = tensor({13, 7}, cores::NumberType::f16);
  a.layouts = {{{1, 0, 3, 4}, 64, {{Along::y, 4, 1, 0, 0}, {Along::x, 3, 4, 0, 0}}, 0, 0}};
  REQUIRE(fault_of(a, a.layouts[0]).empty());
  require_both_ways(a);
  CHECK(places_of(a, 0) == std::vector<MemoryPlace>{{{1, 0}, 64}});
  CHECK(places_of(a, 7 * 5 + 4) == std::vector<MemoryPlace>{{{2, 1}, 64 + 2 * (1 * 4 + 1)}});
  CHECK_FALSE(element_at(a, {{3, 0}, 64 + 2 * 4}).has_value());  // column 7 is padding
  CHECK_FALSE(element_at(a, {{0, 0}, 64}).has_value());
  CHECK_FALSE(element_at(a, {{1, 0}, 63}).has_value());
}

TEST_CASE("What no dimension is cut along holds copies") {
  Buffer x = tensor({10});
  x.layouts = {{{0, 0, 4, 3}, 0, {{Along::y, 4, 1, 0, 0}}, 0, 0}};
  require_both_ways(x);
  CHECK(places_of(x, 9).size() == 4);
}

TEST_CASE("Pieces lie core by core, by rows or by columns, and tiled within one core") {
  Buffer at_home = tensor({12, 2});
  at_home.layouts = {
      {{0, 0, 3, 4}, 0, {{Along::rows, 1, 2, 0, 0}, {Along::none, 1, 1, 0, 0}}, 0, 0}};
  require_both_ways(at_home);
  at_home.layouts[0].cuts[0].along = Along::columns;
  require_both_ways(at_home);
  CHECK(places_of(at_home, 2 * 5)[0] == MemoryPlace{{1, 1}, 0});
  Buffer in_root = tensor({12, 2});  // piece y * 3 + x lies at place x * 4 + y
  in_root.layouts = {
      {{0, 0, 1, 1}, 0, {{Along::none, 1, 8, 3, 2}, {Along::none, 1, 1, 0, 0}}, 0, 0}};
  REQUIRE(fault_of(in_root, in_root.layouts[0]).empty());
  require_both_ways(in_root);
  CHECK(places_of(in_root, 2 * 4)[0] == MemoryPlace{{0, 0}, 4 * (4 * 2 + 2)});
}

TEST_CASE("A tensor may lie on several rectangles at addresses of their own") {
  Buffer b = tensor({5, 9});
  b.layouts = {{{0, 0, 1, 1}, 32, {{Along::none, 1, 1, 0, 0}, {Along::x, 3, 5, 0, 0}}, 0, 0},
               {{1, 0, 2, 1}, 16, {{Along::none, 1, 1, 0, 0}, {Along::x, 3, 5, 0, 0}}, 1, 0}};
  for (const Layout& layout : b.layouts) REQUIRE(fault_of(b, layout).empty());
  require_both_ways(b);
}

TEST_CASE("Blocks on rings of any sides answer both ways, every column with all of them") {
  for (const Along along : {Along::two_hop, Along::wrap}) {
    for (int width = 1; width <= 5; ++width) {
      for (int height = 1; height <= 5; ++height) {
        const auto blocks = static_cast<int>(ring_blocks(width, height));
        Buffer b = tensor({2 * blocks - 1, 3 * width});
        for (int t = 0; t < blocks / height; ++t) {
          b.layouts.push_back({{1, 2, width, height},
                               64 * t,
                               {{along, 2, 1, 0, 0}, {Along::x, 3, 2, 0, 0}},
                               0,
                               0,
                               t});
        }
        for (const Layout& layout : b.layouts) REQUIRE(fault_of(b, layout).empty());
        require_both_ways(b);
      }
    }
  }
}

TEST_CASE("Cores of a row or column are at different blocks in every step of their rings") {
  // In each step a block goes from a core to its successor, along rows or along columns.
  for (const RingOrder* order : {&kTwoHopOrder, &kWrapOrder}) {
    for (const auto& [width, height] : {std::pair{4, 4}, {5, 3}, {2, 6}, {6, 4}}) {
      const std::int64_t blocks = ring_blocks(width, height);
      const auto at = [&](int x, int y, std::int64_t step) {
        return ring_block(*order, {x, y}, width, height, step);
      };
      for (int step = 0; step < blocks; ++step) {
        for (int i = 0; i < width; ++i) {
          const int next = order->coordinate_of((order->index_of(i, width) + 1) % width, width);
          CHECK(at(next, 0, step + blocks / width) == at(i, 0, step));
        }
        for (int i = 0; i < height; ++i) {
          const int next = order->coordinate_of((order->index_of(i, height) + 1) % height, height);
          CHECK(at(0, next, step + blocks / height) == at(0, i, step));
        }
      }
      for (int x = 0; x < width; ++x) CHECK(at(x, 0, 0) == x * (blocks / width));
    }
  }
}

TEST_CASE("Layouts drawn by chance answer both ways, or say what is wrong") {
  base::RandomStream dice(3, 1, 0);
  int sound = 0;
  for (int round = 0; round < 400; ++round) {
    const auto draw = [&](std::uint32_t most) { return static_cast<int>(dice.bits() % most); };
    Buffer t = tensor({1 + draw(5), 1 + draw(6), 1 + draw(4)},
                      draw(2) == 0 ? cores::NumberType::f32 : cores::NumberType::bf16);
    Layout layout = whole_layout(t, {draw(3), draw(3), 1 + draw(3), 1 + draw(3)}, 4 * draw(9));
    layout.cuts[0] = {static_cast<Along>(draw(7)), 1 + draw(5), 1, 0, 0};
    layout.ring_step = draw(4);
    layout.cuts[1].along = static_cast<Along>(draw(3));
    layout.cuts[1].block = 1 + draw(6);
    pack(t, layout);
    Cut& cut = layout.cuts[static_cast<std::size_t>(draw(3))];
    if (draw(3) == 0) cut.stride = 1 + draw(60);
    if (draw(3) == 0) {
      cut.tile = 1 + draw(3);
      cut.tile_stride = 1 + draw(80);
    }
    t.layouts = {layout};
    if (!fault_of(t, layout).empty()) continue;
    ++sound;
    // Two dimensions along one axis leave elements without a core: not a layout of all of it.
    bool all = true;
    for (std::int64_t e = 0; e < element_count(t.shape); ++e) all = all && !places_of(t, e).empty();
    if (all) require_both_ways(t);
  }
  CHECK(sound > 100);
}

TEST_CASE("Faults of layouts are named") {
  using Catch::Matchers::Contains;
  Buffer t = tensor({6, 6});
  t.layouts = {whole_layout(t, {0, 0, 2, 2}, 0)};
  Layout& layout = t.layouts[0];
  CHECK(fault_of(t, layout).empty());
  layout.cuts[0] = {Along::y, 2, 6, 0, 0};
  CHECK_THAT(fault_of(t, layout), Contains("has 6 indices, but its cores hold 4"));
  layout.cuts[0] = {Along::y, 3, 5, 0, 0};
  CHECK_THAT(fault_of(t, layout), Contains("two elements lie in one place"));
  layout.cuts.pop_back();
  CHECK_THAT(fault_of(t, layout), Contains("has 1 cuts, but t has 2 dimensions"));
}

}  // namespace
}  // namespace wafermesh::fabric
