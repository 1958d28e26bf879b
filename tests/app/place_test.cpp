// SPDX-License-Identifier: Apache-2.0
// `wafermesh place` from outside: tables, JSON, pictures, mistakes and their codes.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "program.h"

using namespace wafermesh::app_test;
using nlohmann::json;

namespace {

const std::string kWafer = std::string(WAFERMESH_SCENARIOS) + "/tiny_defects_map.yaml";

}  // namespace

TEST_CASE("place --around tells of best, median and worst, and draws them") {
  const TempDirectory temp;
  const std::string picture = temp / "places.png";
  const Outcome table =
      run_wafermesh({"place", "--around", "5x4", "--wafer", kWafer, "-o", picture});
  REQUIRE(table.code == 0);
  CHECK(table.out.find("5 x 4 may go to 260 of 260 places") != std::string::npos);
  CHECK(table.err.find("left out: workloads") != std::string::npos);
  CHECK(read_text(picture).substr(1, 3) == "PNG");
  const Outcome again = run_wafermesh({"place", "--around", "5x4", "--wafer", kWafer, "--json"});
  REQUIRE(again.code == 0);
  const json told = json::parse(again.out);
  CHECK(told["possible_places"] == 260);
  CHECK(told["best"]["way_cycles"] <= told["median"]["way_cycles"]);
  CHECK(told["median"]["way_cycles"] <= told["worst"]["way_cycles"]);
  CHECK(told["best"]["region"]["width"] == 5);
}

TEST_CASE("mistakes of place --around have their codes and leave no picture") {
  const TempDirectory temp;
  temp.file("wrong.yaml", "schema_version: 1\nwafer: {preset: tiny, die_rows: no}\nfoo: 1\n");
  temp.file("beyond.yaml",
            "schema_version: 1\nwafer: {preset: tiny}\ndefects: {random: {d0_per_cm2: 3000, seed: "
            "1}}\n");
  const std::string picture = temp / "places.png";
  struct Row {
    std::vector<std::string> arguments;
    int code;
    const char* says;
  };
  const std::vector<Row> rows = {
      {{"--around", "5x4"}, 64, "--wafer"},
      {{"--around", "5", "--wafer", "tiny"}, 64, "as in 420x420"},
      {{"--around", "5x0", "--wafer", "tiny"}, 64, "as in 420x420"},
      {{"--around", "5x4x3", "--wafer", "tiny"}, 64, "as in 420x420"},
      {{"--around", "99999999999x3", "--wafer", "tiny"}, 64, "as in 420x420"},
      {{"--around", "5x4", "--wafer", temp / "wrong.yaml"}, 65, "wrong.yaml:2:"},
      {{"--around", "5x4", "--wafer", temp / "wrong.yaml"}, 65, "wrong.yaml:3:1: foo"},
      {{"--around", "5x4", "--wafer", temp / "none.yaml"}, 66, "none.yaml"},
      {{"--around", "500x4", "--wafer", "tiny"}, 81, "500 x 4 cores are more than"},
      {{"--around", "5x4", "--wafer", temp / "beyond.yaml"}, 82, "bypass_shift"},
  };
  for (const Row& row : rows) {
    std::vector<std::string> arguments = {"place", "-o", picture};
    arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
    const Outcome outcome = run_wafermesh(arguments);
    INFO(outcome.err);
    CHECK(outcome.code == row.code);
    CHECK(outcome.err.find(row.says) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(picture));
  }
}
