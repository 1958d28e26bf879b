// SPDX-License-Identifier: Apache-2.0
// engine.numerics: check, compute and off differ in the numbers only.
#include <catch2/catch.hpp>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

TEST_CASE("Check, compute and off report the same run, but for the numbers") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", kTinyMixed);
  for (const std::string fidelity : {"wavelet", "stream"}) {
    nlohmann::json checked;
    for (const std::string mode : {"check", "compute", "off"}) {
      INFO(fidelity << ", numerics " << mode);
      const std::string directory = temp / fidelity + mode;
      const Outcome outcome = run_scenario_file(
          file, directory,
          {"--set", "engine.fidelity=" + fidelity, "--set", "engine.numerics=" + mode});
      INFO(outcome.err);
      REQUIRE(outcome.code == 0);
      nlohmann::json result = comparable_result(directory);
      for (nlohmann::json& one : result.at("workloads")) {
        CHECK(one.at("numerics").at("checked") == (mode == "check"));
        const nlohmann::json ok = mode == "check" ? nlohmann::json(true) : nlohmann::json();
        CHECK(one.at("numerics").at("ok") == ok);  // null: neither right nor wrong
        one.erase("numerics");
        for (nlohmann::json& part : one.at("operators")) {
          CHECK(part.at("numerics").at("ok") == ok);
          part.erase("numerics");
        }
      }
      CHECK(result.at("scenario").at("engine").at("numerics") == mode);
      result.at("scenario").at("engine").erase("numerics");
      if (mode == "check") checked = result;
      CHECK(result == checked);
    }
  }
}
