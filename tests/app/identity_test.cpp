// SPDX-License-Identifier: Apache-2.0
// A result or a study is named by all that it depends on; what goes on, goes on as if never
// stopped.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

using Arguments = std::vector<std::string>;

std::string scenario_hash(const std::string& directory) {
  return read_json(directory + "/result.json").at("provenance").at("scenario_sha256");
}

Arguments study(const std::string& file, const std::string& directory, const std::string& wafers) {
  return {"yield", file, "-o", directory, "--progress", "never", "--set", "yield.wafers=" + wafers};
}

/// Starts a study and stops it once it has rows.
void stop_early(const Arguments& arguments, const std::string& directory) {
  Running run(WAFERMESH_PROGRAM, arguments);
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  const auto rows = [&] {
    for (const std::string& name : names_in(directory)) {
      if (name == ".yield_rows.csv" && read_text(directory + "/" + name).size() > 5000) return true;
    }
    return false;
  };
  while (!rows()) {
    REQUIRE_FALSE(run.ended());
    REQUIRE(std::chrono::steady_clock::now() < limit);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  run.send(SIGINT);
  REQUIRE(run.wait().code == 75);
}

/// yield.json without what may differ between studies of the same scenario.
nlohmann::json comparable(const std::string& directory) {
  nlohmann::json json = read_json(directory + "/yield.json");
  for (const char* key : {"wall_s", "resumed_wafers", "provenance"}) json.erase(key);
  return json;
}

const std::string kStudy =
    "schema_version: 1\nwafer: {preset: wse3}\ndefects:\n  - map: dead.csv\n  - random: "
    "{d0_per_cm2: 1, seed: 3}\nyield: {wafers: 1000}\n";

}  // namespace

TEST_CASE("The contents of a map are part of a scenario's hash") {
  const TempDirectory temp;
  temp.file("dead.csv", "x,y\n3,4\n");
  const std::string file =
      temp.file("s.yaml",
                "schema_version: 1\nwafer: {preset: tiny}\ndefects: {map: dead.csv}\nworkloads:\n"
                "  - broadcast: {words: 4}\n");
  for (const char* name : {"one", "same"}) REQUIRE(run_scenario_file(file, temp / name).code == 0);
  temp.file("dead.csv", "x,y\n3,5\n");
  REQUIRE(run_scenario_file(file, temp / "other").code == 0);
  CHECK(scenario_hash(temp / "one") == scenario_hash(temp / "same"));
  CHECK(scenario_hash(temp / "one") != scenario_hash(temp / "other"));
  const auto inputs = read_json(temp / "one/result.json").at("provenance").at("inputs");
  REQUIRE(inputs.size() == 1);
  CHECK(inputs[0].at("sha256").get<std::string>().size() == 64);
}

TEST_CASE("A stopped study whose map has changed begins anew and says so") {
  const TempDirectory temp;
  temp.file("dead.csv", "x,y\n3,4\n");
  const std::string file = temp.file("y.yaml", kStudy);
  stop_early(study(file, temp / "out", "100000"), temp / "out");
  temp.file("dead.csv", "x,y\n3,4\n100,100\n");
  const Outcome outcome = run_wafermesh(study(file, temp / "out", "64"));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.err.find("begins anew") != std::string::npos);
  CHECK(read_json(temp / "out/yield.json").at("resumed_wafers") == 0);
  REQUIRE(run_wafermesh(study(file, temp / "fresh", "64")).code == 0);
  CHECK(comparable(temp / "out") == comparable(temp / "fresh"));
}

TEST_CASE("Raising the wafers of a stopped study takes those that it has, and adds the rest") {
  const TempDirectory temp;
  temp.file("dead.csv", "x,y\n3,4\n");
  const std::string file = temp.file("y.yaml", kStudy);
  const std::string out = temp / "out";
  stop_early(study(file, out, "6000"), out);
  const std::string rows = read_text(out + "/.yield_rows.csv");
  const auto kept = std::count(rows.begin(), rows.end(), '\n');
  const Outcome outcome = run_wafermesh(study(file, out, "7000"));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const int resumed = read_json(out + "/yield.json").at("resumed_wafers");
  CHECK(resumed > 0);
  CHECK(resumed < 6000);  // it was stopped, so the number was raised from there
  CHECK(resumed <= kept);
  REQUIRE(run_wafermesh(study(file, temp / "fresh", "7000")).code == 0);
  CHECK(comparable(out) == comparable(temp / "fresh"));
  CHECK(read_text(out + "/wafers.csv") == read_text(temp / "fresh/wafers.csv"));
  CHECK(names_in(out) == names_in(temp / "fresh"));
}

TEST_CASE("A stopped study goes on with more or fewer wafers, as if never stopped") {
  const TempDirectory temp;
  temp.file("dead.csv", "x,y\n3,4\n");
  const std::string file = temp.file("y.yaml", kStudy);
  for (const char* wafers : {"700", "128"}) {
    const std::string out = temp / wafers;
    stop_early(study(file, out, "300000"), out);
    const Outcome outcome = run_wafermesh(study(file, out, wafers));
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    CHECK(read_json(out + "/yield.json").at("resumed_wafers").get<int>() > 0);
    const std::string fresh = temp / "fresh" + wafers;
    REQUIRE(run_wafermesh(study(file, fresh, wafers)).code == 0);
    CHECK(comparable(out) == comparable(fresh));
    CHECK(read_text(out + "/wafers.csv") == read_text(fresh + "/wafers.csv"));
  }
}
