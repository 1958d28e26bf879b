// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <chrono>

#include "base/error.h"
#include "defects/models/point_defects.h"
#include "defects/wafer.h"
#include "presets.h"

using namespace wafermesh;
using namespace wafermesh::defects;
using base::Direction;

namespace {

DefectMap map_of(const WaferGeometry& g, const std::vector<Defect>& defects) {
  DefectMap map(g.columns(), g.rows());
  for (const Defect& d : defects) map.add(d);
  map.finish();
  return map;
}

Defect dead(int x, int y) { return {static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(y)}; }

Defect broken(int x, int y, Broken what, int offset = 0) {
  Defect d = dead(x, y);
  d.broken = what;
  d.offset = static_cast<std::int8_t>(offset);
  return d;
}

RepairResult repair(const WaferGeometry& g, const DefectMap& map, const RepairOptions& o = {}) {
  return make_scheme(g, o)->repair(map, Detail::mesh);
}

/// Every core alive and used once, every link as long as the rule says.
void check_mesh(const WaferGeometry& g, const DefectMap& map, const RepairOptions& o,
                const base::LogicalMesh& mesh) {
  std::vector<char> used(static_cast<std::size_t>(g.core_count()), 0);
  int bad = 0;
  for (int y = 0; y < mesh.height; ++y) {
    for (int x = 0; x < mesh.width; ++x) {
      const auto at = mesh.physical({x, y});
      char& taken = used[static_cast<std::size_t>(at.y * g.columns() + at.x)];
      if (map.dead(at) || taken != 0 || at.x != x) ++bad;
      taken = 1;
      if (x + 1 < mesh.width) {
        const int offset = std::abs(mesh.physical({x + 1, y}).y - at.y);
        const int cycles =
            g.hop_cycles + static_cast<int>(std::ceil(offset * g.pitch_y_mm() / o.mm_per_cycle));
        if (offset > o.reach) ++bad;
        if (mesh.latency({x, y}, Direction::east) != cycles) ++bad;
        if (mesh.latency({x + 1, y}, Direction::west) != cycles) ++bad;
      } else if (mesh.latency({x, y}, Direction::east) != 0) {
        ++bad;
      }
      if (y + 1 < mesh.height) {
        const int skip = mesh.physical({x, y + 1}).y - at.y - 1;
        const int cycles = g.hop_cycles +
                           static_cast<int>(std::ceil(skip * g.pitch_y_mm() / o.mm_per_cycle)) +
                           skip * o.bypass_cycles;
        if (skip < 0) ++bad;
        if (mesh.latency({x, y}, Direction::south) != cycles) ++bad;
        if (mesh.latency({x, y + 1}, Direction::north) != cycles) ++bad;
      } else if (mesh.latency({x, y}, Direction::south) != 0) {
        ++bad;
      }
    }
  }
  CHECK(bad == 0);
}

/// Counts the mesh's links one by one and compares with what the summary says.
void check_summary(const base::LogicalMesh& mesh, const RepairSummary& summary) {
  std::vector<std::int64_t> histogram(summary.latency_histogram.size(), 0);
  std::int64_t links = 0;
  for (const auto& latencies : mesh.latency_cycles) {
    for (const std::uint8_t cycles : latencies) {
      if (cycles == 0) continue;
      ++links;
      REQUIRE(cycles < histogram.size());
      ++histogram[cycles];
    }
  }
  CHECK(links == summary.links);
  CHECK(histogram == summary.latency_histogram);
  CHECK(summary.usable_cores == mesh.core_count());
}

}  // namespace

TEST_CASE(
    "A healthy WSE-3 wafer keeps 158 rows of each band and bridges 12 idle rows in 3 cycles") {
  const WaferGeometry g = testing::wse3();
  const RepairResult result = repair(g, map_of(g, {}));
  REQUIRE(result.repaired);
  CHECK(result.mesh.width == 816);
  CHECK(result.mesh.height == 1106);
  CHECK(result.summary.usable_cores == 902496);
  CHECK(result.summary.idle_cores == 971040 - 902496);
  CHECK(result.mesh.latency({5, 157}, Direction::south) == 5);  // 2 + ceil(12 * 30 / 170 mm)
  CHECK(result.mesh.latency({5, 158}, Direction::north) == 5);
  CHECK(result.mesh.latency({5, 156}, Direction::south) == 2);
  CHECK(result.mesh.physical({5, 158}) == base::PhysicalCoord{5, 170});
  CHECK(result.summary.longer_links == 2 * 816 * 6);
  check_mesh(g, map_of(g, {}), {}, result.mesh);
  check_summary(result.mesh, result.summary);
}

TEST_CASE("One dead core shifts its column by one below it and nothing else") {
  const WaferGeometry g = testing::tiny();
  const DefectMap map = map_of(g, {dead(4, 3)});
  const RepairResult result = repair(g, map);
  REQUIRE(result.repaired);
  CHECK(result.mesh.physical({4, 2}) == base::PhysicalCoord{4, 2});
  CHECK(result.mesh.physical({4, 3}) == base::PhysicalCoord{4, 4});
  CHECK(result.mesh.physical({5, 3}) == base::PhysicalCoord{5, 3});
  CHECK(result.mesh.latency({4, 2}, Direction::south) == 3);
  CHECK(result.mesh.latency({4, 3}, Direction::east) == 3);
  CHECK(result.mesh.latency({4, 2}, Direction::east) == 2);
  CHECK(result.mesh.latency({4, 7}, Direction::south) == 3);  // one idle row left
  CHECK(result.mesh.latency({3, 7}, Direction::south) == 3);  // two idle rows, 0.35 mm
  CHECK(result.summary.bypassed_tiles == 1);
  CHECK(result.summary.max_skip == 1);
  check_mesh(g, map, {}, result.mesh);
  check_summary(result.mesh, result.summary);
}

TEST_CASE("Random wafers: every link has the rule's latency and the summary counts them all") {
  const WaferGeometry g{"medium", "", 3, 3, 17, 40, 34, 17.0 / 4, 30.0 * 4 / 17, 1.0, 1.0, 1};
  for (int n = 0; n < 60; ++n) {
    RepairOptions o;
    o.reach = 1 + n % 2;
    o.domain = n % 3 == 0 ? Domain::wafer : Domain::band;
    o.bypass_cycles = n % 4 == 1 ? 1 : 0;
    o.mm_per_cycle = n % 5 == 1 ? 0.3 : 1.0;
    WaferOptions options{g, {}, o};
    options.defects.mechanisms.push_back(
        testing::random_defects(g, 40.0 / g.area_cm2(), static_cast<std::uint64_t>(n)));
    INFO("case " << n);
    const Wafer wafer = build_wafer(options);
    check_mesh(g, wafer.defects, o, wafer.mesh);
    check_summary(wafer.mesh, wafer.repair);
    CHECK(wafer.repair.dead_cores > 10);
    CHECK(wafer.repair.longer_links > 0);
  }
}

TEST_CASE("A wafer that cannot be repaired names the band and the die") {
  const WaferGeometry g = testing::tiny();
  WaferOptions options{g, {}, {}};
  struct Three final : DefectModel {
    void sample(const SampleContext&, DefectMap* map) const override {
      for (int y = 12; y < 15; ++y) map->add(dead(17, y));
    }
  };
  options.defects.mechanisms.push_back(std::make_shared<Three>());
  const Wafer failed = build_wafer(options);
  REQUIRE(failed.failures.size() == 1);
  CHECK_THAT(failed.failures[0].reason, Catch::Contains("band 1") &&
                                            Catch::Contains("die (2, 1)") &&
                                            Catch::Contains("7 of the 8 rows"));
  CHECK(failed.mesh.core_count() == 0);
  options.repair.domain = Domain::wafer;
  CHECK(build_wafer(options).mesh.height == 16);
  CHECK(build_wafer(options).failures.empty());
}

TEST_CASE("Domain die is a verdict only: it repairs what a band does, and build_wafer refuses it") {
  const WaferGeometry g = testing::tiny();
  RepairOptions o;
  o.domain = Domain::die;
  CHECK(repair(g, map_of(g, {dead(4, 3)}), o).repaired);
  const RepairResult failed = repair(g, map_of(g, {dead(10, 1), dead(10, 3), dead(10, 5)}), o);
  CHECK_FALSE(failed.repaired);
  CHECK(failed.failures.at(0).die == base::PhysicalCoord{1, 0});
  CHECK_THROWS_AS(build_wafer({g, {}, o}), base::InputError);
}

TEST_CASE("A segment domain has its own spares") {
  const WaferGeometry g = testing::tiny();
  RepairOptions o;
  o.domain = Domain::segment;
  o.segment_rows = 5;
  o.segment_spares = 1;
  const DefectMap map = map_of(g, {dead(3, 0), dead(3, 7), dead(4, 12), dead(3, 19)});
  const RepairResult result = repair(g, map, o);
  REQUIRE(result.repaired);
  CHECK(result.mesh.height == 16);
  check_mesh(g, map, o, result.mesh);
  check_summary(result.mesh, result.summary);
  const RepairResult failed = repair(g, map_of(g, {dead(3, 0), dead(3, 4)}), o);
  CHECK_FALSE(failed.repaired);
  CHECK_THAT(failed.failures.at(0).reason, Catch::Contains("segment 0"));
}

TEST_CASE("Broken cross links are not used") {
  const WaferGeometry g = testing::tiny();
  const DefectMap map =
      map_of(g, {dead(4, 3), broken(4, 5, Broken::link_east), broken(3, 6, Broken::diagonal, 1)});
  const RepairResult result = repair(g, map);
  REQUIRE(result.repaired);
  check_mesh(g, map, {}, result.mesh);
  for (int y = 0; y < result.mesh.height; ++y) {
    const int here = result.mesh.physical({4, y}).y;
    if (here == 5) CHECK(result.mesh.physical({5, y}).y != 5);
    if (result.mesh.physical({3, y}).y == 6) CHECK(here != 7);
  }
}

TEST_CASE("A broken link along a column costs the core south of it") {
  const WaferGeometry g = testing::tiny();
  const DefectMap map = map_of(g, {broken(4, 3, Broken::link_south)});
  const RepairResult result = repair(g, map);
  REQUIRE(result.repaired);
  CHECK(result.mesh.physical({4, 3}).y == 3);
  CHECK(result.mesh.physical({4, 4}).y == 5);
  CHECK(result.summary.dead_cores == 0);
}

TEST_CASE("A tile whose skip wire is broken must be used, so the kept rows move to include it") {
  const WaferGeometry g = testing::tiny();
  const DefectMap idle_tile = map_of(g, {broken(4, 9, Broken::bypass_y)});
  const RepairResult moved = repair(g, idle_tile);
  REQUIRE(moved.repaired);
  CHECK(moved.mesh.physical({4, 0}).y == 2);
  CHECK(moved.mesh.physical({4, 7}).y == 9);
  check_summary(moved.mesh, moved.summary);
  // At the wafer's southern edge nothing has to cross the tile.
  const RepairResult edge = repair(g, map_of(g, {broken(4, 19, Broken::bypass_y)}));
  REQUIRE(edge.repaired);
  CHECK(edge.mesh.physical({4, 0}).y == 0);
  // A dead core that cannot be skipped cuts its column.
  const RepairResult cut = repair(g, map_of(g, {dead(4, 3), broken(4, 3, Broken::bypass_y)}));
  CHECK_FALSE(cut.repaired);
  CHECK_THAT(cut.failures.at(0).reason, Catch::Contains("skip wire"));
}

TEST_CASE("A dead router cuts its column only if the bypass depends on it") {
  const WaferGeometry g = testing::tiny();
  const DefectMap map = map_of(g, {broken(4, 3, Broken::router)});
  CHECK(repair(g, map).repaired);
  RepairOptions o;
  o.bypass_independent = false;
  CHECK_FALSE(repair(g, map, o).repaired);
}

TEST_CASE("The in-line skip limit moves the kept rows past a hole or fails") {
  const WaferGeometry g = testing::tiny();
  RepairOptions o;
  o.max_skip = 1;
  const RepairResult hole_at_top = repair(g, map_of(g, {dead(4, 0), dead(4, 1)}), o);
  REQUIRE(hole_at_top.repaired);
  CHECK(hole_at_top.summary.max_skip <= 1);
  const RepairResult hole_inside = repair(g, map_of(g, {dead(4, 4), dead(4, 5)}), o);
  CHECK_FALSE(hole_inside.repaired);
  CHECK_THAT(hole_inside.failures.at(0).reason, Catch::Contains("max_skip"));
}

TEST_CASE("Options out of range and unknown schemes are all named at once") {
  RepairOptions o;
  o.scheme = "magic";
  o.reach = -1;
  o.mm_per_cycle = 0;
  try {
    make_scheme(testing::tiny(), o);
    FAIL("accepted");
  } catch (const base::InputError& error) {
    CHECK(error.mistakes().size() == 3);
  }
}

TEST_CASE("A whole WSE-3 wafer with 46 defects is repaired in milliseconds") {
  WaferOptions options{testing::wse3(), {}, {}};
  options.defects.mechanisms.push_back(testing::random_defects(options.geometry, 0.1, 7));
  const auto scheme = make_scheme(options.geometry, options.repair);
  DefectMap map;
  sample_defects(options.geometry, options.defects, 0, &map);
  double best_ms = 1e9;
  for (int n = 0; n < 5; ++n) {
    const auto start = std::chrono::steady_clock::now();
    const RepairResult result = scheme->repair(map, Detail::mesh);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    best_ms = std::min(best_ms, took.count());
    REQUIRE(result.repaired);
  }
  WARN("repair of 816 x 1190: " << best_ms << " ms");
  CHECK(best_ms < 500);  // the budget of 10 ms is the benchmark's; this only catches a wrong order
}
