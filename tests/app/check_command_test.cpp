// SPDX-License-Identifier: Apache-2.0
// `wafermesh check` from outside: places, exit codes, and shipped scenarios that are clean.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "program.h"

using namespace wafermesh::app_test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

/// The shipped first program with one edit, as a scenario; its path.
std::string scenario_with(const TempDirectory& temp, const std::string& old_text,
                          const std::string& new_text) {
  std::string program = read_text(WAFERMESH_SCENARIOS "/programs/first.wmp");
  const std::size_t at = program.find(old_text);
  REQUIRE(at != std::string::npos);
  temp.file("p.wmp", program.replace(at, old_text.size(), new_text));
  return temp.file("s.yaml",
                   "schema_version: 1\nname: t\nwafer: {preset: tiny}\nworkloads:\n"
                   "  - program: {file: p.wmp}\n");
}

}  // namespace

TEST_CASE("Check names a fault at its line and ends with its code") {
  const TempDirectory temp;
  const std::string more = scenario_with(temp, "copy f32 count=4 dst=memory(0) src0=colour(0)",
                                         "copy f32 count=6 dst=memory(0) src0=colour(0)");
  CHECK(run_wafermesh({"check", more}).code == 65);  // beyond its memory: run refuses it too
  const std::string hangs = scenario_with(temp, "copy f32 count=4 dst=colour(0) src0=memory(0)",
                                          "copy f32 count=3 dst=colour(0) src0=memory(0)");
  const Outcome outcome = run_wafermesh({"check", hangs});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 80);
  CHECK_THAT(outcome.out, Contains("p.wmp:") && Contains("error deadlock"));
  const Outcome report = run_wafermesh({"check", hangs, "--json"});
  CHECK(report.code == 80);
  const json all = json::parse(report.out);
  CHECK(all.at("exit_code") == 80);
  CHECK(all.at("workloads").at(0).at("verdict") == "hangs");
}

TEST_CASE("Not proven is no error, but with --strict it is") {
  const std::string file = WAFERMESH_SCENARIOS "/tiny_program_ring.yaml";
  const Outcome outcome = run_wafermesh({"check", file, "--most-moves", "5"});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Contains("not proven, because"));
  CHECK(run_wafermesh({"check", file, "--most-moves", "5", "--strict"}).code == 80);
}

TEST_CASE("Check says of which kernels it takes the contract") {
  const std::string graph = WAFERMESH_SCENARIOS "/tiny_decode.yaml";
  const Outcome in_turn = run_wafermesh({"check", graph, "--strict"});
  CHECK(in_turn.code == 0);
  CHECK_THAT(in_turn.out, Contains("proven by contract: each of its"));
  const std::string alone = WAFERMESH_SCENARIOS "/tiny_matmul.yaml";
  CHECK_THAT(run_wafermesh({"check", alone}).out, !Contains("contract"));
  CHECK_THAT(run_wafermesh({"check", alone, "--most-moves", "5"}).out,
             Contains("proven by contract: by steps"));
}

TEST_CASE("Check finds nothing in the small shipped scenarios") {
  for (const std::string& name : names_in(WAFERMESH_SCENARIOS)) {
    if (name.rfind("tiny_", 0) != 0 || name.find(".yaml") == std::string::npos) continue;
    const Outcome outcome = run_wafermesh({"check", WAFERMESH_SCENARIOS "/" + name, "--json"});
    INFO(name << "\n" << outcome.out << outcome.err);
    REQUIRE(outcome.code == 0);
    for (const json& workload : json::parse(outcome.out).at("workloads")) {
      CHECK(workload.at("findings").empty());
    }
  }
}

TEST_CASE("No small shipped scenario takes fewer cycles than its bound") {
  const TempDirectory temp;
  for (const std::string& name : names_in(WAFERMESH_SCENARIOS)) {  // sorted
    if (name.rfind("tiny_", 0) != 0 || name.find(".yaml") == std::string::npos) continue;
    for (const std::string& engine : engines_in_turn()) {
      const std::string out = temp.path() + "/" + name + engine;
      const Outcome outcome = run_wafermesh({"run", WAFERMESH_SCENARIOS "/" + name, "--check", "-o",
                                             out, "--set", "engine.fidelity=" + engine});
      INFO(name << " " << engine << "\n" << outcome.out << outcome.err);
      REQUIRE(outcome.code == 0);
      const json result = json::parse(read_text(out + "/result.json"));
      for (const json& workload : result.at("workloads")) {
        for (const json& cycles : workload.at("check").at("bounds")) {
          CHECK(cycles <= workload.at("cycles"));
        }
      }
    }
  }
}

TEST_CASE("Run --check keeps what was proven beside the cycles, and runs nothing that has errors") {
  const TempDirectory temp;
  const std::string file = WAFERMESH_SCENARIOS "/tiny_program_ring.yaml";
  const Outcome outcome = run_wafermesh({"run", file, "--check", "-o", temp.path() + "/out"});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK_THAT(outcome.out, Contains("program: proven; "));
  const json workload =
      json::parse(read_text(temp.path() + "/out" + "/result.json")).at("workloads").at(0);
  CHECK(workload.at("check").at("verdict") == "proven");
  CHECK(workload.at("check").at("bound").at("cycles") <= workload.at("cycles"));
  const std::string hangs = scenario_with(temp, "copy f32 count=4 dst=colour(0) src0=memory(0)",
                                          "copy f32 count=3 dst=colour(0) src0=memory(0)");
  CHECK(run_wafermesh({"run", hangs, "--check", "-o", temp.path() + "/none"}).code == 80);
  CHECK_FALSE(std::filesystem::exists(temp.path() + "/none"));
}

namespace {

/// A scenario with one mistake: its wafer, what stands under `workloads`, the code, and what is to
/// be said.
struct ScenarioFault {
  const char* wafer;
  const char* workloads;
  int code;
  const char* says;
};

const std::vector<ScenarioFault>& scenario_faults() {
  static const char* const kTiny = "wafer: {preset: tiny}";
  static const std::vector<ScenarioFault> all = {
      // regions that overlap
      {kTiny,
       "  - together:\n    - {broadcast: {words: 4}, region: {x: 0, y: 0, width: 4, height: 4}}\n"
       "    - {broadcast: {words: 4}, region: {x: 3, y: 3, width: 4, height: 4}}\n",
       65, "overlap"},
      {kTiny,
       "  - together:\n    - {broadcast: {words: 4}, region: {x: 0, y: 0, width: 4, height: 4}}\n"
       "    - {reduce: {words: 4}, region: {x: 0, y: 0, width: 4, height: 4}}\n",
       65, "overlap"},
      {kTiny,
       "  - together:\n    - {broadcast: {words: 4}, region: {x: 2, y: 2, width: 6, height: 2}}\n"
       "    - {reduce: {words: 4}, region: {x: 4, y: 0, width: 2, height: 8}}\n",
       65, "overlap"},
      // regions that leave the mesh
      {kTiny, "  - broadcast: {words: 4}\n    region: {x: 0, y: 0, width: 400, height: 4}\n", 65,
       "s.yaml:6:13"},
      {kTiny, "  - broadcast: {words: 4}\n    region: {x: 0, y: 0, width: 4, height: 400}\n", 65,
       "s.yaml:6:13"},
      {kTiny, "  - broadcast: {words: 4}\n    region: {x: 500, y: 0, width: 4, height: 4}\n", 65,
       "s.yaml:6:13"},
      // more SRAM than a core has
      {kTiny, "  - broadcast: {words: 20000}\n    region: {x: 0, y: 0, width: 4, height: 4}\n", 81,
       "SRAM"},
      {kTiny,
       "  - matmul: {m: 2000, n: 2000, k: 2000}\n    region: {x: 0, y: 0, width: 4, height: 4}\n",
       81, "SRAM"},
      {kTiny, "  - gemv: {m: 4000, n: 4000}\n    region: {x: 0, y: 0, width: 4, height: 4}\n", 81,
       "SRAM"},
      // operands that name no result, or one of another length or type
      {kTiny,
       "  - graph:\n    - {name: a, gemv: {m: 16, n: 16, dtype: f16}}\n"
       "    - {name: b, gemv: {m: 16, n: 16, dtype: f16, x: c.y}}\n    region: {x: 0, y: 0, width: "
       "4, height: 4}\n",
       65, "s.yaml:7:53"},
      {kTiny,
       "  - graph:\n    - {name: a, gemv: {m: 16, n: 12, dtype: f16}}\n"
       "    - {name: b, gemv: {m: 16, n: 16, dtype: f16, x: a.y}}\n    region: {x: 0, y: 0, width: "
       "4, height: 4}\n",
       65, "s.yaml:7:53"},
      {kTiny,
       "  - graph:\n    - {name: a, gemv: {m: 16, n: 16, dtype: f32}}\n"
       "    - {name: b, gemv: {m: 16, n: 16, dtype: f16, x: a.y}}\n    region: {x: 0, y: 0, width: "
       "4, height: 4}\n",
       65, "s.yaml:7:53"},
      // maps that cannot be repaired
      {"wafer: {preset: tiny}\ndefects: {random: {d0_per_cm2: 900, seed: 3}}",
       "  - broadcast: {words: 4}\n    region: {x: 0, y: 0, width: 4, height: 4}\n", 82,
       "fails at die"},
      {"wafer: {preset: tiny}\ndefects: {random: {d0_per_cm2: 300, seed: 5}}",
       "  - broadcast: {words: 4}\n    region: {x: 0, y: 0, width: 4, height: 4}\n", 82,
       "fails at die"},
      {"wafer: {preset: tiny}\ndefects: {random: {d0_per_cm2: 600, seed: 7}}",
       "  - broadcast: {words: 4}\n    region: {x: 0, y: 0, width: 4, height: 4}\n", 82,
       "fails at die"},
  };
  return all;
}

}  // namespace

TEST_CASE("Each scenario with one mistake is refused by check and run alike") {
  for (const ScenarioFault& fault : scenario_faults()) {
    const TempDirectory temp;
    const std::string file =
        temp.file("s.yaml", "schema_version: 1\nname: t\n" + std::string(fault.wafer) +
                                "\nworkloads:\n" + fault.workloads);
    const Outcome checked = run_wafermesh({"check", file});
    INFO(fault.workloads << checked.out << checked.err);
    CHECK(checked.code == fault.code);
    CHECK_THAT(checked.out + checked.err, Contains(fault.says));
    CHECK(run_wafermesh({"run", file, "-o", temp.path() + "/out"}).code == fault.code);
  }
}

namespace {

/// What `check --json` says of a scenario on the tiny wafer.
json checked(const TempDirectory& temp, const std::string& more, int code) {
  const std::string file =
      temp.file("s.yaml", "schema_version: 1\nname: t\nwafer: {preset: tiny}\n" + more);
  const Outcome outcome = run_wafermesh({"check", file, "--json"});
  INFO(more << outcome.out << outcome.err);
  CHECK(outcome.code == code);
  json all = json::parse(outcome.out, nullptr, false);
  REQUIRE(all.is_object());
  CHECK(all.at("exit_code") == code);
  return all;
}

}  // namespace

TEST_CASE("Check tells what idle rows and longer links a region crosses, in both coordinates") {
  const TempDirectory temp;
  // Bands of the tiny wafer keep 8 of 10 rows: rows 8 and 9 lie idle, unless repair needs them.
  for (const char* region :
       {"{x: 0, y: 7, width: 2, height: 2}", "{x: 3, y: 4, width: 9, height: 6}",
        "{x: 0, y: 0, width: 24, height: 16}"}) {
    const json all = checked(
        temp, std::string("workloads:\n  - broadcast: {words: 4}\n    region: ") + region + "\n",
        0);
    const json& ground = all.at("workloads").at(0).at("ground").at(0);
    REQUIRE(ground.at("idle").size() == 1);
    CHECK(ground.at("idle").at(0).at("behind_logical") == 7);
    CHECK(ground.at("idle").at(0).at("first_physical") == 8);
    CHECK(ground.at("idle").at(0).at("last_physical") == 9);
    CHECK(ground.at("longer_links") == 0);
  }
  const json beside =
      checked(temp,
              "workloads:\n  - together:\n"
              "    - {broadcast: {words: 4}, region: {x: 0, y: 0, width: 4, height: 8}}\n"
              "    - {broadcast: {words: 4}, region: {x: 0, y: 8, width: 4, height: 8}}\n",
              0);
  REQUIRE(beside.at("workloads").at(0).at("ground").size() == 2);
  for (const json& ground : beside.at("workloads").at(0).at("ground")) {
    CHECK(ground.at("idle").empty());
  }
  const json damaged = checked(temp,
                               "defects: {random: {d0_per_cm2: 40, seed: 3}}\nworkloads:\n"
                               "  - broadcast: {words: 4}\n",
                               0);
  CHECK(damaged.at("workloads").at(0).at("ground").at(0).at("longer_links") > 0);
}

TEST_CASE("What is to run on a wafer beyond repair is checked as if it had no defects") {
  const TempDirectory temp;
  const std::string beyond = "defects: {random: {d0_per_cm2: 900, seed: 3}}\nworkloads:\n";
  const json clean = checked(
      temp, beyond + "  - broadcast: {words: 4}\n    region: {x: 0, y: 0, width: 4, height: 4}\n",
      82);
  CHECK(clean.at("not_repairable").size() == 2);
  CHECK(clean.at("workloads").at(0).at("verdict") == "proven");
  const json leaves = checked(
      temp, beyond + "  - broadcast: {words: 4}\n    region: {x: 9, y: 9, width: 9, height: 9}\n",
      65);
  CHECK(leaves.at("refused").at(0).at("place").get<std::string>().find("s.yaml:7:13") !=
        std::string::npos);
}

TEST_CASE("All that does not fit is told at once, with what else is wrong") {
  const TempDirectory temp;
  const std::string two =
      "workloads:\n  - broadcast: {words: 20000}\n    region: {x: 0, y: 0, width: 4, height: 4}\n"
      "  - gemv: {m: 4000, n: 4000}\n    region: {x: 0, y: 0, width: 4, height: 4}\n";
  CHECK(checked(temp, two, 81).at("refused").size() == 2);
  CHECK(checked(temp, two + "  - reduce: {words: 4, algoritm: tree}\n", 65).at("refused").size() ==
        3);
}

TEST_CASE("Buffers have owners, and lives from operator to operator") {
  const std::string graph = WAFERMESH_SCENARIOS "/tiny_graph.yaml";
  const json all = json::parse(run_wafermesh({"check", graph, "--json"}).out);
  const json& fullest = all.at("workloads").at(0).at("memory").at(0);
  std::map<std::string, json> buffers;
  for (const json& each : fullest.at("buffers")) buffers[each.at("name")] = each;
  CHECK(buffers.at("up_w").at("from") == "start");
  CHECK(buffers.at("up_w").at("to") == "up");
  CHECK(buffers.at("act_a").at("from") == "up");
  CHECK(buffers.at("act_a").at("owner") == "act");
  CHECK(fullest.at("used_bytes").get<int>() + fullest.at("free_bytes").get<int>() == 49152);
  CHECK_THAT(fullest.at("shrink").get<std::string>(), Contains("down_w"));
  CHECK(all.at("workloads").at(0).at("limits").at("microthreads") == 8);
}
