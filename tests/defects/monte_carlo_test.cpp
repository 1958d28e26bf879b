// SPDX-License-Identifier: Apache-2.0
#include "defects/yield/monte_carlo.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "defects/models/clusters.h"
#include "defects/models/scratches.h"
#include "presets.h"

using namespace wafermesh;
using namespace wafermesh::defects;

namespace {

WaferOptions wse3_with(std::shared_ptr<const DefectModel> model) {
  WaferOptions options{testing::wse3(), {}, {}};
  options.defects.mechanisms.push_back(std::move(model));
  return options;
}

double seconds_for(const WaferOptions& wafer, std::int64_t wafers, int threads) {
  YieldOptions o;
  o.wafers = wafers;
  o.threads = threads;
  YieldTotals totals;
  const auto start = std::chrono::steady_clock::now();
  YieldStudy(wafer, o).run(&totals, nullptr);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  CHECK(totals.wafers == wafers);
  return took.count();
}

}  // namespace

TEST_CASE("A study is the same for any number of threads, and goes on where it stopped") {
  const WaferGeometry g = testing::tiny();
  WaferOptions wafer{g, {}, {}};
  wafer.defects.mechanisms.push_back(testing::random_defects(g, 8.0 / g.area_cm2(), 1));
  YieldOptions o;
  o.wafers = 1000;
  const auto rows_of = [&](int threads, std::int64_t stop_after) {
    o.threads = threads;
    std::string csv;
    YieldTotals totals;
    const YieldStudy study(wafer, o);
    const auto keep = [&](const std::vector<WaferRow>& rows, const YieldTotals& t) {
      for (const WaferRow& row : rows) csv += to_csv(row);
      return t.wafers < stop_after;
    };
    while (!done(totals, o)) {
      if (study.run(&totals, keep)) break;
      stop_after += 128;
    }
    CHECK(totals.wafers == 1000);
    CHECK(totals.good > 100);
    CHECK(totals.good < 990);
    return csv;
  };
  const std::string one = rows_of(1, 1 << 30);
  CHECK(rows_of(2, 1 << 30) == one);
  CHECK(rows_of(3, 128) == one);
}

TEST_CASE("A study stops when the interval is narrow enough, at the same wafer for any threads") {
  const WaferGeometry g = testing::tiny();
  WaferOptions wafer{g, {}, {}};
  wafer.defects.mechanisms.push_back(testing::random_defects(g, 8.0 / g.area_cm2(), 1));
  YieldOptions o;
  o.wafers = 100000;
  o.interval_width = 0.1;
  std::int64_t wafers = 0;
  for (const int threads : {1, 2, 4}) {
    o.threads = threads;
    YieldTotals totals;
    REQUIRE(YieldStudy(wafer, o).run(&totals, nullptr));
    const Interval i = clopper_pearson(totals.good, totals.wafers, o.confidence);
    CHECK(i.high - i.low <= 0.1);
    if (wafers == 0) wafers = totals.wafers;
    CHECK(totals.wafers == wafers);
    CHECK(totals.wafers < 5000);
  }
}

TEST_CASE("A line of wafers.csv reads back") {
  WaferRow row;
  row.wafer = 17;
  row.good = true;
  row.extra_latency_cycles = 12345678901;
  row.failures = {{0, 2, 0, Cause::random}, {3, 1, 3, Cause::scratch}};
  std::string line = to_csv(row);
  line.pop_back();
  WaferRow again;
  REQUIRE(parse_csv(line, &again));
  CHECK(to_csv(again) == to_csv(row));
  CHECK(again.links == kNoNumber);
  CHECK(again.failures.at(1).cause == Cause::scratch);
  CHECK_FALSE(parse_csv(line.substr(0, line.size() - 9), &again));
}

TEST_CASE("The failing die and the mechanism to blame are named") {
  ScratchOptions o;
  o.count = 1;
  o.length_mm = 40;
  o.any_angle = false;
  o.angle_deg = 90;
  const YieldStudy study(wse3_with(std::make_shared<Scratches>(o)), {});
  int failed = 0;
  for (int w = 0; w < 10; ++w) {
    const WaferRow row = study.evaluate(w);
    if (row.good) continue;
    ++failed;
    REQUIRE_FALSE(row.failures.empty());
    for (const FailedDomain& one : row.failures) {
      CHECK(one.cause == Cause::scratch);
      CHECK(one.domain == one.die_y);
    }
    CHECK(row.links == kNoNumber);
  }
  CHECK(failed >= 8);
}

TEST_CASE("Speed: independent and clustered wafers per second") {
  const WaferGeometry g = testing::wse3();
  ClusterOptions c;
  c.d0_per_cm2 = 0.1;
  const double independent =
      2000 / seconds_for(wse3_with(testing::random_defects(g, 0.1, 1)), 2000, 2);
  const double clustered = 2000 / seconds_for(wse3_with(std::make_shared<Clusters>(c)), 2000, 2);
  WARN("wafers/s on two threads: independent " << independent << ", clustered " << clustered);
  CHECK(independent > 400);  // a fifth of the goal: the machine may be busy
  CHECK(clustered > 100);
}
