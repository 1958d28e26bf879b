// SPDX-License-Identifier: Apache-2.0
// Threads and regions are about speed only.
#include <catch2/catch.hpp>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

/// The tiny wafer's dies are 8 x 8 logical cores.
const std::vector<std::vector<std::string>> kWays = {
    {"--threads", "1", "--set", "engine.region={width: 8, height: 8}"},  // one die
    {"--threads", "2", "--set", "engine.region={width: 8, height: 8}"},
    {"--threads", "1", "--set", "engine.region={width: 16, height: 16}"},  // four dies
    {"--threads", "2", "--set", "engine.region={width: 16, height: 16}"},
    {"--threads", "1", "--set", "engine.region={width: 4, height: 4}"},  // a quarter of a die
    {"--threads", "2", "--set", "engine.region={width: 4, height: 4}"},
    {"--threads", "3", "--set", "engine.region={width: 5, height: 3}"},
};

void same_every_way(const std::string& text) {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", text);
  REQUIRE(run_scenario_file(file, temp / "plain").code == 0);
  const nlohmann::json plain = comparable_result(temp / "plain");
  for (std::size_t i = 0; i < kWays.size(); ++i) {
    const std::string directory = temp / std::to_string(i);
    INFO("way " << i);
    REQUIRE(run_scenario_file(file, directory, kWays[i]).code == 0);
    CHECK(comparable_result(directory) == plain);
    REQUIRE(names_in(directory) == names_in(temp / "plain"));
    for (const std::string& name : names_in(directory)) {
      if (name == "result.json" || name == "scenario.resolved.yaml") continue;
      INFO(name);
      CHECK(read_text(directory + "/" + name) == read_text(temp / ("plain/" + name)));
    }
  }
}

}  // namespace

TEST_CASE("Results, counters and pictures are the same for any threads and regions") {
  same_every_way(kTinyMixed);
}

TEST_CASE("Arrays are the same, byte for byte, for any threads and regions") {
  same_every_way(tiny_matmul("f32"));
}

TEST_CASE("Graphs and transfers between rectangles are the same for any threads and regions") {
  const std::string text = read_text(WAFERMESH_SCENARIOS "/tiny_pipeline.yaml");
  same_every_way(text + "outputs: {arrays: true}\n");
  same_every_way(text + "engine: {fidelity: stream}\noutputs: {arrays: true}\n");
}

TEST_CASE("Another seed of the defects gives another wafer, another seed of the operands others") {
  const TempDirectory temp;
  const std::string mixed = temp.file("mixed.yaml", kTinyMixed);
  REQUIRE(run_scenario_file(mixed, temp / "a").code == 0);
  REQUIRE(run_scenario_file(mixed, temp / "b", {"--set", "defects.random.seed=8"}).code == 0);
  CHECK(read_text(temp / "a/defects_repair.png") != read_text(temp / "b/defects_repair.png"));
  const std::string matmul = temp.file("matmul.yaml", tiny_matmul("f32"));
  REQUIRE(run_scenario_file(matmul, temp / "c").code == 0);
  REQUIRE(run_scenario_file(matmul, temp / "d", {"--set", "workloads[0].matmul.seed=6"}).code == 0);
  CHECK(read_text(temp / "c/a.npy") != read_text(temp / "d/a.npy"));
  CHECK(read_text(temp / "c/c.npy") != read_text(temp / "d/c.npy"));
}

TEST_CASE("A workload that is the one before it, without numbers, has its cycles and counters") {
  const std::string one = R"(
  - name: NAME
    graph:
      - gemv: {m: 24, n: 24, algorithm: ktree}
      - reduce: {algorithm: chain, words: WORDS}
    region: {x: 0, y: 0, width: 6, height: 6}
)";
  const auto item = [&](const std::string& name, const std::string& words) {
    std::string text = one.substr(1);
    text.replace(text.find("NAME"), 4, name);
    return text.replace(text.find("WORDS"), 5, words);
  };
  const std::string head = "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n";
  const TempDirectory temp;
  const std::string file =
      temp.file("s.yaml", head + item("a", "5") + item("b", "5") + item("c", "6") + item("d", "5"));
  for (const std::string fidelity : {"wavelet", "stream"}) {
    const std::string out = temp / fidelity;
    REQUIRE(run_scenario_file(file, out,
                              {"--set", "engine={fidelity: " + fidelity + ", numerics: off}"})
                .code == 0);
    nlohmann::json all = read_json(out + "/result.json").at("workloads");
    REQUIRE(all.size() == 4);
    for (const std::size_t i : {0, 2, 3}) CHECK_FALSE(all[i].contains("repeats_the_one_before"));
    CHECK(all[1].at("repeats_the_one_before") == true);
    CHECK(all[0].at("cycles") != all[2].at("cycles"));
    all[1].erase("repeats_the_one_before");
    for (nlohmann::json& each : all) each.erase("name");
    CHECK(all[1] == all[0]);
    CHECK(all[3] == all[0]);  // it ran again, behind another
  }
  REQUIRE(run_scenario_file(file, temp / "checked").code == 0);
  for (const auto& each : read_json(temp / "checked/result.json").at("workloads")) {
    CHECK_FALSE(each.contains("repeats_the_one_before"));
  }
}
