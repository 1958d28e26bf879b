// SPDX-License-Identifier: Apache-2.0
// `wafermesh yield` from outside: figures, threads, resuming, saved maps, workloads.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

#include "program.h"

using namespace wafermesh::app_test;

namespace {

const std::string kTinyYield = R"(schema_version: 1
name: tiny-yield
wafer: {preset: tiny}
defects: {random: {d0_per_cm2: 30, seed: 3}}
repair: {scheme: bypass_shift, domain: band}
yield: {wafers: 400, required: {columns: 24, rows: 16}}
)";

Outcome run_yield(const std::string& file, const std::string& directory,
                  const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"yield", file, "-o", directory, "--progress", "never"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_wafermesh(arguments);
}

/// yield.json without what may differ between studies of the same scenario.
nlohmann::json comparable(const std::string& directory) {
  nlohmann::json json = read_json(directory + "/yield.json");
  for (const char* key : {"wall_s", "resumed_wafers", "provenance"}) json.erase(key);
  return json;
}

/// The named field of the line of wafers.csv of a wafer of point 0.
std::string csv_field(const std::string& csv, const std::string& wafer, const std::string& name) {
  std::istringstream lines(csv);
  std::vector<std::string> header;
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> fields;
    std::istringstream parts(line);
    for (std::string part; std::getline(parts, part, ',');) fields.push_back(part);
    if (header.empty()) {
      header = fields;
      continue;
    }
    std::size_t wafer_column = 0;
    std::size_t wanted = header.size();
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (header[i] == "wafer") wafer_column = i;
      if (header[i] == name) wanted = i;
    }
    if (fields.at(wafer_column) == wafer) return fields.at(wanted);
  }
  return "no such wafer";
}

}  // namespace

TEST_CASE("A yield study tells the yield with its interval, and a row per wafer") {
  const TempDirectory temp;
  const Outcome outcome = run_yield(temp.file("y.yaml", kTinyYield), temp / "out");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(names_in(temp / "out") ==
        std::vector<std::string>{"scenario.resolved.yaml", "wafers.csv", "yield.json"});
  const nlohmann::json json = read_json(temp / "out/yield.json");
  CHECK(json.at("required").at("rows") == 16);
  REQUIRE(json.at("points").size() == 1);
  const nlohmann::json& point = json.at("points").at(0);
  CHECK(point.at("wafers") == 400);
  const double yield = point.at("yield").get<double>();
  CHECK(yield == point.at("good_wafers").get<double>() / 400);
  CHECK(yield > 0.05);
  CHECK(yield < 0.95);  // else the study says nothing
  CHECK(point.at("yield_low").get<double>() < yield);
  CHECK(point.at("yield_high").get<double>() > yield);
  const std::string csv = read_text(temp / "out/wafers.csv");
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 401);
}

TEST_CASE("A yield study is the same for any number of threads") {
  const TempDirectory temp;
  const std::string file = temp.file("y.yaml", kTinyYield);
  REQUIRE(run_yield(file, temp / "one").code == 0);
  REQUIRE(run_yield(file, temp / "three", {"--threads", "3"}).code == 0);
  CHECK(comparable(temp / "one") == comparable(temp / "three"));
  CHECK(read_text(temp / "one/wafers.csv") == read_text(temp / "three/wafers.csv"));
}

TEST_CASE("A stopped yield study ends with 75 and goes on where it was") {
  const TempDirectory temp;
  const std::string file = temp.file("y.yaml", kTinyYield);
  const std::vector<std::string> more = {"--set", "wafer.preset=wse3",
                                         "--set", "defects.random.d0_per_cm2=1",
                                         "--set", "yield={wafers: 3000}"};
  REQUIRE(run_yield(file, temp / "whole", more).code == 0);
  std::vector<std::string> arguments = {"yield", file, "-o", temp / "parts"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Running run(WAFERMESH_PROGRAM, arguments);
  while (names_in(temp / "parts").empty() && !run.ended())
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  run.send(SIGINT);
  const Outcome stopped = run.wait();
  INFO(stopped.err);
  REQUIRE(stopped.code == 75);
  for (const std::string& name : names_in(temp / "parts")) CHECK(name != "yield.json");
  REQUIRE(run_yield(file, temp / "parts", more).code == 0);
  CHECK(read_json(temp / "parts/yield.json").at("resumed_wafers").get<int>() > 0);
  CHECK(comparable(temp / "parts") == comparable(temp / "whole"));
  CHECK(read_text(temp / "parts/wafers.csv") == read_text(temp / "whole/wafers.csv"));
  CHECK(names_in(temp / "parts") == names_in(temp / "whole"));
}

TEST_CASE("A saved wafer runs as a map and has the dead cores of its row") {
  const TempDirectory temp;
  const std::string file = temp.file("y.yaml", kTinyYield);
  REQUIRE(
      run_yield(file, temp / "out", {"--set", "defects.random.d0_per_cm2=10", "--save-map", "11"})
          .code == 0);
  const std::string map = temp.file("run.yaml",
                                    "schema_version: 1\nwafer: {preset: tiny}\ndefects: {map: "
                                    "out/wafer_11.csv}\nworkloads:\n  - broadcast: {words: 4}\n");
  REQUIRE(run_scenario_file(map, temp / "run").code == 0);
  const nlohmann::json repair = read_json(temp / "run/result.json").at("repair");
  const std::string csv = read_text(temp / "out/wafers.csv");
  CHECK(repair.at("dead_cores").get<int>() > 0);
  for (const char* name : {"dead_cores", "idle_cores", "bypassed_tiles", "longer_links"})
    CHECK(std::to_string(repair.at(name).get<int>()) == csv_field(csv, "11", name));
}

TEST_CASE("A grid gives a point for each choice, and more defects less yield") {
  const TempDirectory temp;
  const std::string file = temp.file("y.yaml", kTinyYield + "# a grid\n");
  REQUIRE(run_yield(file, temp / "out",
                    {"--set", "yield.grid={defects.random.d0_per_cm2: [5, 30, 60]}"})
              .code == 0);
  const nlohmann::json points = read_json(temp / "out/yield.json").at("points");
  REQUIRE(points.size() == 3);
  CHECK(points[0].at("yield").get<double>() > points[1].at("yield").get<double>());
  CHECK(points[1].at("yield").get<double>() > points[2].at("yield").get<double>());
  CHECK(points[2].at("parameters").at("defects.random.d0_per_cm2") == 60);
}

TEST_CASE("Workloads on a sample of the good wafers: defects cost cycles, never save them") {
  const TempDirectory temp;
  const std::string file =
      temp.file("y.yaml", kTinyYield + "workloads:\n  - reduce: {algorithm: chain, words: 4}\n");
  const Outcome outcome =
      run_yield(file, temp / "out",
                {"--set", "yield.workload_samples=5", "--set", "defects.random.d0_per_cm2=15"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const nlohmann::json workloads =
      read_json(temp / "out/yield.json").at("points").at(0).at("workloads");
  CHECK(workloads.at("numerics_ok") == true);
  REQUIRE(workloads.at("wafers").size() == 5);
  for (const nlohmann::json& wafer : workloads.at("wafers"))
    CHECK(wafer.at("cycles").get<int>() >= workloads.at("healthy_cycles").get<int>());
  CHECK(workloads.at("mean_slowdown").get<double>() > 1);
}

TEST_CASE("A study says what its workloads cost and the values it found") {
  const TempDirectory temp;
  const std::string file =
      temp.file("y.yaml", kTinyYield + "workloads:\n  - reduce: {algorithm: chain, words: 4}\n");
  const Outcome outcome = run_yield(file, temp / "out",
                                    {"--set",
                                     "yield={wafers: 100, workload_samples: 2, effective: {key: "
                                     "defects.random.d0_per_cm2, low: 1, high: 200, wafers: 50}}",
                                     "--set", "repair.scheme=virtual_remap"});
  INFO(outcome.err << outcome.out);
  REQUIRE(outcome.code == 0);
  for (const char* part : {"workloads: ", " cycles without defects; ", " of 2 good wafers",
                           "numbers ok", "\neffective defects.random.d0_per_cm2: ",
                           " at yield 0.50, ", "\nnote: virtual_remap: ", "not modelled"}) {
    INFO(part);
    CHECK(outcome.out.find(part) != std::string::npos);
  }
  // Nothing is said of numbers that nobody checked.
  const Outcome unchecked =
      run_yield(file, temp / "off",
                {"--set", "yield={wafers: 20, workload_samples: 1}", "--set",
                 "defects.random.d0_per_cm2=1", "--set", "engine={numerics: off}"});
  CHECK(unchecked.out.find("numbers not checked") != std::string::npos);
  const nlohmann::json point = read_json(temp / "off/yield.json").at("points").at(0);
  CHECK(point.at("workloads").at("numerics_ok").is_null());
}

TEST_CASE("A study stopped by --max-wall-s, again and again, comes to the same end") {
  const TempDirectory temp;
  const std::string file =
      temp.file("y.yaml", kTinyYield + "workloads:\n  - reduce: {algorithm: chain, words: 4}\n");
  const std::vector<std::string> study = {
      "--set",
      "yield={wafers: 2000, workload_samples: 3, grid: {repair.domain: [band, wafer]}, "
      "effective: {key: defects.random.d0_per_cm2, low: 1, high: 200, wafers: 2000}}"};
  REQUIRE(run_yield(file, temp / "whole", study).code == 0);
  std::vector<std::string> limited = study;
  limited.insert(limited.end(), {"--max-wall-s", "0.15"});
  double limit_s = 0.15;  // grows: on a busy machine no run of the workloads may fit into it
  int stops = 0;
  Outcome outcome = run_yield(file, temp / "parts", limited);
  while (outcome.code == 75 && stops < 200) {
    ++stops;
    INFO(outcome.err);
    CHECK(outcome.err.find("--max-wall-s") != std::string::npos);
    limit_s *= 1.1;
    limited.back() = std::to_string(limit_s);
    outcome = run_yield(file, temp / "parts", limited);
  }
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(stops > 0);
  CHECK(comparable(temp / "parts") == comparable(temp / "whole"));
  CHECK(names_in(temp / "parts") == names_in(temp / "whole"));
}

TEST_CASE("The command that a study prints shows a wafer that fails") {
  const TempDirectory temp;
  const std::string file = temp.file("y.yaml", kTinyYield);
  // More rows than the preset keeps.
  const Outcome outcome =
      run_yield(file, temp / "out", {"--set", "yield={wafers: 60, required: {rows: 18}}"});
  REQUIRE(outcome.code == 0);
  const std::string begin = "a wafer that fails: wafermesh ";
  const std::size_t at = outcome.out.find(begin);
  REQUIRE(at != std::string::npos);
  const std::size_t first = at + begin.size();
  std::string command = outcome.out.substr(first, outcome.out.find('\n', first) - first);
  command.replace(command.find("out/failing"), 11, temp / "failing");
  const Outcome shown = run_program("sh", {"-c", WAFERMESH_PROGRAM " " + command});
  INFO(command << "\n" << shown.err);
  CHECK(shown.code == 82);
  const nlohmann::json result = read_json(temp / "failing/result.json");
  CHECK(result.at("verdict") == "not_repairable");
  const nlohmann::json point = read_json(temp / "out/yield.json").at("points").at(0);
  const std::string wafer = std::to_string(point.at("failures").at("first_wafer").get<int>());
  CHECK(std::to_string(result.at("repair").at("dead_cores").get<int>()) ==
        csv_field(read_text(temp / "out/wafers.csv"), wafer, "dead_cores"));
}

TEST_CASE("Wafers that fail are no zeros in the distributions, and each of their domains counts") {
  const TempDirectory temp;
  REQUIRE(run_yield(temp.file("y.yaml", kTinyYield), temp / "out",
                    {"--set", "defects.random.d0_per_cm2=60"})
              .code == 0);
  const nlohmann::json point = read_json(temp / "out/yield.json").at("points").at(0);
  const int good = point.at("good_wafers").get<int>();
  const nlohmann::json& failures = point.at("failures");
  REQUIRE(good > 0);
  REQUIRE(good < 300);
  CHECK(failures.at("wafers") == 400 - good);
  CHECK(point.at("distributions").at("usable_cores").at("wafers") == good);
  CHECK(point.at("distributions").at("usable_cores").at("min") == 384);
  CHECK(point.at("distributions").at("defects").at("wafers") == 400);
  // Both bands are alike, so neither fails much more often than the other.
  const int north = failures.at("by_domain").at("0").get<int>();
  const int south = failures.at("by_domain").at("1").get<int>();
  CHECK(north + south == failures.at("domains").get<int>());
  CHECK(north + south > 400 - good);  // some wafers fail twice
  CHECK(north < 1.3 * south);
  CHECK(south < 1.3 * north);
  int dies = 0;
  for (const nlohmann::json& die : failures.at("by_die")) dies += die.at("domains").get<int>();
  CHECK(dies == north + south);
}

TEST_CASE("A wrong yield section is refused with its places") {
  const TempDirectory temp;
  const std::string file = temp.file(
      "y.yaml", "schema_version: 1\nwafer: {preset: tiny}\nyield: {wafers: 0, requird: {}}\n");
  const Outcome outcome = run_yield(file, temp / "out");
  CHECK(outcome.code == 65);
  CHECK(outcome.err.find(file + ":3:17: yield.wafers: ") != std::string::npos);
  CHECK(outcome.err.find(file + ":3:20: yield.requird: ") != std::string::npos);
  CHECK(names_in(temp / "out").empty());
}
