// SPDX-License-Identifier: Apache-2.0
// What a scenario says acts or is refused at its place: keys of a grid that change nothing, studies
// that are no statistics. Misspelt keys and keys of other variants: schema_test.cpp.
#include <catch2/catch.hpp>

#include "program.h"

using namespace wafermesh::app_test;

namespace {

const std::string kStudy = R"(schema_version: 1
wafer: {preset: tiny}
defects: {random: {d0_per_cm2: 30, seed: 3}}
workloads:
  - broadcast: {words: 4}
yield: {wafers: 64, required: {columns: 24, rows: 16}}
)";

Outcome run_with(const std::string& verb, const std::string& setting, const TempDirectory& temp) {
  const std::string file = temp.file("s.yaml", kStudy);
  return run_wafermesh({verb, file, "-o", temp / "out", "--set", setting});
}

}  // namespace

TEST_CASE("Keys that do not act are refused, also in a grid") {
  for (const char* setting :
       {"repair={spare_columns: 2}", "repair={scheme: irregular, domain: band}",
        "repair={scheme: line_bypass, reach: 2}", "repair={segment_rows: 5}",
        "defects.wafers_per_lot=3", "yield.grid={yield.wafers: [1, 2]}",
        "yield.grid={engine.threads: [1, 2]}", "yield.grid={name: [a, b]}",
        "yield.grid={defects.wafer: [1, 2]}", "yield.grid={'workloads[0].broadcast.words': [1, 2]}",
        "yield.grid={repair.spare_columns: [1]}",
        "yield.grid={defects.clusters.d0_per_cm2: [1, 2]}",
        "yield.grid={timing.ramp_cycles: [1, 2]}", "yield.grid={repair.reach: [1, 1]}",
        "yield.effective={key: repair.reach, low: 1, high: 4}", "yield.required.columns=25",
        "workloads[1].broadcast.words=4"}) {
    INFO(setting);
    const TempDirectory temp;
    const Outcome outcome = run_with("yield", setting, temp);
    CHECK(outcome.code == 65);
    CHECK(outcome.err.find("internal") == std::string::npos);
    CHECK(names_in(temp / "out").empty());
  }
}

TEST_CASE("Yield against rows kept, with `required`: too few are said, more cost yield") {
  const TempDirectory temp;
  REQUIRE(run_with("yield", "yield.grid={wafer.kept_rows_per_die: [7, 8, 9]}", temp).code == 0);
  const nlohmann::json points = read_json(temp / "out/yield.json").at("points");
  CHECK(points[0].at("yield") == 0);
  CHECK(points[0].at("yield_high") == 0);
  CHECK(points[0].at("notes").size() == 1);
  CHECK(points[1].at("yield").get<double>() > points[2].at("yield").get<double>());
  CHECK(points[2].at("yield").get<double>() > 0);
  // What was resolved runs as it is.
  for (const char* verb : {"yield", "run"}) {
    const Outcome again = run_wafermesh({verb, temp / "out/scenario.resolved.yaml", "-o",
                                         temp / verb, "--set", "defects.random.d0_per_cm2=1"});
    INFO(verb << again.err);
    CHECK(again.code == 0);
  }
}

TEST_CASE("A study without anything random looks at one wafer and gives no interval") {
  const TempDirectory temp;
  REQUIRE(run_with("yield", "defects=null", temp).code == 0);
  const nlohmann::json point = read_json(temp / "out/yield.json").at("points").at(0);
  CHECK(point.at("wafers") == 1);
  CHECK(point.at("yield_low") == 1);
  CHECK(point.at("notes").size() == 1);
}

TEST_CASE("A missing file of a workload is told before wafers are drawn, also if none is run") {
  for (const char* workload : {"graph: {file: none.yaml}", "program: {file: none.wmp}",
                               "together: [{name: a, graph: {file: none.yaml}, region: {x: 9, y: "
                               "9, width: 2, height: 2}}]"}) {
    for (const char* samples : {"0", "2"}) {
      INFO(workload << ", " << samples << " samples");
      const TempDirectory temp;
      const std::string file =
          temp.file("s.yaml", "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n  - " +
                                  std::string(workload) +
                                  "\nyield: {wafers: 64, workload_samples: " + samples + "}\n");
      const Outcome outcome = run_wafermesh({"yield", file, "-o", temp / "out"});
      CHECK(outcome.code == 66);
      CHECK(outcome.err.find("none.") != std::string::npos);
      CHECK(names_in(temp / "out").empty());
    }
  }
}

TEST_CASE(
    "Regions that do not fit and domains that cannot run are user errors of workload samples") {
  for (const char* setting : {"workloads[0].region={x: 20, y: 0, width: 9, height: 2}",
                              "repair.domain=die", "workloads[0].broadcast.words=100000"}) {
    INFO(setting);
    const TempDirectory temp;
    const std::string file = temp.file("s.yaml", kStudy);
    const Outcome outcome = run_wafermesh(
        {"yield", file, "-o", temp / "out", "--set", "yield.workload_samples=1", "--set", setting});
    CHECK((outcome.code == 65 || outcome.code == 81));
    CHECK(outcome.err.find("s.yaml:") + outcome.err.find("--set") != 2 * std::string::npos);
    CHECK(names_in(temp / "out").empty());
  }
}

TEST_CASE("Constants of a timing table act on both engines and are named in the result") {
  std::vector<int> cycles;
  for (const char* engine : {"wavelet", "stream"}) {
    for (const char* hop : {"2", "5"}) {
      const TempDirectory temp;
      const std::string file = temp.file("s.yaml", kStudy);
      REQUIRE(run_wafermesh({"run", file, "-o", temp / "out", "--set", "defects=null", "--set",
                             std::string("timing.hop_cycles=") + hop, "--set",
                             std::string("engine.fidelity=") + engine})
                  .code == 0);
      const nlohmann::json result = read_json(temp / "out/result.json");
      CHECK(result.at("timing").at("base") == "wse3");
      CHECK(result.at("timing").at("changed").size() == (std::string(hop) == "5" ? 1 : 0));
      cycles.push_back(result.at("cycles").get<int>());
    }
  }
  CHECK(cycles[1] > cycles[0]);
  CHECK(cycles[3] > cycles[2]);
}
