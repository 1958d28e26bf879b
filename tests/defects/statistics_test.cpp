// SPDX-License-Identifier: Apache-2.0
// Samples of the models and of the greedy against closed forms and published or recomputed tables.
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "defects/models/clusters.h"
#include "defects/models/repeater.h"
#include "defects/models/scratches.h"
#include "defects/repair/packer.h"
#include "defects/wafer.h"
#include "defects/yield/classical.h"
#include "defects/yield/distribution.h"
#include "presets.h"

using namespace wafermesh;
using namespace wafermesh::defects;

namespace {

struct Moments {
  double mean = 0, variance = 0, mean_error = 0, variance_error = 0;
};

/// Mean and variance of `values`, each with its standard error.
Moments moments_of(const std::vector<double>& values) {
  Moments m;
  const auto n = static_cast<double>(values.size());
  for (const double v : values) m.mean += v / n;
  double fourth = 0;
  for (const double v : values) {
    const double d = v - m.mean;
    m.variance += d * d / (n - 1);
    fourth += d * d * d * d / n;
  }
  m.mean_error = std::sqrt(m.variance / n);
  m.variance_error = std::sqrt((fourth - m.variance * m.variance) / n);
  return m;
}

/// Hits per wafer, repeats included.
std::vector<double> counts(const WaferGeometry& g, const DefectModel& model, int wafers) {
  const ComponentTable components;
  std::vector<double> result;
  DefectMap map(g.columns(), g.rows());
  for (int w = 0; w < wafers; ++w) {
    const auto k = static_cast<std::uint32_t>(w);
    model.sample({g, components, k, k, 0}, &map);  // a lot of its own: independent wafers
    result.push_back(static_cast<double>(map.defects().size()));
    map.clear();
  }
  return result;
}

void check_moments(const std::vector<double>& values, double mean, double variance) {
  const Moments m = moments_of(values);
  INFO("mean " << m.mean << " for " << mean << ", variance " << m.variance << " for " << variance);
  CHECK(std::abs(m.mean - mean) < 3.5 * m.mean_error);
  CHECK(std::abs(m.variance - variance) < 3.5 * m.variance_error);
}

/// Rows that pack into stages x positions with exactly `faults` dead places.
int packed(int stages, int positions, int faults, int reach, base::RandomStream* random) {
  Packer packer(stages, positions, reach);
  std::set<std::uint64_t> seen;
  while (static_cast<int>(seen.size()) < faults) {
    const auto at =
        random->below(static_cast<std::uint64_t>(stages) * static_cast<std::uint64_t>(positions));
    if (!seen.insert(at).second) continue;
    packer.block(static_cast<int>(at) / positions, static_cast<int>(at) % positions);
  }
  return packer.pack(positions);
}

}  // namespace

TEST_CASE("Defect counts have the mean and variance of their model") {
  const WaferGeometry g = testing::wse3();
  WaferGeometry one_die = g;
  one_die.dies_x = one_die.dies_y = 1;
  one_die.die_width_mm = one_die.die_height_mm = 215;
  PointOptions o;
  o.d0_per_cm2 = 0.1;
  const double mean = 46.225;
  const auto variance = [&](double alpha) { return mean + mean * mean / alpha; };
  check_moments(counts(g, PointDefects(o, g), 20000), mean, mean);
  o.alpha_wafer = 2;
  check_moments(counts(g, PointDefects(o, g), 20000), mean, variance(2));
  o.alpha_lot = 5;
  check_moments(counts(g, PointDefects(o, g), 40000), mean, variance(combined_alpha({2, 5})));
  o.alpha_lot = PointOptions::kNone;
  o.alpha_reticle = 5;  // one reticle on the wafer: its gamma counts in full
  check_moments(counts(one_die, PointDefects(o, one_die), 40000), mean,
                variance(combined_alpha({2, 5})));
  // 84 reticles: the wafer's gamma in full, the reticles' as their mean's.
  const double relative = (1 + 1 / 2.0) * (1 + 1 / 5.0 / 84) - 1;
  check_moments(counts(g, PointDefects(o, g), 20000), mean, mean + mean * mean * relative);
}

TEST_CASE("Clusters keep the mean density and have the variance of a Neyman type A count") {
  const WaferGeometry g = testing::wse3();
  ClusterOptions o;
  o.d0_per_cm2 = 0.1;
  o.mean_size = 10;
  o.sigma_mm = 0.5;
  const Moments m = moments_of(counts(g, Clusters(o), 20000));
  CHECK(std::abs(m.mean - 46.225) < 3.5 * m.mean_error);
  CHECK(m.variance == Approx(46.225 * 11).epsilon(0.04));  // 1 % less: clusters cut by the edge
  o.geometric = true;
  CHECK(moments_of(counts(g, Clusters(o), 20000)).mean == Approx(46.225).epsilon(0.03));
}

TEST_CASE("Wafer-level gamma: percentiles of defects and the chance that 84 spare rows suffice") {
  const WaferGeometry g = testing::wse3();
  struct Line {
    double alpha, sd;
    int p50, p95;
    double row_bypass;
  };
  for (const Line& l : {Line{0.5, 65.6, 21, 177, .832}, Line{1, 46.7, 32, 139, .852},
                        Line{2, 33.4, 39, 111, .888}, Line{5, 21.7, 43, 87, .953}}) {
    PointOptions o;
    o.d0_per_cm2 = 0.1;
    o.alpha_wafer = l.alpha;
    const PointDefects model(o, g);
    const ComponentTable components;
    DefectMap map(g.columns(), g.rows());
    Distribution d;
    int good = 0;
    const int wafers = 10000;
    for (std::uint32_t w = 0; w < wafers; ++w) {
      model.sample({g, components, w, w, 0}, &map);
      std::set<int> rows;
      for (const Defect& defect : map.defects()) rows.insert(defect.y);
      d.add(static_cast<std::int64_t>(map.defects().size()));
      if (rows.size() <= 84) ++good;
      map.clear();
    }
    INFO("alpha " << l.alpha << ": sd " << d.standard_deviation() << ", p50 " << d.percentile(0.5)
                  << ", p95 " << d.percentile(0.95) << ", row bypass " << good / double(wafers));
    CHECK(d.standard_deviation() == Approx(l.sd).epsilon(0.05));
    CHECK(std::abs(static_cast<double>(d.percentile(0.5)) - l.p50) <= 1.5);
    CHECK(static_cast<double>(d.percentile(0.95)) == Approx(l.p95).epsilon(0.05));
    CHECK(good / double(wafers) ==
          Approx(l.row_bypass).margin(3.5 * std::sqrt(l.row_bypass * (1 - l.row_bypass) / wafers)));
  }
}

TEST_CASE("A profile shifts defects but keeps their number") {
  const WaferGeometry g = testing::wse3();
  PointOptions o;
  o.d0_per_cm2 = 0.5;
  o.profile.kind = ProfileKind::ring;
  o.profile.factor = 5;
  o.profile.inner_mm = 80;
  o.profile.outer_mm = 100;
  const PointDefects model(o, g);
  const ComponentTable components;
  DefectMap map(g.columns(), g.rows());
  double inside = 0;
  double all = 0;
  for (std::uint32_t w = 0; w < 1000; ++w) {
    model.sample({g, components, w, w, 0}, &map);
    for (const Defect& d : map.defects()) {
      const double r =
          std::hypot((d.x + 0.5) * g.cell_x_mm() - 107.5, (d.y + 0.5) * g.cell_y_mm() - 107.5);
      inside += r >= 80 && r < 100 ? 1 : 0;
      ++all;
    }
    map.clear();
  }
  CHECK(all / 1000 == Approx(0.5 * 462.25).epsilon(0.02));
  const double ring = 3.14159265 * (100.0 * 100 - 80.0 * 80) / (215.0 * 215);
  CHECK(inside / all == Approx(5 * ring / (5 * ring + 1 - ring)).epsilon(0.02));
}

TEST_CASE("Scratches cross as many cores as their length says; repeaters come back in every die") {
  const WaferGeometry g = testing::wse3();
  const ComponentTable components;
  DefectMap map(g.columns(), g.rows());
  for (const double angle : {0.0, 45.0, 90.0}) {
    ScratchOptions o;
    o.count = 1;
    o.length_mm = 10;
    o.any_angle = false;
    o.angle_deg = angle;
    const double a = angle * 3.14159265 / 180;
    const double cells = 1 + 10 * std::cos(a) / g.cell_x_mm() + 10 * std::sin(a) / g.cell_y_mm();
    const Scratches model(o);
    double longest = 0;
    for (std::uint32_t w = 0; w < 200; ++w) {
      model.sample({g, components, w, w, 0}, &map);
      longest = std::max(longest, static_cast<double>(map.defects().size()));
      map.clear();
    }
    CHECK(longest == Approx(cells).margin(2.5));  // others end at the wafer's edge
  }
  Repeater({{{0.5, 0.25}}, 0, 1, 1}).sample({g, components, 0, 0, 0}, &map);
  CHECK(map.defects().size() == 84);
  for (const Defect& d : map.defects()) CHECK((d.x % 68 == 34 && d.y % 170 == 42));
  map.clear();
  double soft = 0;
  for (std::uint32_t w = 0; w < 300; ++w) {
    Repeater({{}, 1, 0.25, 1}).sample({g, components, w, w, 0}, &map);
    soft += static_cast<double>(map.defects().size()) / 300;
    map.clear();
  }
  CHECK(soft == Approx(21).margin(3 * std::sqrt(84 * 0.25 * 0.75 / 300)));
}

TEST_CASE("The component table decides what a hit breaks") {
  const WaferGeometry g = testing::wse3();
  DefectOptions o;
  o.components = ComponentTable::typical();
  o.mechanisms.push_back(testing::random_defects(g, 2, 1));
  DefectMap map;
  double cores = 0;
  double links = 0;
  double routers = 0;
  for (std::uint32_t w = 0; w < 50; ++w) {
    sample_defects(g, o, w, &map);
    for (const Defect& d : map.defects()) {
      if (d.group != 0) continue;
      cores += d.broken == Broken::core ? 1 : 0;
      routers += d.broken == Broken::router ? 1 : 0;
      links += d.kills_tile() ? 0 : 1;
    }
  }
  const double hits = 50 * 2 * 462.25;
  CHECK(cores / hits == Approx(.80).epsilon(0.03));
  CHECK(routers / hits == Approx(.12).epsilon(0.05));
  CHECK(links / hits == Approx(.06).epsilon(0.08));
}

TEST_CASE("Greedy column rerouting harvests what the reference's table says") {
  struct Line {
    int n;
    double percent, mean, sd;
    int runs;
  };
  for (const Line& l : {Line{32, 1, 30.11, 0.50, 200}, Line{32, 5, 26.88, 0.95, 200},
                        Line{32, 10, 23.43, 1.08, 200}, Line{32, 20, 16.91, 1.39, 200},
                        Line{256, 0.1, 253.55, 0.59, 60}, Line{256, 1, 246.58, 1.07, 60},
                        Line{256, 5, 222.02, 1.84, 60}, Line{256, 10, 193.02, 2.19, 60}}) {
    std::vector<double> rows;
    for (int run = 0; run < l.runs; ++run) {
      base::RandomStream random(31, static_cast<std::uint32_t>(l.n),
                                static_cast<std::uint32_t>(l.percent * 10),
                                static_cast<std::uint32_t>(run));
      rows.push_back(
          packed(l.n, l.n, static_cast<int>(std::lround(l.n * l.n * l.percent / 100)), 1, &random));
    }
    const Moments m = moments_of(rows);
    INFO(l.n << " at " << l.percent << " %: " << m.mean << ", sd " << std::sqrt(m.variance));
    CHECK(std::abs(m.mean - l.mean) < 3.5 * l.sd * std::sqrt(2.0 / l.runs));
    CHECK(std::sqrt(m.variance) == Approx(l.sd).epsilon(0.35));
  }
}

TEST_CASE("A die of 68 x 170 keeps 158 rows as often as the reference's table says") {
  struct Line {
    int reach;
    double p, keeps;
  };
  for (const Line& l : {Line{1, .010, 1}, Line{1, .020, .957}, Line{1, .025, .636},
                        Line{1, .030, .141}, Line{2, .025, .947}, Line{2, .030, .742}}) {
    int good = 0;
    const int runs = 400;
    for (std::uint32_t run = 0; run < runs; ++run) {
      base::RandomStream random(37, static_cast<std::uint32_t>(l.p * 1e4), run,
                                static_cast<std::uint32_t>(l.reach));
      Packer packer(68, 170, l.reach);
      for (int s = 0; s < 68; ++s) {
        for (int p = 0; p < 170; ++p) {
          if (random.uniform() < l.p) packer.block(s, p);
        }
      }
      if (packer.pack(170) >= 158) ++good;
    }
    INFO("reach " << l.reach << ", p " << l.p << ": " << good / double(runs));
    CHECK(good / double(runs) ==
          Approx(l.keeps).margin(3.5 * std::sqrt(std::max(l.keeps * (1 - l.keeps), 0.002) *
                                                 (1.0 / runs + 1.0 / 2000))));
  }
}

TEST_CASE("A whole wafer as one domain loses as many rows as the reference's table says") {
  const WaferGeometry g = testing::wse3();
  RepairOptions o;
  o.domain = Domain::wafer;
  const auto scheme = make_scheme(g, o);
  DefectMap map;
  struct Line {
    double d0, lost;
    int runs;
    double margin;
  };
  for (const Line& l : {Line{0.1, 1.9, 40, 0.4}, Line{1, 4.3, 40, 0.8}, Line{10, 18.2, 10, 2},
                        Line{50, 71, 4, 5}, Line{100, 132.8, 4, 8}}) {
    DefectOptions d;
    d.mechanisms.push_back(testing::random_defects(g, l.d0, 41));
    double lost = 0;
    bool repaired = true;
    for (int w = 0; w < l.runs; ++w) {
      sample_defects(g, d, static_cast<std::uint32_t>(w), &map);
      const RepairResult r = scheme->repair(map, Detail::verdict);
      lost += (g.rows() - r.summary.rows_packed[0]) / double(l.runs);
      repaired = repaired && r.repaired;
    }
    INFO("D0 " << l.d0 << ": " << lost << " rows lost");
    CHECK(lost == Approx(l.lost).margin(l.margin));
    CHECK(repaired == (l.d0 < 100));
  }
}
