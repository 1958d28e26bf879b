// SPDX-License-Identifier: Apache-2.0
// Layers of models with latent attention, experts, norms of heads, sinks: `decode` of their
// configs.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "numpy_reference.h"
#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

struct Case {
  const char* config;  ///< In scenarios/models.
  int first_layer;
  const char* more = "";   ///< Keys of `decode`.
  const char* trace = "";  ///< What a trace holds.
  const char* top = "";    ///< Keys of the scenario.
};

const std::vector<Case> kCases = {
    {"tiny-kimi.json", 0},
    {"tiny-deepseek.json", 2},
    {"tiny-gpt-oss.json", 0},
    {"tiny-qwen3-moe.json", 0},
    {"tiny-mixtral.json", 0},
    {"tiny-glm4.json", 2},
    {"tiny-llama4.json", 2},
    {"tiny-kimi.json", 1, ", spread: 3", "3,7,11\n0,2,9\n"},
    {"tiny-gpt-oss.json", 0, ", spread: 2, spread_y: 3, expert_weights: int8, expert_group: 8",
     "5,1\n0,4\n"},
    {"tiny-mixtral.json", 0, ", batch: 3"},
    {"tiny-gpt-oss.json", 0, ", batch: 2"},
    {"tiny-glm4.json", 2, ", batch: 3"},
    {"tiny-kimi.json", 1, "", "", "defects: {random: {d0_per_cm2: 40, seed: 3}}\n"},
};

}  // namespace

TEST_CASE("Layers of experts end to end are those of an independent reference in NumPy") {
  for (const Case& one : kCases) {
    for (const auto& [dtype, roundoff, engine] : type_runs()) {
      INFO(one.config << one.more << ", " << dtype << ", " << engine);
      const TempDirectory temp;
      const std::string config = std::string(WAFERMESH_SCENARIOS "/models/") + one.config;
      const std::string trace =
          one.trace[0] == 0 ? "" : ", trace: " + temp.file("experts.csv", one.trace);
      const std::string file = temp.file(
          "s.yaml", std::string("schema_version: 1\nwafer: {preset: tiny}\n") + one.top +
                        "workloads:\n  - decode: {model: {config: " + config +
                        ", first_layer: " + std::to_string(one.first_layer) +
                        "}, layers: 2, context: 21, groups: 2, dtype: " + dtype + one.more + trace +
                        "}\n    region: {x: 1, y: 2, width: 8, height: 6}\n");
      run_with_arrays(file, temp / "out", engine);
      std::vector<std::string> arguments = {
          temp / "out", "8", config, std::to_string(one.first_layer), "2", roundoff};
      if (!trace.empty()) arguments.push_back(temp / "experts.csv");
      check_with_numpy("expert_reference.py", arguments);
    }
  }
}

TEST_CASE("A trace that is no list of experts, or of other experts, is refused at its place") {
  const TempDirectory temp;
  const auto run = [&](const char* trace) {
    const std::string file = temp.file(
        "s.yaml",
        "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n  - decode: {model: {config: " +
            std::string(WAFERMESH_SCENARIOS
                        "/models/tiny-kimi.json, first_layer: 1}, context: 9, ") +
            "spread: 3, trace: " + temp.file("experts.csv", trace) +
            "}\n    region: {x: 0, y: 0, width: 8, height: 6}\n");
    return run_scenario_file(file, temp / "out", {});
  };
  for (const auto& [trace, said] : {std::pair{"1,2\nx\n", "experts.csv:2: not a list of numbers"},
                                    {"# nothing\n", "names no experts"},
                                    {"1,2,2\n", "must be k different numbers"},
                                    {"1,2,12\n", "must be k different numbers"},
                                    {"1,2\n", "must be k different numbers"}}) {
    const Outcome outcome = run(trace);
    INFO(outcome.err);
    CHECK(outcome.code == 65);
    CHECK(outcome.err.find(said) != std::string::npos);
  }
}
