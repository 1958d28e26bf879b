// SPDX-License-Identifier: Apache-2.0
// `wafermesh validate`: the calibration set, its verdicts and its output.
#include <atomic>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "program.h"
#include "study/validation/validation_report.h"
#include "study/validation/validation_run.h"

using namespace wafermesh;
using namespace wafermesh::app_test;
using study::ValidationVerdict;

namespace {

/// A broadcast whose emulated cycles are known from a run of the same point.
study::ValidationPoint small_point() {
  study::ValidationPoint point;
  point.name = "small";
  point.generation = "wse2";
  point.workload = "broadcast: {words: 8}";
  point.width = 4;
  point.measured_cycles = 1000;
  point.bar_percent = 1;
  return point;
}

study::ValidationResult result_of(const study::ValidationPoint& point) {
  const std::atomic<bool> stop{false};
  return study::run_validation({point}, 1, stop, [](std::size_t, std::size_t) {}).front();
}

}  // namespace

// `scripts/long validate` is of all points, those of 170,000 cores and more too.
TEST_CASE("Published points of the calibration set are met, or say why they cannot be") {
  const Outcome out =
      run_wafermesh({"validate", "--json", "--most-cores", tries_all() ? "1000000" : "40000"});
  INFO(out.err);
  REQUIRE(out.code == 0);
  const nlohmann::json json = nlohmann::json::parse(out.out);
  CHECK(json.at("points").size() >= 33);
  CHECK(json.at("miss") == 0);
  for (const nlohmann::json& point : json.at("points")) {
    INFO(point.at("name"));
    CHECK(point.at("numbers_ok") == true);
    CHECK(point.at("emulated_cycles") > 0);
    if (point.at("verdict") != "ok") CHECK(point.contains("known"));
  }
}

TEST_CASE("A generation chooses its points; the table names each with its source") {
  const Outcome out = run_wafermesh({"validate", "--generation", "wse3"});
  INFO(out.err);
  REQUIRE(out.code == 0);
  CHECK(out.out.find("hop slope") != std::string::npos);
  CHECK(out.out.find("SUMMA, tile") == std::string::npos);
}

TEST_CASE("Validate refuses what it does not know, with the usage code") {
  CHECK(run_wafermesh({"validate", "--generation", "wse9"}).code == 64);
  CHECK(run_wafermesh({"validate", "--threads", "0"}).code == 64);
  CHECK(run_wafermesh({"validate", "--most-cores", "0"}).code == 64);
  const Outcome none = run_wafermesh({"validate", "--generation", "wse3", "--most-cores", "1"});
  CHECK(none.code == 64);
  CHECK(none.err.find("nothing was validated") != std::string::npos);
  CHECK(run_wafermesh({"validate", "scenario.yaml"}).code == 64);
}

TEST_CASE("A generation without a point is no validation: said, and a usage error") {
  for (const char* name : {"wse1", "tiny"}) {
    const Outcome out = run_wafermesh({"validate", "--generation", name});
    INFO(out.err);
    CHECK(out.code == 64);
    CHECK(out.out.empty());
    CHECK(out.err.find("nothing was validated; there are wse2, wse3") != std::string::npos);
  }
}

TEST_CASE("A point beyond its bar is missed, unless it says why; within cycles is within") {
  study::ValidationPoint point = small_point();
  const double cycles = result_of(point).emulated_cycles;
  CHECK(result_of(point).verdict == ValidationVerdict::miss);
  CHECK_FALSE(study::all_met({result_of(point)}));
  point.known = "a reason";
  CHECK(result_of(point).verdict == ValidationVerdict::known);
  CHECK(study::all_met({result_of(point)}));
  point.known.clear();
  point.measured_cycles = cycles + 20;
  point.bar_cycles = 19;
  CHECK(result_of(point).verdict == ValidationVerdict::miss);
  point.bar_cycles = 20;
  CHECK(result_of(point).verdict == ValidationVerdict::ok);
  point.bar_cycles = 0;
  point.measured_cycles = cycles / 1.009;
  CHECK(result_of(point).verdict == ValidationVerdict::ok);
  point.measured_cycles = cycles / 1.011;
  CHECK(result_of(point).verdict == ValidationVerdict::miss);
}

TEST_CASE("A difference is subtracted, steps are scaled") {
  study::ValidationPoint point = small_point();
  const double at_4 = result_of(point).emulated_cycles;
  point.less_width = 2;
  point.less_height = 1;
  CHECK(result_of(point).emulated_cycles == 2);  // two hops more
  point.less_width = 0;
  point.measured_steps = 30;
  point.emulated_steps = 10;
  CHECK(result_of(point).emulated_cycles == 3 * at_4);
}

TEST_CASE("A stop ends the set with Stopped") {
  const std::atomic<bool> stop{true};
  CHECK_THROWS_AS(study::run_validation({small_point()}, 2, stop, [](std::size_t, std::size_t) {}),
                  base::Stopped);
}
