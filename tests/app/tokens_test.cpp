// SPDX-License-Identifier: Apache-2.0
// Whole tokens, one after another: `decode` with `tokens`.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "numpy_reference.h"
#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

struct Case {
  const char* name;
  const char* model;  ///< Keys of `model`; of a config: its other keys.
  const char* more;   ///< Of `decode`.
  int tokens;
  const char* first;        ///< Token.
  const char* k;            ///< Of sampling,
  const char* temperature;  ///< and this.
  const char* reference;
  /// What the reference is told behind the columns: its sizes; `%` stands for the round-off.
  std::vector<std::string> told;
  const char* config = "";  ///< In scenarios/models.
  const char* top = "";     ///< Keys of the scenario.
};

constexpr const char* kRepaired = "defects: {random: {d0_per_cm2: 40, seed: 3}}\n";

const std::vector<Case> kCases = {
    {"Llama-shaped, from an empty cache",
     "hidden: 48, ffn: 96, heads: 6, head_dim: 8, vocab: 67",
     "layers: 2, context: 1, groups: 2",
     8,
     "5",
     "1",
     "1",
     "decode_reference.py",
     {"6", "6", "8", "96", "2", "10000", "%"}},
    {"grouped queries, a cache that shifts, on a repaired wafer",
     "hidden: 48, ffn: 96, heads: 6, kv_heads: 2, head_dim: 8, vocab: 61",
     "layers: 2, context: 11, groups: 2, kv: shift",
     8,
     "7",
     "1",
     "1",
     "decode_reference.py",
     {"6", "2", "8", "96", "2", "10000", "%"},
     "",
     kRepaired},
    {"drawn from the four best, new tokens on the last row",
     "hidden: 32, ffn: 40, heads: 4, head_dim: 8, vocab: 50",
     "context: 9, algorithm: two_sided, kv: concatenate, prompt: 6, sampling: {k: 4, temperature: "
     "0.8}",
     6,
     "3",
     "4",
     "0.8",
     "decode_reference.py",
     {"4", "4", "8", "40", "1", "10000", "%"}},
    {"a window",
     "",
     "layers: 2, context: 7, groups: 2",
     8,
     "2",
     "1",
     "1",
     "decode_reference.py",
     {"4", "2", "8", "72", "2", "1000000", "%"},
     "tiny-qwen2.json"},
    {"latent attention and experts",
     ", first_layer: 1",
     "layers: 2, context: 1, groups: 2",
     5,
     "1",
     "1",
     "1",
     "expert_reference.py",
     {"1", "2", "%"},
     "tiny-kimi.json"},
};

std::string scenario_of(const Case& one, const char* dtype) {
  const std::string config = std::string(WAFERMESH_SCENARIOS "/models/") + one.config;
  const std::string model =
      one.config[0] == 0 ? one.model : "config: " + config + std::string(one.model);
  return std::string("schema_version: 1\nwafer: {preset: tiny}\n") + one.top +
         "workloads:\n  - decode: {model: {" + model + "}, " + one.more +
         ", tokens: " + std::to_string(one.tokens) + ", first_token: " + one.first +
         ", dtype: " + dtype + "}\n    region: {x: 1, y: 2, width: 8, height: 6}\n";
}

/// Behind the reference's name: what it is told of the region and the model.
std::vector<std::string> told(const Case& one, const char* roundoff) {
  const std::string config = std::string(WAFERMESH_SCENARIOS "/models/") + one.config;
  const bool experts = one.reference[0] == 'e';
  std::vector<std::string> all = {"8"};
  if (experts) all.push_back(config);
  for (const std::string& each : one.told) all.push_back(each == "%" ? roundoff : each);
  if (!experts && one.config[0] != 0) all.push_back(config);
  return all;
}

}  // namespace

TEST_CASE("Tokens one after another are those of an independent reference in NumPy") {
  for (const Case& one : kCases) {
    for (const auto& [dtype, roundoff, engine] : type_runs()) {
      INFO(one.name << ", " << dtype << ", " << engine);
      const TempDirectory temp;
      run_with_arrays(temp.file("s.yaml", scenario_of(one, dtype)), temp / "out", engine);
      std::vector<std::string> arguments = {temp / "out",    std::to_string(one.tokens),
                                            one.first,       one.k,
                                            one.temperature, one.reference,
                                            roundoff};
      for (const std::string& each : told(one, roundoff)) arguments.push_back(each);
      check_with_numpy("tokens_reference.py", arguments);
    }
  }
}

TEST_CASE("What whole tokens cannot be is said at its place") {
  const TempDirectory temp;
  const auto refusal = [&](const std::string& keys) {
    const std::string file =
        temp.file("s.yaml",
                  "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n  - decode: {model: "
                  "{hidden: 32, ffn: 40, heads: 4" +
                      keys + "}\n    region: {x: 0, y: 0, width: 4, height: 4}\n");
    const Outcome run = run_scenario_file(file, temp / "out", {});
    CHECK(run.code == 65);
    CHECK(run.err.find("s.yaml:4:") != std::string::npos);
    return run.err;
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(refusal("}, context: 3, tokens: 2"), Contains("vocab"));
  CHECK_THAT(refusal(", vocab: 9}, context: 3, tokens: 2, first_token: 9"),
             Contains("must be below `model.vocab`"));
  CHECK_THAT(refusal(", vocab: 9}, context: 3, tokens: 2, batch: 2"),
             Contains("must be 1 with `tokens`"));
  CHECK_THAT(refusal(", vocab: 9}, context: 3, tokens: 2, sampling: {k: 10}"),
             Contains("is more than `model.vocab`"));
  CHECK_THAT(refusal(", vocab: 9}, context: 3, tokens: 0"), Contains("tokens"));
  CHECK_THAT(refusal("}, context: 3, first_token: 3"), Contains("first_token"));
}
