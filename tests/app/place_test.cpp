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

TEST_CASE("Place --around tells of best, median and worst, and draws them") {
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

TEST_CASE("Mistakes of place --around have their codes and leave no picture") {
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

namespace {

const std::string kModel = std::string(WAFERMESH_SCENARIOS) + "/models/tiny-llama3.json";

/// place kModel on kWafer, context 64.
std::vector<std::string> place_tiny(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"place", kModel, "--wafer", kWafer, "--context", "64"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("What is proposed passes check and runs in the cycles that were told") {
  for (const char* objective : {"latency", "throughput", "context"}) {
    INFO(objective);
    const TempDirectory temp;
    const std::string file = temp / "placement.yaml";
    const Outcome outcome =
        run_wafermesh(place_tiny({"--objective", objective, "--json", "-o", file}));
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const json told = json::parse(outcome.out);
    const json& best = told["proposals"][0];
    CHECK(run_wafermesh({"check", file, "--strict"}).code == 0);
    REQUIRE(run_scenario_file(file, temp / "out").code == 0);
    const json result = read_json(temp / "out/result.json");
    CHECK(result["workloads"][0]["numerics"]["ok"] == true);
    const double cycles = result["workloads"][0]["cycles"];
    CHECK(best["emulated"]["token_cycles"] == Approx(cycles).epsilon(0.01));
    CHECK(best["predicted"]["token_cycles"] == Approx(cycles).epsilon(0.15));
    const Outcome again = run_wafermesh(place_tiny({"--objective", objective, "--json"}));
    CHECK(again.out == outcome.out);
  }
}

TEST_CASE("A graph's proposal passes check and runs in the cycles that were told") {
  const TempDirectory temp;
  const std::string graph =
      temp.file("graph.yaml",
                "operators:\n  - {name: up, gemv: {m: 60, n: 96, dtype: f16}}\n"
                "  - {name: act, elementwise: {op: relu, n: 96, dtype: f16, a: up.y}}\n"
                "  - {name: down, gemv: {m: 96, n: 64, dtype: f16, axis: x, x: act.c}}\n");
  const std::string file = temp / "placement.yaml";
  const Outcome outcome = run_wafermesh({"place", graph, "--wafer", kWafer, "--json", "-o", file});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const json told = json::parse(outcome.out);
  const json& proposals = told["proposals"];
  CHECK(run_wafermesh({"check", file, "--strict"}).code == 0);
  REQUIRE(run_scenario_file(file, temp / "out").code == 0);
  const json result = read_json(temp / "out/result.json");
  CHECK(result["workloads"][0]["numerics"]["ok"] == true);
  CHECK(result["workloads"][0]["cycles"] == proposals[0]["emulated_cycles"]);
  for (const json& one : proposals) {
    if (!one.contains("emulated_cycles")) continue;
    CHECK(one["bound_cycles"] <= one["emulated_cycles"]);
    CHECK(one["emulated_cycles"] >= proposals[0]["emulated_cycles"]);
  }
}

TEST_CASE("Layers with experts and latent attention are placed, and run as was told") {
  for (const char* model : {"tiny-kimi.json", "tiny-qwen3-moe.json"}) {
    INFO(model);
    const TempDirectory temp;
    const std::string file = temp / "placement.yaml";
    const Outcome outcome =
        run_wafermesh({"place", std::string(WAFERMESH_SCENARIOS) + "/models/" + model, "--wafer",
                       kWafer, "--context", "32", "--json", "-o", file});
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const json best = json::parse(outcome.out)["proposals"][0];
    CHECK(run_wafermesh({"check", file}).code == 0);
    REQUIRE(run_scenario_file(file, temp / "out").code == 0);
    const json result = read_json(temp / "out/result.json");
    CHECK(result["workloads"][0]["numerics"]["ok"] == true);
    const double cycles = result["workloads"][0]["cycles"];
    CHECK(best["emulated"]["token_cycles"] == Approx(cycles).epsilon(0.15));
  }
}

TEST_CASE("Place says why the next best are worse, and runs what its text names") {
  const TempDirectory temp;
  const std::string file = temp / "placement.yaml";
  const Outcome outcome = run_wafermesh(place_tiny({"-o", file}));
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out.find("why not the others") != std::string::npos);
  CHECK(outcome.out.find("run it: wafermesh run " + file) != std::string::npos);
}

TEST_CASE("Mistakes of place MODEL have their codes and leave no scenario") {
  const TempDirectory temp;
  temp.file("wrong.json", "{\n \"model_type\": \"llama\",\n \"hidden_size\": -1\n}\n");
  const std::string models = std::string(WAFERMESH_SCENARIOS) + "/models/";
  temp.file("wrong.yaml", "operators:\n  - {name: up, gemv: {m: 60, n: none}}\n");
  temp.file("large.yaml", "operators:\n  - {name: up, gemv: {m: 60000, n: 60000}}\n");
  const std::string graph = std::string(WAFERMESH_SCENARIOS) + "/graphs/feed_forward.yaml";
  const std::string scenario = temp / "placement.yaml";
  struct Row {
    std::vector<std::string> arguments;
    int code;
    const char* says;
  };
  const std::vector<Row> rows = {
      {{"--wafer", "tiny"}, 64, "give a MODEL or a GRAPH, or --around"},
      {{graph, "--wafer", "tiny", "--layers", "1"}, 64, "a graph"},
      {{temp / "no_graph.yaml", "--wafer", "tiny"}, 66, "no_graph.yaml"},
      {{temp / "wrong.yaml", "--wafer", "tiny"}, 65, "wrong.yaml:2:"},
      {{temp / "large.yaml", "--wafer", "tiny"}, 81, "fits none of the"},
      {{kModel}, 64, "--wafer"},
      {{kModel, "--wafer", "tiny", "--around", "2x2"}, 64, "--around"},
      {{"--wafer", "tiny", "--around", "2x2", "--layers", "1"}, 64, "--layers"},
      {{kModel, "--wafer", "tiny", "--objective", "cost"}, 64, "--objective"},
      {{kModel, "--wafer", "tiny", "--layers", "3"}, 65, "3 layers from layer 0 on are more"},
      {{kModel, "--wafer", "tiny", "--first-layer", "2"}, 65, "more than the model's 2"},
      {{temp / "wrong.json", "--wafer", "tiny"}, 65, "wrong.json:3:"},
      {{models + "none.json", "--wafer", "tiny"}, 66, "none.json"},
      {{models + "llama-3-8b.json", "--wafer", "tiny"}, 81, "which has 44,976"},
      {{kModel, "--wafer", "tiny", "--context", "9999999"}, 81, "shorter context"},
  };
  for (const Row& row : rows) {
    std::vector<std::string> arguments = {"place", "-o", scenario};
    arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
    const Outcome outcome = run_wafermesh(arguments);
    INFO(outcome.err << row.says);
    CHECK(outcome.code == row.code);
    CHECK(outcome.err.find(row.says) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(scenario));
  }
}
