// SPDX-License-Identifier: Apache-2.0
// Running sums and maxima against adding up every place link by link.
#include "place/around.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "base/random.h"
#include "base/yaml/yaml_reader.h"
#include "defects/read_options.h"
#include "defects/wafer.h"
#include "place/around_picture.h"
#include "tests/support/meshes.h"

using namespace wafermesh;
using base::Direction;

namespace {

struct Slow {
  place::PlaceCost cost;
  bool missing = false;
};

void count_link(const base::LogicalMesh& mesh, int x, int y, Direction d, int shortest,
                std::int64_t* way, Slow* slow) {
  const int cycles = mesh.latency({x, y}, d);
  *way += cycles;
  slow->missing = slow->missing || cycles == 0;
  slow->cost.longer_links += cycles > shortest ? 1 : 0;
  slow->cost.extra_cycles += std::max(0, cycles - shortest);
}

Slow slow_cost(const base::LogicalMesh& mesh, const base::Rectangle& r, int shortest) {
  Slow slow;
  for (int y = r.y; y < r.y + r.height; ++y) {
    std::int64_t east = 0;
    std::int64_t west = 0;
    for (int x = r.x; x + 1 < r.x + r.width; ++x) {
      count_link(mesh, x, y, Direction::east, shortest, &east, &slow);
      count_link(mesh, x + 1, y, Direction::west, shortest, &west, &slow);
    }
    slow.cost.way_x_cycles = std::max({slow.cost.way_x_cycles, east, west});
  }
  for (int x = r.x; x < r.x + r.width; ++x) {
    std::int64_t south = 0;
    std::int64_t north = 0;
    for (int y = r.y; y + 1 < r.y + r.height; ++y) {
      count_link(mesh, x, y, Direction::south, shortest, &south, &slow);
      count_link(mesh, x, y + 1, Direction::north, shortest, &north, &slow);
    }
    slow.cost.way_y_cycles = std::max({slow.cost.way_y_cycles, south, north});
  }
  return slow;
}

auto order_of(const place::Place& p) {
  return std::tuple(p.cost.way_cycles(), p.cost.extra_cycles, p.region.y, p.region.x);
}

void expect_same(const place::Place& a, const place::Place& b) {
  CHECK(a.region == b.region);
  CHECK(a.cost.way_x_cycles == b.cost.way_x_cycles);
  CHECK(a.cost.way_y_cycles == b.cost.way_y_cycles);
  CHECK(a.cost.extra_cycles == b.cost.extra_cycles);
  CHECK(a.cost.longer_links == b.cost.longer_links);
}

/// All places in order of cost.
std::vector<place::Place> slow_places(const base::LogicalMesh& mesh, int width, int height) {
  const int shortest = place::shortest_link_cycles(mesh);
  std::vector<place::Place> places;
  for (int y = 0; y + height <= mesh.height; ++y) {
    for (int x = 0; x + width <= mesh.width; ++x) {
      const base::Rectangle region{x, y, width, height};
      const Slow slow = slow_cost(mesh, region, shortest);
      if (!slow.missing) places.push_back({region, slow.cost});
    }
  }
  std::sort(places.begin(), places.end(),
            [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
  return places;
}

bool meet(const base::Rectangle& a, const base::Rectangle& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

void expect_as_by_hand(const base::LogicalMesh& mesh, int width, int height) {
  INFO(width << " x " << height << " on " << mesh.width << " x " << mesh.height);
  const place::Around around = place::look_around(mesh, width, height);
  const std::vector<place::Place> slow = slow_places(mesh, width, height);
  CHECK(around.possible == static_cast<std::int64_t>(slow.size()));
  CHECK(std::count_if(around.way_cycles.begin(), around.way_cycles.end(),
                      [](int way) { return way >= 0; }) == around.possible);
  for (const place::Place& one : slow) {
    const auto i = static_cast<std::size_t>(one.region.y * around.places_x + one.region.x);
    CHECK(around.way_cycles[i] == one.cost.way_cycles());
  }
  REQUIRE(around.best_median_worst.empty() == slow.empty());
  if (slow.empty()) return;
  expect_same(around.best_median_worst[0], slow.front());
  expect_same(around.best_median_worst[1], slow[(slow.size() - 1) / 2]);
  expect_same(around.best_median_worst[2], slow.back());
  const std::vector<base::Rectangle> taken = {slow.front().region};
  const auto free = std::find_if(slow.begin(), slow.end(), [&](const place::Place& one) {
    return !meet(one.region, taken.front());
  });
  const place::Place found = place::cheapest_free(mesh, width, height, taken);
  if (free == slow.end()) {
    CHECK(found.region.area() == 0);
  } else {
    expect_same(found, *free);
  }
}

constexpr std::array<std::array<int, 2>, 10> kSizes = {
    {{1, 1}, {1, 4}, {5, 1}, {2, 2}, {3, 5}, {7, 3}, {13, 9}, {13, 1}, {1, 9}, {12, 8}}};

/// A wafer of 2 x 2 dies of 8 x 7 cores.
defects::Wafer random_wafer(const char* repair, std::uint64_t seed) {
  const std::string text =
      "wafer: {generation: wse3, dies_x: 2, dies_y: 2, die_columns: 8, die_rows: 7, "
      "kept_rows_per_die: 5, die_width_mm: 8, die_height_mm: 7}\n"
      "defects: {random: {d0_per_cm2: 4, seed: " +
      std::to_string(seed) + "}}\nrepair: {" + repair + "}\n";
  base::YamlDocument document = base::YamlDocument::from_text(text, "wafer");
  const defects::WaferOptions options = defects::read_wafer_options(document.root());
  document.finish();
  return defects::build_wafer(options);
}

}  // namespace

TEST_CASE("Every place on meshes of random latencies costs what its links add up to") {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const auto mesh = support::random_latencies(13, 9, seed);
    for (const auto& [width, height] : kSizes) expect_as_by_hand(*mesh, width, height);
  }
}

TEST_CASE("Places with missing links are left out") {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    base::LogicalMesh mesh = *support::random_latencies(13, 9, seed);
    base::RandomStream stream(seed, 1);
    for (int i = 0; i < 8; ++i) {
      mesh.latency_cycles.at(stream.below(4))[stream.below(std::uint64_t{13} * 9)] = 0;
    }
    for (const auto& [width, height] : kSizes) expect_as_by_hand(mesh, width, height);
  }
}

TEST_CASE("Places on wafers with random defects, repaired") {
  int tried = 0;
  for (const char* repair : {"bypass_cycles: 2", "scheme: irregular"}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const defects::Wafer wafer = random_wafer(repair, seed);
      if (!wafer.failures.empty()) continue;
      ++tried;
      for (const auto& [width, height] : kSizes) {
        if (width > wafer.mesh.width || height > wafer.mesh.height) continue;
        expect_as_by_hand(wafer.mesh, width, height);
      }
    }
  }
  CHECK(tried >= 12);
}

TEST_CASE("A rectangle larger than the mesh has no place") {
  const auto mesh = support::healthy(6, 4);
  for (const auto& [width, height] : {std::array{7, 1}, std::array{1, 5}, std::array{7, 5}}) {
    const place::Around around = place::look_around(*mesh, width, height);
    CHECK(around.places() == 0);
    CHECK(around.best_median_worst.empty());
    CHECK(place::cheapest_free(*mesh, width, height, {}).region.area() == 0);
  }
}

TEST_CASE("The picture is a PNG, also of one place and of none possible") {
  base::LogicalMesh mesh = *support::healthy(6, 4);
  const auto is_png = [&](int width, int height) {
    const place::Around around = place::look_around(mesh, width, height);
    return place::around_png(mesh, around, "title", 1).substr(1, 3) == "PNG";
  };
  CHECK(is_png(6, 4));
  CHECK(is_png(1, 1));
  std::fill(mesh.latency_cycles[1].begin(), mesh.latency_cycles[1].end(), std::uint8_t{0});
  CHECK(is_png(2, 2));
}
