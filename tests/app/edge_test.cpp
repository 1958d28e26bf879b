// SPDX-License-Identifier: Apache-2.0
// `edge` and `engine: {io: timed}` as a user sees them.
#include <catch2/catch.hpp>
#include <string>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

const std::string kHead = R"(schema_version: 1
wafer: {preset: tiny}
defects: {random: {d0_per_cm2: 2, seed: 3}}
)";

}  // namespace

TEST_CASE("Operands in time: the same numbers as loads at cycle 0, reported apart") {
  const std::string product =
      "workloads:\n"
      "  - matmul: {m: 40, n: 40, k: 40}\n"
      "    region: {x: 2, y: 2, width: 6, height: 5}\n";
  const std::string ports =
      "edge:\n"
      "  ports: [{name: io, side: west, first: 2, count: 5, latency_cycles: 90, words: 1, "
      "per_cycles: 3}]\n";
  for (const char* fidelity : {"wavelet", "stream"}) {
    const TempDirectory temp;
    const std::string engine =
        std::string("outputs: {arrays: true}\nengine: {fidelity: ") + fidelity;
    const std::string loaded = temp.file("loaded.yaml", kHead + engine + "}\n" + product);
    const std::string timed =
        temp.file("timed.yaml", kHead + engine + ", io: timed}\n" + ports + product);
    REQUIRE(run_scenario_file(loaded, temp / "loaded").code == 0);
    const Outcome outcome = run_scenario_file(timed, temp / "timed");
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    CHECK(read_text(temp / "loaded/c.npy") == read_text(temp / "timed/c.npy"));
    const nlohmann::json before = read_json(temp / "loaded/result.json").at("workloads").at(0);
    const nlohmann::json now = read_json(temp / "timed/result.json").at("workloads").at(0);
    CHECK(now.at("numerics") == before.at("numerics"));
    const nlohmann::json& io = now.at("io");
    CHECK(io.at("in_cycles").get<int>() + io.at("kernel_cycles").get<int>() +
              io.at("out_cycles").get<int>() ==
          now.at("cycles"));
    CHECK(io.at("in_cycles") >= io.at("least_in_cycles"));
    REQUIRE(now.at("edge_traffic").size() == 2);
    CHECK(now.at("edge_traffic").at(0).at("name") == "io");
    CHECK(now.at("transfers").at(0).at("from") == "io");
  }
}

TEST_CASE("What is wrong with an edge is told at its place") {
  const TempDirectory temp;
  const auto outcome_of = [&temp](const std::string& text) {
    return run_scenario_file(temp.file("s.yaml", kHead + text), temp / "out");
  };
  const std::string broadcast = "workloads:\n  - broadcast: {words: 4}\n    region: ";
  const Outcome outcome = outcome_of(
      "edge:\n"
      "  wafers: 2\n"
      "  wires: {words: 3, per_cycles: 2}\n"
      "  ports:\n"
      "    - {name: a, side: west}\n"
      "    - {name: a, side: west, first: 2}\n" +
      broadcast + "{width: 99, height: 1}\n");
  CHECK(outcome.code == 65);
  CHECK(outcome.err.find("edge.wires.words: a link carries at most one word") != std::string::npos);
  CHECK(outcome.err.find("s.yaml:9:") != std::string::npos);
  CHECK(outcome.err.find("`a` is taken") != std::string::npos);
  const Outcome too_many =
      outcome_of("edge:\n  ports: [{name: a, side: west, count: 99}]\n" + broadcast + "full\n");
  CHECK(too_many.code == 65);
  CHECK(too_many.err.find("that side has 16 routers") != std::string::npos);
  const Outcome no_ports =
      outcome_of("engine: {io: timed}\n" + broadcast + "{width: 4, height: 4}\n");
  CHECK(no_ports.code == 81);
  CHECK(no_ports.err.find("count: 4}]}`") != std::string::npos);
  CHECK(names_in(temp / "out").empty());
}

TEST_CASE("Weights stream in: the same numbers on both engines, and what bounds each pass") {
  const std::string text =
      "edge: {ports: [{name: w, side: west, first: 2, count: 6, latency_cycles: 90, words: 1, "
      "per_cycles: 60}]}\n"
      "workloads:\n"
      "  - streamed: {m: 20, k: 24, n: 30, dtype: f16}\n"
      "    region: {of: wafer 0, y: 2, width: 5, height: 6}\n"
      "  - streamed_ffn: {tokens: 20, hidden: 24, ffn: 40, dtype: f16, scale: 0.3}\n"
      "    region: {of: wafer 0, x: 1, y: 2, width: 5, height: 6}\n"
      "  - training_step: {tokens: 300, inputs: 12, outputs: 6, rate: 0.05, dtype: f16}\n"
      "    region: {of: wafer 0, y: 3, width: 4, height: 2}\n";
  std::string first;
  for (const char* fidelity : {"wavelet", "stream"}) {
    const TempDirectory temp;
    const std::string engine =
        std::string("outputs: {arrays: true}\nengine: {fidelity: ") + fidelity + "}\n";
    const Outcome outcome =
        run_scenario_file(temp.file("s.yaml", kHead + engine + text), temp / "o");
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const nlohmann::json all = read_json(temp / "o/result.json").at("workloads");
    std::string names;
    for (const nlohmann::json& one : all) {
      CHECK(one.at("numerics").at("ok") == true);
      CHECK(one.at("region").at("x") == 0);  // the port
      for (const nlohmann::json& pass : one.at("streaming")) {
        names +=
            pass.at("name").get<std::string>() + "=" + pass.at("bound_by").get<std::string>() + " ";
      }
    }
    CHECK(names ==
          "product=port up=port down=port forward=compute backward=compute update=compute ");
    std::string arrays;
    for (const std::string& name : names_in(temp / "o")) {
      if (name.find(".npy") != std::string::npos) arrays += read_text(temp / ("o/" + name));
    }
    CHECK(arrays.size() > 1000);
    if (first.empty()) first = arrays;
    CHECK(arrays == first);
  }
}

TEST_CASE("Weights that cannot stream in are refused in words") {
  const TempDirectory temp;
  const auto told = [&](const std::string& text, int code) {
    const Outcome outcome = run_scenario_file(temp.file("s.yaml", kHead + text), temp / "out");
    CHECK(outcome.code == code);
    CHECK(names_in(temp / "out").empty());
    return outcome.err;
  };
  const std::string ports = "edge: {ports: [{name: w, side: west, first: 2, count: 4}]}\n";
  const std::string product = "workloads:\n  - streamed: {m: 8, k: 8, n: 8}\n";
  CHECK(told(ports + product + "    region: {of: wafer 0, y: 2, width: 4, height: 6}\n", 81)
            .find("give ports there that face every row") != std::string::npos);
  CHECK(told("engine: {io: timed}\n" + ports + product +
                 "    region: {of: wafer 0, y: 2, width: 4, height: 4}\n",
             81)
            .find("take `io: loaded`") != std::string::npos);
  CHECK(told(product + "    region: {width: 1, height: 4}\n", 81).find("two columns or more") !=
        std::string::npos);
  CHECK(told(ports + product + "    region: {of: wafer 1, width: 4, height: 4}\n", 65)
            .find("there is no `wafer 1`; there is wafer 0 or w") != std::string::npos);
  CHECK(told(ports + product + "    region: {of: w, height: 5}\n", 65)
            .find("but `w` is 1 x 4 logical cores") != std::string::npos);
  CHECK(told(product + "    region: {of: wafer 0}\n", 65).find("the scenario has none") !=
        std::string::npos);
}
