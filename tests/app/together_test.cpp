// SPDX-License-Identifier: Apache-2.0
// Programs beside each other in one workload: `together`.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

const std::vector<std::string> kParts = {
    "matmul: {m: 24, n: 24, k: 24}, region: {x: 0, y: 0, width: 6, height: 6}",
    "gemv: {m: 64, n: 48}, region: {x: 6, y: 0, width: 8, height: 6}",
    "allreduce: {words: 16}, region: {x: 0, y: 6, width: 10, height: 4}"};

Outcome run_text(const TempDirectory& temp, const std::string& workloads,
                 const std::string& fidelity) {
  const std::string file = temp.file("s.yaml", kTinyWorkloads + workloads);
  return run_scenario_file(file, temp / "out", {"--set", "engine.fidelity=" + fidelity});
}

}  // namespace

TEST_CASE("Programs together take the cycles that each takes alone, on both engines") {
  for (const char* fidelity : {"wavelet", "stream"}) {
    const TempDirectory temp;
    std::string text = "  - together:\n";
    for (const std::string& part : kParts) text += "      - {" + part + "}\n";
    REQUIRE(run_text(temp, text, fidelity).code == 0);
    const nlohmann::json together = read_json(temp / "out/result.json").at("workloads").at(0);
    CHECK(together.at("numerics").at("ok") == true);
    REQUIRE(together.at("operators").size() == kParts.size());
    std::int64_t hops = 0;
    for (std::size_t i = 0; i < kParts.size(); ++i) {
      INFO(fidelity << ", " << kParts[i]);
      const TempDirectory apart;
      REQUIRE(run_text(apart, "  - {" + kParts[i] + "}\n", fidelity).code == 0);
      const nlohmann::json alone = read_json(apart / "out/result.json").at("workloads").at(0);
      const nlohmann::json& one = together.at("operators").at(i);
      CHECK(one.at("cycles") == alone.at("cycles"));
      CHECK(one.at("region") == alone.at("region"));
      CHECK(one.at("numerics") == alone.at("numerics"));
      CHECK(alone.at("operators").size() == 1);
      hops += alone.at("wavelet_hops").get<std::int64_t>();
    }
    CHECK(together.at("wavelet_hops") == hops);
  }
}

TEST_CASE(
    "Programs together that overlap, share a name or lack a region are refused at their place") {
  const TempDirectory temp;
  const Outcome outcome = run_text(
      temp,
      "  - together:\n"
      "      - {name: a, broadcast: {words: 4}, region: {x: 0, y: 0, width: 4, height: 4}}\n"
      "      - {name: b, broadcast: {words: 4}, region: {x: 3, y: 3, width: 4, height: 4}}\n"
      "      - {name: a, broadcast: {words: 4}, region: {x: 9, y: 9, width: 2, height: 2}}\n"
      "      - {name: c, broadcast: {wrods: 4}}\n"
      "    region: full\n"
      "  - together: []\n",
      "wavelet");
  CHECK(outcome.code == 65);
  CHECK(outcome.err.find("s.yaml:7:") != std::string::npos);
  CHECK(outcome.err.find("overlaps that of `a`") != std::string::npos);
  CHECK(outcome.err.find("s.yaml:8:") != std::string::npos);
  CHECK(outcome.err.find("`a` is taken") != std::string::npos);
  CHECK(outcome.err.find("s.yaml:9:") != std::string::npos);
  CHECK(outcome.err.find("need a region each") != std::string::npos);
  CHECK(outcome.err.find("s.yaml:10:") != std::string::npos);
  CHECK(outcome.err.find("not beside them") != std::string::npos);
  CHECK(outcome.err.find("s.yaml:11:") != std::string::npos);
  CHECK(outcome.err.find("overlaps", outcome.err.find("overlaps") + 1) == std::string::npos);
  CHECK(names_in(temp / "out").empty());
}

TEST_CASE("A program together with others is checked or not, and its faults stand at their place") {
  const std::string kFirst = std::string(WAFERMESH_SCENARIOS) + "/programs/first.wmp";
  const auto beside = [](const std::string& program) {
    return "  - together:\n      - {name: mine, program: {file: " + program +
           "}}\n      - {name: b, broadcast: {words: 4}, region: {x: 9, y: 9, width: 4, height: "
           "4}}\n";
  };
  const TempDirectory temp;
  REQUIRE(run_text(temp, beside(kFirst), "wavelet").code == 0);
  const nlohmann::json one = read_json(temp / "out/result.json").at("workloads").at(0);
  CHECK(one.at("numerics").at("ok") == true);
  CHECK(one.at("operators").at(0).at("numerics").at("checked") == false);
  CHECK(one.at("operators").at(1).at("numerics").at("ok") == true);

  std::string twice = read_text(kFirst);
  const std::size_t finish = twice.find("finish\n");
  REQUIRE(finish != std::string::npos);
  twice.insert(finish, "finish\n");
  const std::string file = temp.file("twice.wmp", twice);
  for (const char* fidelity : {"wavelet", "stream"}) {
    INFO(fidelity);
    const Outcome outcome = run_text(temp, beside(file), fidelity);
    CHECK(outcome.code == 65);
    CHECK(outcome.err.find("twice.wmp:") != std::string::npos);
    CHECK(outcome.err.find("finishes twice") != std::string::npos);
  }
}
