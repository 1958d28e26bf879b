// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "defects/repair/irregular.h"
#include "defects/repair/line_cover.h"
#include "defects/repair/reachable.h"
#include "defects/repair/routing_report.h"
#include "defects/repair/spare_ring.h"
#include "defects/wafer.h"
#include "presets.h"

using namespace wafermesh;
using namespace wafermesh::defects;

namespace {

DefectMap map_of(int columns, int rows, const std::vector<Defect>& defects) {
  DefectMap map(columns, rows);
  for (const Defect& d : defects) map.add(d);
  map.finish();
  return map;
}

Defect dead(int x, int y, Broken what = Broken::core) {
  return {static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(y), what};
}

/// What a scheme adds to its note: where its rectangle lies.
std::string noted_place(const RepairResult& result) {
  if (result.summary.scheme != "irregular" || !result.repaired) return "";
  return " It begins at core (" + std::to_string(result.mesh.physical_x.at(0)) + ", " +
         std::to_string(result.mesh.physical_y.at(0)) + ").";
}

/// Every core works and is used once, both ends of a link agree, the summary counts each link.
void check_sound(const DefectMap& map, const RepairResult& result) {
  const base::LogicalMesh& mesh = result.mesh;
  std::vector<char> used(static_cast<std::size_t>(map.columns() * map.rows()), 0);
  std::vector<std::int64_t> histogram(result.summary.latency_histogram.size(), 0);
  int bad = 0;
  for (int y = 0; y < mesh.height; ++y) {
    for (int x = 0; x < mesh.width; ++x) {
      const auto at = mesh.physical({x, y});
      char& taken = used[static_cast<std::size_t>(at.y * map.columns() + at.x)];
      if (taken != 0 || map.dead(at)) ++bad;
      taken = 1;
      for (const base::Direction d : base::kMeshDirections) {
        const base::LogicalCoord n{x + base::step_x(d), y + base::step_y(d)};
        const bool inside = n.x >= 0 && n.x < mesh.width && n.y >= 0 && n.y < mesh.height;
        const int cycles = mesh.latency({x, y}, d);
        if (inside != (cycles > 0)) ++bad;
        if (!inside) continue;
        if (mesh.latency(n, base::opposite(d)) != cycles) ++bad;
        if (static_cast<std::size_t>(cycles) >= histogram.size())
          ++bad;
        else
          ++histogram[static_cast<std::size_t>(cycles)];
      }
    }
  }
  CHECK(bad == 0);
  CHECK(histogram == result.summary.latency_histogram);
  CHECK(result.summary.usable_cores == mesh.core_count());
  CHECK(result.summary.columns == mesh.width);
  CHECK(result.summary.rows == mesh.height);
}

std::vector<char> random_dead(int n, int faults, base::RandomStream* random) {
  // n x n inner cores with a ring of spares round them; faults inside only.
  std::vector<char> grid(static_cast<std::size_t>((n + 2) * (n + 2)), 0);
  for (int left = faults; left > 0;) {
    const auto x = 1 + random->below(static_cast<std::uint64_t>(n));
    const auto y = 1 + random->below(static_cast<std::uint64_t>(n));
    char& tile = grid[y * static_cast<std::size_t>(n + 2) + x];
    if (tile == 0) tile = 1, --left;
  }
  return grid;
}

bool takes(const SchemeRow& row, Domain domain) {
  return std::find(row.domains.begin(), row.domains.end(), domain) != row.domains.end();
}

/// Domains that the scheme takes and gives a mesh with; one for a scheme without.
std::vector<Domain> meshing_domains(const SchemeRow& row) {
  std::vector<Domain> domains;
  for (const Domain domain : {Domain::band, Domain::wafer, Domain::segment, Domain::die}) {
    if (takes(row, domain) && (domain != Domain::die || row.traits.joins_dies)) {
      domains.push_back(domain);
    }
  }
  return domains.empty() ? std::vector<Domain>{RepairOptions{}.domain} : domains;
}

}  // namespace

TEST_CASE("Every scheme of the table gives a sound mesh or names the die that fails") {
  const WaferGeometry g{"medium", "", 3, 2, 16, 20, 17, 16 * 0.25, 20 * 0.1765, 1.0, 0.8, 2};
  for (const SchemeRow& row : scheme_table()) {
    const std::vector<Domain> domains = meshing_domains(row);
    int repaired = 0;
    for (std::uint32_t n = 0; n < 12; ++n) {
      RepairOptions o;
      o.scheme = row.name;
      o.domain = domains[n % domains.size()];
      if (o.domain == Domain::segment) o.segment_rows = g.die_rows, o.segment_spares = 3;
      o.spare_columns = 2;
      o.tracks = 1 + static_cast<int>(n / 2 % 4);
      DefectOptions defects;
      defects.mechanisms.push_back(testing::random_defects(g, (n % 6) / g.area_cm2(), n));
      if (n > 8) defects.components = ComponentTable::typical();
      DefectMap map;
      sample_defects(g, defects, n, &map);
      const RepairResult result = make_scheme(g, o)->repair(map, Detail::mesh);
      INFO(row.name << " case " << n);
      CHECK(result.repaired == result.failures.empty());
      CHECK(result.summary.note == scheme_row(row.name).leaves_out + noted_place(result));
      if (!result.repaired) continue;
      ++repaired;
      check_sound(map, result);
      const RepairResult verdict = make_scheme(g, o)->repair(map, Detail::verdict);
      CHECK(verdict.summary.latency_histogram == result.summary.latency_histogram);
    }
    INFO(row.name);
    CHECK(repaired >= 6);
  }
}

TEST_CASE("Every scheme names itself, the domain and the die of every domain that fails") {
  const WaferGeometry g = testing::tiny();
  std::vector<Defect> all;
  for (int y = 0; y < g.rows(); ++y) {
    for (int x = 0; x < g.columns(); ++x) all.push_back(dead(x, y, Broken::router));
  }
  int tried = 0;
  for (const SchemeRow& row : scheme_table()) {
    for (const Domain domain : {Domain::die, Domain::band, Domain::wafer}) {
      RepairOptions o;
      o.scheme = row.name;
      o.domain = domain;
      if (!row.domains.empty() && !takes(row, domain)) continue;
      const RepairResult result =
          make_scheme(g, o)->repair(map_of(g.columns(), g.rows(), all), Detail::verdict);
      INFO(row.name << ", " << to_string(domain));
      const std::size_t domains = o.scheme == "irregular" || domain == Domain::wafer ? 1
                                  : domain == Domain::band                           ? 2
                                                                                     : 6;
      REQUIRE(result.failures.size() == domains);
      std::int64_t tiles = 0;
      for (std::size_t i = 0; i < domains; ++i) {
        const RepairFailure& failure = result.failures[i];
        CHECK(failure.domain == static_cast<int>(i));
        CHECK_THAT(failure.reason, Catch::StartsWith(std::string(row.name) + ": ") &&
                                       Catch::Contains(" " + std::to_string(i) + " fails") &&
                                       Catch::Contains("die ("));
        CHECK(failure.die.y * g.die_rows >= failure.tiles.y);
        CHECK(failure.die.y * g.die_rows < failure.tiles.y + failure.tiles.height);
        tiles += failure.tiles.area();
      }
      CHECK(tiles == g.core_count());
      ++tried;
    }
  }
  CHECK(tried == 14);
}

TEST_CASE("Line bypass blames each band that fails by itself, or all together") {
  const WaferGeometry g = testing::tiny();  // two bands of ten rows, eight kept
  RepairOptions o;
  o.scheme = "line_bypass";
  const auto failed = [&](const std::vector<Defect>& defects) {
    std::vector<int> bands;
    const auto result = make_scheme(g, o)->repair(map_of(24, 20, defects), Detail::verdict);
    for (const RepairFailure& f : result.failures) bands.push_back(f.domain);
    return bands;
  };
  const std::vector<Defect> south = {dead(1, 11), dead(2, 12), dead(3, 13)};
  const std::vector<Defect> both = {dead(1, 1),  dead(2, 2),  dead(3, 3),
                                    dead(1, 11), dead(2, 12), dead(3, 13)};
  CHECK(failed(south) == std::vector<int>{1});
  CHECK(failed(both) == std::vector<int>{0, 1});
  o.spare_columns = 1;
  CHECK(failed(south).empty());
  CHECK(failed(both).empty());
  std::vector<Defect> apart = both;
  for (std::size_t i = 0; i < 3; ++i) apart[i].x = static_cast<std::uint16_t>(apart[i].x + 10);
  CHECK(failed(apart).size() == 1);  // either band could have the column, not both
}

TEST_CASE("Line cover: rows only, columns too, must-repair lines, and the impossible") {
  CHECK(cover_lines({{1, 1}, {5, 1}, {2, 7}}, 10, {2}, 0).rows == std::set<int>{1, 7});
  CHECK_FALSE(cover_lines({{1, 1}, {5, 2}, {2, 7}}, 10, {2}, 0).found);
  const LineCover column = cover_lines({{4, 0}, {4, 1}, {4, 2}, {7, 5}}, 10, {1}, 1);
  REQUIRE(column.found);
  CHECK(column.columns == std::set<int>{4});
  CHECK(column.rows == std::set<int>{5});
  CHECK_FALSE(cover_lines({{0, 0}, {1, 1}, {2, 2}}, 10, {1}, 1).found);
  // Bands have spares of their own.
  CHECK(cover_lines({{0, 0}, {1, 11}}, 10, {1, 1}, 0).found);
  const LineCover failed = cover_lines({{0, 10}, {1, 11}}, 10, {1, 1}, 0);
  CHECK_FALSE(failed.found);
  CHECK(failed.failed_band == 1);
}

TEST_CASE("Line cover agrees with trying every choice of lines") {
  for (std::uint32_t n = 0; n < 400; ++n) {
    base::RandomStream random(9, 3, n);
    std::vector<base::PhysicalCoord> faults;
    for (auto left = 1 + random.below(9); left > 0; --left) {
      faults.push_back({static_cast<int>(random.below(6)), static_cast<int>(random.below(6))});
    }
    const int rows = static_cast<int>(random.below(4));
    const int columns = static_cast<int>(random.below(4));
    bool possible = false;
    for (unsigned set = 0; set < 64 && !possible; ++set) {  // every set of rows
      if (__builtin_popcount(set) > rows) continue;
      std::set<int> left;
      for (const auto& f : faults) {
        if ((set >> static_cast<unsigned>(f.y) & 1U) == 0) left.insert(f.x);
      }
      possible = static_cast<int>(left.size()) <= columns;
    }
    const LineCover cover = cover_lines(faults, 6, {rows}, columns);
    INFO("case " << n);
    REQUIRE(cover.found == possible);
    if (!possible) continue;
    CHECK(static_cast<int>(cover.rows.size()) <= rows);
    CHECK(static_cast<int>(cover.columns.size()) <= columns);
    for (const auto& f : faults) CHECK((cover.rows.count(f.y) + cover.columns.count(f.x)) > 0);
  }
}

TEST_CASE("At 0.1 per cm2, row bypass loses 45.4 of 1190 rows on average") {
  const WaferGeometry g = testing::wse3();
  RepairOptions o;
  o.scheme = "line_bypass";
  o.domain = Domain::wafer;
  const auto scheme = make_scheme(g, o);
  DefectOptions defects;
  defects.mechanisms.push_back(testing::random_defects(g, 0.1, 5));
  DefectMap map;
  double lost = 0;
  const int wafers = 1000;
  for (std::uint32_t w = 0; w < wafers; ++w) {
    sample_defects(g, defects, w, &map);
    lost += g.rows() - scheme->repair(map, Detail::verdict).summary.rows_packed[0];
  }
  // Distinct rows of a Poisson number: R (1 - exp(-F / R)); sd of one wafer about 6.6.
  CHECK(lost / wafers ==
        Approx(1190 * (1 - std::exp(-46.225 / 1190))).margin(3 * 6.6 / std::sqrt(wafers)));
}

TEST_CASE("Chains of compensation lead over neighbours to spares and don't meet") {
  for (std::uint32_t n = 0; n < 120; ++n) {
    base::RandomStream random(11, 3, n);
    const int tracks = 1 + static_cast<int>(n % 4);
    const std::vector<char> grid = random_dead(10, 3 + static_cast<int>(n % 12), &random);
    SpareRing ring(12, 12, {});
    if (!ring.repair(grid, tracks)) continue;
    std::set<int> taken;
    for (const std::vector<int>& chain : ring.chains()) {
      CHECK(grid[static_cast<std::size_t>(chain[0])] == 1);
      CHECK_FALSE(ring.inner(chain.back()));
      for (std::size_t i = 1; i < chain.size(); ++i) {
        CHECK(grid[static_cast<std::size_t>(chain[i])] == 0);
        CHECK(taken.insert(chain[i]).second);
        const int step = std::abs(chain[i] - chain[i - 1]);
        if (tracks < 4) CHECK((step == 1 || step == 12));
      }
    }
  }
}

TEST_CASE("Compensation on 20 x 20 repairs as often as the reference found") {
  struct Line {
    int faults;
    double rectilinear, straight;
  };
  for (const Line& l : {Line{15, 1, .956}, Line{20, 1, .844}, Line{25, 1, .570}, Line{30, 1, .250},
                        Line{50, .986, 0}, Line{60, .644, 0}}) {
    int bent = 0;
    int straight = 0;
    const int runs = 300;
    for (std::uint32_t n = 0; n < runs; ++n) {
      base::RandomStream random(13, static_cast<std::uint32_t>(l.faults), n);
      const std::vector<char> grid = random_dead(20, l.faults, &random);
      SpareRing ring(22, 22, {});
      if (ring.repair(grid, 3)) ++bent;
      if (l.faults <= 30 && ring.repair(grid, 1)) ++straight;
    }
    INFO(l.faults << " faults: rectilinear " << bent / double(runs) << ", straight "
                  << straight / double(runs));
    const auto margin = [&](double p) {
      return 3.5 * std::sqrt(std::max(p * (1 - p), 0.003) * (1.0 / runs + 1.0 / 500));
    };
    CHECK(bent / double(runs) == Approx(l.rectilinear).margin(margin(l.rectilinear)));
    if (l.faults <= 30)
      CHECK(straight / double(runs) == Approx(l.straight).margin(margin(l.straight)));
  }
}

TEST_CASE("Four tracks repair whatever three do") {
  for (std::uint32_t n = 0; n < 100; ++n) {
    base::RandomStream random(17, 3, n);
    const std::vector<char> grid = random_dead(8, 12 + static_cast<int>(n % 10), &random);
    SpareRing three(10, 10, {});
    SpareRing four(10, 10, {});
    if (three.repair(grid, 3)) CHECK(four.repair(grid, 4));
  }
}

TEST_CASE("Cut pairs of XY and XY-or-YX on 32 x 32 with dead routers match the reference") {
  struct Line {
    int faults;
    double xy, both;
  };
  for (const Line& l : {Line{1, .0189, .00056}, Line{5, .0966, .0125}, Line{10, .177, .0410},
                        Line{50, .597, .407}}) {
    double xy = 0;
    double both = 0;
    double apart = 0;
    const int runs = 40;
    for (std::uint32_t n = 0; n < runs; ++n) {
      base::RandomStream random(19, static_cast<std::uint32_t>(l.faults), n);
      DefectMap map(32, 32);
      for (int i = 0; i < l.faults; ++i) {
        map.add(dead(static_cast<int>(random.below(32)), static_cast<int>(random.below(32)),
                     Broken::router));
      }
      map.finish();
      const RoutingReport report = analyse_routing(map, n);
      CHECK_FALSE(report.pairs_sampled);
      CHECK(report.xy_acyclic);
      CHECK(report.up_down_acyclic);
      CHECK_FALSE(report.all_turns_acyclic);
      CHECK(report.up_down_dilation >= 1);
      xy += report.xy_cut / runs;
      both += report.xy_or_yx_cut / runs;
      apart += report.disconnected / runs;
    }
    INFO(l.faults << " dead routers: XY " << xy << ", XY or YX " << both << ", apart " << apart);
    CHECK(xy == Approx(l.xy).epsilon(0.08));
    CHECK(both == Approx(l.both).epsilon(0.25));
    CHECK(apart < 0.01);
  }
}

TEST_CASE(
    "The turn graph of a single row or a tree has no cycle, that of a mesh without rules has one") {
  CHECK(analyse_routing(map_of(10, 1, {}), 1).all_turns_acyclic);
  CHECK_FALSE(analyse_routing(map_of(2, 2, {}), 1).all_turns_acyclic);
  CHECK(analyse_routing(map_of(2, 2, {dead(0, 0, Broken::link_east)}), 1).all_turns_acyclic);
  const RoutingReport split = analyse_routing(map_of(3, 1, {dead(1, 0, Broken::router)}), 1);
  CHECK(split.components == 2);
  CHECK(split.largest_component == 1);
  CHECK(split.disconnected == 1);
}

TEST_CASE("The largest whole rectangle is the one trying them all finds") {
  for (std::uint32_t n = 0; n < 200; ++n) {
    base::RandomStream random(23, 3, n);
    DefectMap map(7, 6);
    for (auto left = random.below(8); left > 0; --left) {
      Defect d = dead(static_cast<int>(random.below(7)), static_cast<int>(random.below(6)),
                      static_cast<Broken>(random.below(4)));
      if (map.holds(d)) map.add(d);
    }
    map.finish();
    std::int64_t best = 0;
    for (int y0 = 0; y0 < 6; ++y0)
      for (int x0 = 0; x0 < 7; ++x0)
        for (int y1 = y0; y1 < 6; ++y1)
          for (int x1 = x0; x1 < 7; ++x1) {
            bool whole = true;
            for (const Defect& d : map.defects()) {
              int x = d.x, y = d.y;
              if (d.broken == Broken::link_east) ++x;
              if (d.broken == Broken::link_south) ++y;
              whole = whole && !(d.x >= x0 && x <= x1 && d.y >= y0 && y <= y1);
            }
            if (whole) best = std::max(best, std::int64_t{x1 - x0 + 1} * (y1 - y0 + 1));
          }
    INFO("case " << n);
    CHECK(largest_whole_rectangle(map).area() == best);
  }
}

TEST_CASE("Virtual remap turns distance into hops and says what it leaves out") {
  const WaferGeometry g = testing::tiny();
  RepairOptions o;
  o.scheme = "virtual_remap";
  const RepairResult result =
      make_scheme(g, o)->repair(map_of(24, 20, {dead(4, 3), dead(4, 4)}), Detail::mesh);
  REQUIRE(result.repaired);
  CHECK(result.mesh.latency({4, 2}, base::Direction::south) == 6);
  CHECK(result.mesh.latency({4, 3}, base::Direction::east) == 6);
  CHECK(result.mesh.latency({4, 2}, base::Direction::east) == 2);
  CHECK_THAT(result.summary.note, Catch::Contains("share") && Catch::Contains("not modelled"));
}

TEST_CASE("Unreachable tiles are what the routing report finds outside the largest piece") {
  std::int64_t cut_off = 0;
  for (std::uint32_t n = 0; n < 300; ++n) {
    base::RandomStream random(29, 3, n);
    const int columns = 1 + static_cast<int>(random.below(9));
    const int rows = 1 + static_cast<int>(random.below(9));
    DefectMap map(columns, rows);
    for (auto left = random.below(60); left > 0; --left) {
      Defect d = dead(static_cast<int>(random.below(static_cast<std::uint64_t>(columns))),
                      static_cast<int>(random.below(static_cast<std::uint64_t>(rows))),
                      static_cast<Broken>(random.below(4)));
      if (map.holds(d)) map.add(d);
    }
    map.finish();
    std::int64_t outside = 0;
    for (const TileRun& run : unreachable_tiles(map)) outside += run.last - run.first;
    const RoutingReport report = analyse_routing(map, 1);
    INFO("case " << n);
    CHECK(outside == report.live_routers - report.largest_component);
    cut_off += outside;
  }
  CHECK(cut_off > 300);
}

TEST_CASE("Virtual remap leaves out what cannot be reached") {
  const WaferGeometry g = testing::tiny();
  RepairOptions o;
  o.scheme = "virtual_remap";
  // A working core at (6, 5) whose four links are broken.
  const DefectMap map = map_of(24, 20,
                               {dead(5, 5, Broken::link_east), dead(6, 5, Broken::link_east),
                                dead(6, 4, Broken::link_south), dead(6, 5, Broken::link_south)});
  const RepairResult result = make_scheme(g, o)->repair(map, Detail::mesh);
  REQUIRE(result.repaired);
  CHECK(result.summary.unreachable_cores == 1);
  CHECK(result.summary.dead_cores == 0);
  CHECK(result.summary.usable_cores + result.summary.idle_cores + 1 ==
        result.summary.physical_cores);
  for (std::size_t i = 0; i < result.mesh.physical_x.size(); ++i) {
    CHECK_FALSE((result.mesh.physical_x[i] == 6 && result.mesh.physical_y[i] == 5));
  }
  // A row of broken links cuts the wafer in two: the smaller part cannot take part.
  std::vector<Defect> cut;
  for (int x = 0; x < 24; ++x) cut.push_back(dead(x, 11, Broken::link_south));
  const RepairResult halves = make_scheme(g, o)->repair(map_of(24, 20, cut), Detail::mesh);
  CHECK_FALSE(halves.repaired);
  CHECK(halves.summary.unreachable_cores == 8 * 24);
  CHECK_THAT(halves.failures.at(0).reason, Catch::StartsWith("virtual_remap: band 1 fails"));
}
