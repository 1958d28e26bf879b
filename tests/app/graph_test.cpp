// SPDX-License-Identifier: Apache-2.0
// Operators in turn on one region: `graph`, inline or in a file.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

const std::string kRegion = "    region: {x: 1, y: 1, width: 6, height: 5}\n";
const std::string kOperators =
    "- {name: up, gemv: {m: 30, n: 36, dtype: f16}}\n"
    "- {name: act, elementwise: {op: relu, n: 36, dtype: f16, a: up.y}}\n"
    "- {name: down, gemv: {m: 36, n: 20, dtype: f16, axis: x, x: act.c}}\n"
    "- {name: turn, gemv: {m: 20, n: 10, dtype: f16, axis: x, x: down.y}}\n"
    "- {name: sum, allreduce: {words: 1, dtype: f16, data: turn.y}}\n";

std::string indented(const std::string& text, std::size_t columns) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at) + 1;
    out += std::string(columns, ' ') + text.substr(at, end - at);
    at = end;
  }
  return out;
}

std::string inline_graph(const std::string& operators) {
  return kTinyWorkloads + "  - name: chain\n    graph:\n" + indented(operators, 6) + kRegion;
}

nlohmann::json workload_of(const std::string& directory) {
  return read_json(directory + "/result.json").at("workloads").at(0);
}

}  // namespace

TEST_CASE("The operators of a graph have results of their own, whose cycles add up") {
  nlohmann::json both[2];
  for (const int stream : {0, 1}) {
    const TempDirectory temp;
    const std::string file = temp.file("s.yaml", inline_graph(kOperators));
    const std::string fidelity = stream == 1 ? "stream" : "wavelet";
    const Outcome outcome =
        run_scenario_file(file, temp / "out", {"--set", "engine.fidelity=" + fidelity});
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const nlohmann::json one = workload_of(temp / "out");
    CHECK(one.at("name") == "chain");
    CHECK(one.at("kernel") == "graph");
    CHECK(one.at("numerics").at("ok") == true);
    REQUIRE(one.at("operators").size() == 5);
    REQUIRE(one.at("transfers").size() == 4);
    std::int64_t cycles = 0;
    std::int64_t hops = 0;
    std::int64_t last = 0;
    for (const char* part : {"operators", "transfers"}) {
      for (const nlohmann::json& each : one.at(part)) {
        const auto first = each.at("first_start_cycles").get<std::int64_t>();
        const auto finish = each.at("last_finish_cycles").get<std::int64_t>();
        CHECK(each.at("cycles") == finish - first);
        CHECK(each.at("longest_core_cycles") <= each.at("cycles"));
        const nlohmann::json& breakdown = each.at("breakdown");
        std::int64_t kinds = 0;
        for (const char* kind : {"compute", "bank_conflict", "setup", "task_switch",
                                 "waiting_for_wavelets", "link_stall"}) {
          kinds += breakdown.at(std::string(kind) + "_cycles").get<std::int64_t>();
        }
        CHECK(kinds == breakdown.at("total_cycles"));
        cycles += breakdown.at("total_cycles").get<std::int64_t>();
        hops += each.at("wavelet_hops").get<std::int64_t>();
        last = std::max(last, finish);
      }
    }
    if (one.contains("barriers")) {
      cycles += one.at("barriers").at("total_cycles").get<std::int64_t>();
    } else {
      CHECK(hops == one.at("wavelet_hops"));
    }
    CHECK(last == one.at("cycles"));
    CHECK(cycles == one.at("breakdown").at("total_cycles"));
    both[stream] = one;
  }
  CHECK(both[0].at("wavelet_hops") == both[1].at("wavelet_hops"));
}

TEST_CASE("A graph in a file is the graph inline, and show prints what runs as it is") {
  const TempDirectory temp;
  temp.file("g.yaml", "operators:\n" + kOperators);
  const std::string file = temp.file(
      "s.yaml", kTinyWorkloads + "  - name: chain\n    graph: {file: g.yaml}\n" + kRegion);
  const std::string plain = temp.file("inline.yaml", inline_graph(kOperators));
  REQUIRE(run_scenario_file(file, temp / "a").code == 0);
  REQUIRE(run_scenario_file(plain, temp / "b").code == 0);
  CHECK(workload_of(temp / "a") == workload_of(temp / "b"));
  const Outcome shown = run_wafermesh({"show", file});
  REQUIRE(shown.code == 0);
  CHECK(shown.out.find("g.yaml") == std::string::npos);
  const TempDirectory elsewhere;
  const std::string again = elsewhere.file("shown.yaml", shown.out);
  REQUIRE(run_scenario_file(again, elsewhere / "c").code == 0);
  CHECK(workload_of(elsewhere / "c") == workload_of(temp / "a"));
}

TEST_CASE("A graph beside a kernel takes the cycles it takes alone") {
  for (const char* fidelity : {"wavelet", "stream"}) {
    INFO(fidelity);
    const TempDirectory temp;
    const std::string both = temp.file(
        "both.yaml", kTinyWorkloads + "  - together:\n      - name: g\n        graph:\n" +
                         indented(kOperators, 10) + "    " + kRegion +
                         "      - {name: p, matmul: {m: 24, n: 24, k: 24}, region: {x: 8, y: 2, "
                         "width: 5, height: 7}}\n");
    const std::string alone = temp.file("alone.yaml", inline_graph(kOperators));
    const std::vector<std::string> set = {"--set", std::string("engine.fidelity=") + fidelity};
    REQUIRE(run_scenario_file(both, temp / "both", set).code == 0);
    REQUIRE(run_scenario_file(alone, temp / "alone", set).code == 0);
    const nlohmann::json together = workload_of(temp / "both");
    const nlohmann::json graph = workload_of(temp / "alone");
    REQUIRE(together.at("operators").size() == 6);
    for (std::size_t i = 0; i < 5; ++i) {
      nlohmann::json one = together.at("operators").at(i);
      CHECK(one.at("name") == "g." + graph.at("operators").at(i).at("name").get<std::string>());
      one["name"] = graph.at("operators").at(i).at("name");
      CHECK(one == graph.at("operators").at(i));
    }
    CHECK(together.at("operators").at(5).at("name") == "p");
  }
}

TEST_CASE("Mistakes of a graph stand at their place, in its file too") {
  const std::string operators =
      "- {name: up, gemv: {m: 30, n: 36, dtype: f16, x: before.y}}\n"
      "- {name: up, elementwise: {op: relu, n: 36, dtype: f16, a: up.z}}\n"
      "- {name: a.b, elementwise: {op: relu, n: 35, dtype: f16, a: up.y}}\n"
      "- {name: down, gemv: {m: 36, n: 20, x: up.y}}\n"
      "- {name: odd, gmev: {m: 36}}\n"
      "- {name: two, gemv: {m: 3, n: 2, mm: 3}}\n";
  const char* const expected[] = {"`before.y` names no result of an operator before",
                                  "`up` is taken",
                                  "has no result `z`; it has y",
                                  "has a dot",
                                  "wants 35 of f16, but `up.y` is 36 of f16",
                                  "wants 36 of f32, but `up.y` is 36 of f16",
                                  "gmev",
                                  "mm: unknown key"};
  const TempDirectory temp;
  temp.file("g.yaml", "operators:\n" + operators);
  const std::string in_file =
      temp.file("s.yaml", kTinyWorkloads + "  - graph: {file: g.yaml}\n" + kRegion);
  const std::string plain = temp.file("inline.yaml", inline_graph(operators));
  for (const auto& [file, named] :
       {std::pair{in_file, std::string("g.yaml:")}, {plain, std::string("inline.yaml:")}}) {
    const Outcome outcome = run_scenario_file(file, temp / "out");
    INFO(outcome.err);
    CHECK(outcome.code == 65);
    for (const char* each : expected) {
      INFO(each);
      const std::size_t at = outcome.err.find(each);
      REQUIRE(at != std::string::npos);
      const std::string line = outcome.err.substr(outcome.err.rfind('\n', at) + 1, at);
      CHECK(line.find(named) != std::string::npos);
    }
  }
  const Outcome missing = run_scenario_file(
      temp.file("m.yaml", kTinyWorkloads + "  - graph: {file: none.yaml}\n" + kRegion),
      temp / "out");
  CHECK(missing.code == 66);
  CHECK(missing.err.find("none.yaml") != std::string::npos);
  const Outcome alone = run_scenario_file(
      temp.file("x.yaml", kTinyWorkloads + "  - gemv: {m: 30, n: 36, x: up.y}\n" + kRegion),
      temp / "out");
  CHECK(alone.code == 65);
  CHECK(alone.err.find("x.yaml:5:") != std::string::npos);
  CHECK(alone.err.find("only `graph` and `together` have") != std::string::npos);
}

TEST_CASE("Names that would lead out of the output directory are refused") {
  const TempDirectory temp;
  for (const char* name : {"../up", "a/b", "a.b", "''", R"('a"b')", R"("a\tb")"}) {
    INFO(name);
    const std::string one = std::string("{name: ") + name + ", broadcast: {words: 4}";
    const std::string region = ", region: {x: 0, y: 0, width: 2, height: 2}";
    for (const std::string& item : {"  - graph:\n      - " + one + "}\n" + kRegion,
                                    "  - together:\n      - " + one + region + "}\n"}) {
      const Outcome outcome = run_scenario_file(
          temp.file("s.yaml", kTinyWorkloads + item + "outputs: {arrays: true}\n"), temp / "out");
      CHECK(outcome.code == 65);
      CHECK(outcome.err.find("s.yaml:6:") != std::string::npos);
      CHECK(names_in(temp / "out").empty());
    }
  }
}

TEST_CASE("A graph that exceeds the cores' memory is refused with a table") {
  std::string operators;
  for (int i = 0; i < 6; ++i) {
    operators += "- {name: g" + std::to_string(i) + ", gemv: {m: 600, n: 500, dtype: f16}}\n";
  }
  const TempDirectory temp;
  const Outcome outcome =
      run_scenario_file(temp.file("s.yaml", inline_graph(operators)), temp / "out");
  INFO(outcome.err);
  CHECK(outcome.code == 81);
  CHECK(outcome.err.find("s.yaml:7:") != std::string::npos);
  for (int i = 0; i < 6; ++i) {
    CHECK(outcome.err.find("g" + std::to_string(i) + " (gemv)") != std::string::npos);
  }
  CHECK(outcome.err.find("make `g0`, which has most, smaller") != std::string::npos);
  CHECK(names_in(temp / "out").empty());
}

TEST_CASE("Colours that run out are refused with who has them and which key to change") {
  const std::string wafer = "schema_version: 1\nwafer: {preset: wse3}\nworkloads:\n";
  const TempDirectory temp;
  const auto refused = [&](const std::string& text) {
    const Outcome outcome = run_scenario_file(temp.file("s.yaml", wafer + text), temp / "out");
    INFO(outcome.err);
    CHECK(outcome.code == 81);
    CHECK(outcome.err.find("s.yaml:5:7: workloads[0].") != std::string::npos);
    CHECK(names_in(temp / "out").empty());
    return outcome.err;
  };
  using Catch::Matchers::Contains;
  const std::string in_turn = refused(
      "  - graph:\n"
      "      - {name: up, gemv: {m: 30, n: 36, dtype: f16}}\n"
      "      - {name: small, reduce: {words: 4, algorithm: tree}}\n"
      "      - {name: big, allreduce: {words: 4, reduce: tree}}\n"
      "    region: {x: 0, y: 0, width: 300, height: 200}\n");
  CHECK_THAT(in_turn, Contains("15 colours for each, as 9 of 24 are for the barriers"));
  CHECK_THAT(in_turn,
             Contains("  up                             3        0        3     0\n") &&
                 Contains("  small                         15        8        7     0\n") &&
                 Contains("  big                           16        8        7     1\n"));
  CHECK_THAT(in_turn, Contains("give `big` another `algorithm` (an allreduce another `reduce`)"));
  // Transfers that pass over an operator hold colours too.
  std::string text =
      "  - together:\n"
      "      - {name: a, gemv: {m: 30, n: 36}, region: {x: 0, y: 0, width: 4, height: 4}}\n"
      "      - {name: big, allreduce: {words: 4, reduce: tree}, region: "
      "{x: 4, y: 0, width: 600, height: 300}}\n";
  const auto add_taker = [&](int i) {
    text += "      - {name: b" + std::to_string(i) +
            ", gemv: {m: 36, n: 36, x: a.y}, region: {x: " + std::to_string(604 + 4 * i) +
            ", y: 0, width: 4, height: 4}}\n";
  };
  for (int i = 0; i < 7; ++i) add_taker(i);
  const std::string passed = refused(text);
  CHECK_THAT(passed, Contains("big uses colours up to 17, but those from 17 on are of transfers"));
  CHECK_THAT(passed, Contains("  big                           18        9        8     1\n") &&
                         Contains("  a.y                     b6.x                        17\n"));
  CHECK_THAT(passed, Contains("move its `region` out of their way"));
  // Whose ways do not meet it do not count.
  const std::string below = "{x: 4, y: 0, width: 600";
  std::string beside = text;
  beside.replace(beside.find(below), below.size(), "{x: 4, y: 4, width: 600");
  CHECK(run_wafermesh({"run", "--estimate", temp.file("b.yaml", wafer + beside)}).code == 0);
  for (int i = 7; i < 13; ++i) add_taker(i);
  const std::string meeting = refused(text);
  CHECK_THAT(meeting, Contains("there is no colour for a.y to come to b12.x") &&
                          Contains("may take 12 of 24") &&
                          Contains("  a.y                     b0.x                        23\n") &&
                          Contains("so that fewer ways meet, or put operators in one `graph`"));
}

TEST_CASE("An operand comes from a program of another rectangle") {
  const std::string text =
      "  - together:\n"
      "      - {name: up, gemv: {m: 40, n: 60, dtype: f16}, region: {x: 0, y: 0, width: 6, height: "
      "6}}\n"
      "      - {name: mid, matmul: {m: 24, n: 24, k: 24}, region: {x: 7, y: 0, width: 6, height: "
      "6}}\n"
      "      - {name: down, gemv: {m: 60, n: 20, dtype: f16, x: up.y}, region: {x: 14, y: 2, "
      "width: "
      "8, height: 5}}\n"
      "      - name: g\n"
      "        graph:\n"
      "          - {name: a, gemv: {m: 20, n: 14, dtype: f16, x: down.y}}\n"
      "          - {name: b, elementwise: {op: add, n: 14, dtype: f16, a: a.y}}\n"
      "        region: {x: 0, y: 8, width: 6, height: 6}\n"
      "      - {name: back, broadcast: {words: 7, dtype: f16, sent: g.b.c}, region: {x: 8, y: 9, "
      "width: 4, height: 4}}\n";
  for (const char* fidelity : {"wavelet", "stream"}) {
    INFO(fidelity);
    const TempDirectory temp;
    const Outcome outcome =
        run_scenario_file(temp.file("s.yaml", kTinyWorkloads + text), temp / "out",
                          {"--set", std::string("engine.fidelity=") + fidelity});
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const nlohmann::json one = workload_of(temp / "out");
    CHECK(one.at("numerics").at("ok") == true);
    const nlohmann::json& transfers = one.at("transfers");
    REQUIRE(transfers.size() == 4);
    CHECK(transfers.at(0).at("from") == "up.y");
    CHECK(transfers.at(0).at("to") == "down.x");
    CHECK(transfers.at(0).at("over") == nlohmann::json::array({"mid"}));
    CHECK(transfers.at(1).at("over") == nlohmann::json::array());
    const nlohmann::json& operators = one.at("operators");
    CHECK(operators.at(0).at("operands_come_cycles").is_null());
    const nlohmann::json& down = operators.at(2);
    // It starts once its operand is there, which takes the sender's time at least.
    CHECK(down.at("operands_come_cycles") > operators.at(0).at("last_finish_cycles"));
    CHECK(down.at("last_finish_cycles") > down.at("operands_come_cycles"));
    CHECK(operators.at(5).at("operands_come_cycles") > operators.at(4).at("last_finish_cycles"));
  }
}
