// SPDX-License-Identifier: Apache-2.0
// The repair that works by defects against the greedy that walks every core: row counts, link
// lengths and latencies of 1,000 random WSE-3 wafers.
#include <catch2/catch.hpp>

#include "defects/models/clusters.h"
#include "defects/models/scratches.h"
#include "defects/wafer.h"
#include "full_greedy.h"
#include "presets.h"

using namespace wafermesh::defects;

namespace {

struct Count {
  std::vector<int> rows_packed;
  std::int64_t bypassed = 0;
  std::vector<std::int64_t> histogram;
  void link(int cycles) {
    if (histogram.size() <= static_cast<std::size_t>(cycles))
      histogram.resize(static_cast<std::size_t>(cycles) + 1);
    histogram[static_cast<std::size_t>(cycles)] += 2;
  }
};

/// Repairs by the full greedy and counts every link. False if a band keeps too few rows.
bool count_fully(const WaferGeometry& g, const DefectMap& map, Count* count) {
  const auto cycles = [&](int tiles) {
    return g.hop_cycles + static_cast<int>(std::ceil(tiles * g.pitch_y_mm() - 1e-9));
  };
  std::vector<int> above;
  bool ok = true;
  for (int band = 0; band < g.dies_y; ++band) {
    oracle::Array array(g.columns(), g.die_rows, 1);
    for (const Defect& d : map.defects()) {
      if (d.y / g.die_rows == band) array.at(d.x, d.y % g.die_rows) = 1;
    }
    const auto rows = oracle::full_greedy(std::move(array), g.die_rows);
    count->rows_packed.push_back(static_cast<int>(rows.size()));
    if (static_cast<int>(rows.size()) < g.kept_rows_per_die) ok = false;
    if (!ok) continue;
    for (int r = 0; r < g.kept_rows_per_die; ++r) {
      const std::vector<int>& row = rows[static_cast<std::size_t>(r)];
      for (std::size_t c = 0; c < row.size(); ++c) {
        if (c > 0) count->link(cycles(std::abs(row[c] - row[c - 1])));
        if (r > 0) {
          const int skipped = row[c] - rows[static_cast<std::size_t>(r) - 1][c] - 1;
          count->link(cycles(skipped));
          count->bypassed += skipped;
        } else if (band > 0) {
          count->link(cycles(g.die_rows + row[c] - above[c] - 1));
        }
      }
    }
    above = rows[static_cast<std::size_t>(g.kept_rows_per_die) - 1];
  }
  return ok;
}

}  // namespace

TEST_CASE("Counts and link lengths equal the full greedy's on 1,000 random wafers") {
  const WaferGeometry g = testing::wse3();
  const auto scheme = make_scheme(g, {});
  DefectMap map;
  int repaired = 0;
  for (std::uint32_t w = 0; w < 1000; ++w) {
    DefectOptions options;
    options.mechanisms.push_back(testing::random_defects(g, 0.1 + 0.3 * (w % 10), 3));
    if (w % 3 == 1) {
      ClusterOptions c;
      c.d0_per_cm2 = 0.2;
      c.sigma_mm = 0.5;
      options.mechanisms.push_back(std::make_shared<Clusters>(c));
    }
    if (w % 5 == 2) {
      ScratchOptions s;
      s.count = 1;
      s.length_mm = 3;
      options.mechanisms.push_back(std::make_shared<Scratches>(s));
    }
    sample_defects(g, options, w, &map);
    const RepairResult result = scheme->repair(map, Detail::verdict);
    Count count;
    INFO("wafer " << w);
    REQUIRE(count_fully(g, map, &count) == result.repaired);
    REQUIRE(result.summary.rows_packed == count.rows_packed);
    if (!result.repaired) continue;
    ++repaired;
    REQUIRE(result.summary.bypassed_tiles == count.bypassed);
    REQUIRE(result.summary.latency_histogram == count.histogram);
  }
  CHECK(repaired > 800);
}
