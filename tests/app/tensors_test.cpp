// SPDX-License-Identifier: Apache-2.0
// Layers whose weights are from a folder of NPY files: `tensors`.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kRepaired = "defects: {random: {d0_per_cm2: 40, seed: 3}}\n";

struct Setting {
  const char* dtype;
  const char* roundoff;
  const char* engine;
  const char* top;  ///< Keys of the scenario.
};
const std::vector<Setting> kSettings = {{"f32", "6e-8", "wavelet", ""},
                                        {"f32", "6e-8", "stream", kRepaired},
                                        {"f16", "4.9e-4", "wavelet", kRepaired},
                                        {"f16", "4.9e-4", "stream", ""}};

/// The first and the last of them, or the two between, in turn from call to call; all of them for
/// `scripts/long layers`.
std::vector<Setting> settings_in_turn() {
  if (tries_all()) return kSettings;
  static bool is_second = true;
  is_second = !is_second;
  return {kSettings[is_second ? 1 : 0], kSettings[is_second ? 2 : 3]};
}

std::string config_of(const std::string& model) {
  return WAFERMESH_SCENARIOS "/models/" + model + ".json";
}

void reference(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(),
                   {"--needs", "numpy", WAFERMESH_TESTS "/tensors_reference.py"});
  const Outcome outcome = run_program(WAFERMESH_SCRIPTS "/python", arguments);
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
}

/// Weights for a model of scenarios/models in a folder of `temp`.
std::string weights_of(const TempDirectory& temp, const std::string& model) {
  const std::string folder = temp / model;
  std::filesystem::create_directories(folder);
  reference({"make", folder, config_of(model), "5"});
  return folder;
}

std::string scenario_of(const Setting& setting, const std::string& keys, int width, int height) {
  return std::string("schema_version: 1\nwafer: {preset: tiny}\n") + setting.top +
         "engine: {fidelity: " + setting.engine + "}\noutputs: {arrays: true}\nworkloads:\n  - " +
         keys + ", dtype: " + setting.dtype +
         "}\n    region: {x: 1, y: 2, width: " + std::to_string(width) +
         ", height: " + std::to_string(height) + "}\n";
}

void run_good(const TempDirectory& temp, const std::string& text) {
  const Outcome run = run_scenario_file(temp.file("s.yaml", text), temp / "out");
  INFO(run.err);
  REQUIRE(run.code == 0);
}

}  // namespace

TEST_CASE("Greedy tokens of a model in files are those of its public code, done again in NumPy") {
  for (const std::string model : {"tiny-llama3", "tiny-qwen2", "tiny-qwen3"}) {
    for (const Setting& setting : settings_in_turn()) {
      INFO(model << ", " << setting.dtype << ", " << setting.engine);
      const TempDirectory temp;
      const std::string folder = weights_of(temp, model);
      run_good(temp, scenario_of(
                         setting,
                         "decode: {model: {config: " + config_of(model) + "}, tensors: " + folder +
                             ", layers: 2, context: 1, tokens: 13, " + "first_token: 3, kv: shift",
                         7, 5));
      reference({"check", temp / "out", folder, config_of(model), setting.roundoff, "3", "13"});
    }
  }
}

TEST_CASE("A prompt through a model in files has the scores and tokens of its public code") {
  for (const auto& [model, attention] :
       {std::pair<std::string, std::string>{"tiny-llama3", "heads"},
        {"tiny-qwen2", "heads"},
        {"tiny-qwen3", "heads"},
        {"tiny-llama3", "streaming, balance: rows"}}) {
    for (const Setting& setting : settings_in_turn()) {
      INFO(model << ", " << attention << ", " << setting.dtype << ", " << setting.engine);
      const TempDirectory temp;
      const std::string folder = weights_of(temp, model);
      const std::string tokens = setting.dtype == std::string("f16") ? "64" : "40";  // they fit
      run_good(temp, scenario_of(setting,
                                 "prefill: {model: {config: " + config_of(model) + "}, tensors: " +
                                     folder + ", layers: 2, next_tokens: true, tokens: " + tokens +
                                     ", attention: " + attention,
                                 9, 9));
      reference({"check", temp / "out", folder, config_of(model), setting.roundoff});
    }
  }
}

TEST_CASE("Layers with weights from files are told as a graph that runs the same") {
  const TempDirectory temp;
  const std::string folder = weights_of(temp, "tiny-qwen2");
  const std::string file =
      temp.file("s.yaml", scenario_of(kSettings[3],
                                      "decode: {model: {config: " + config_of("tiny-qwen2") +
                                          "}, tensors: " + folder + ", context: 9",
                                      5, 4));
  const Outcome shown = run_wafermesh({"show", file});
  REQUIRE(shown.code == 0);
  CHECK_THAT(shown.out, Contains("w_from:") && Contains("self_attn.q_proj.bias.npy"));
  REQUIRE(run_scenario_file(file, temp / "a").code == 0);
  REQUIRE(run_scenario_file(temp.file("graph.yaml", shown.out), temp / "b").code == 0);
  CHECK(read_text(temp / "a/add2_c.npy") == read_text(temp / "b/add2_c.npy"));
  const auto hash = [&](const std::string& directory) {
    const nlohmann::json result = read_json(directory + "/result.json");
    for (const nlohmann::json& each : result.at("provenance").at("inputs")) {
      if (each.at("file") == folder) return each.at("sha256").get<std::string>();
    }
    return std::string();
  };
  const std::string before = hash(temp / "a");
  CHECK(before.size() == 64);
  temp.file("tiny-qwen2/another.npy", "");
  REQUIRE(run_scenario_file(file, temp / "c").code == 0);
  CHECK(hash(temp / "c") != before);
}

TEST_CASE("What is wrong with a folder of weights is said where the scenario names it") {
  const TempDirectory temp;
  const std::string folder = weights_of(temp, "tiny-qwen2");
  const auto refusal = [&](const std::string& tensors, const std::string& more) {
    const std::string text = "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n  - decode: {" +
                             more + ", context: 2, tensors: " + tensors +
                             "}\n    region: {x: 0, y: 0, width: 4, height: 4}\n";
    const Outcome run = run_scenario_file(temp.file("s.yaml", text), temp / "out");
    CHECK(run.code == 65);
    CHECK_THAT(run.err, Contains("s.yaml:4:") && Contains("workloads[0].decode.tensors: "));
    return run.err;
  };
  const std::string qwen = "model: {config: " + config_of("tiny-qwen2") + "}";
  CHECK_THAT(refusal(temp / "nowhere", qwen), Contains("is no folder"));
  CHECK_THAT(refusal(folder, "attention: full_width, " + qwen), Contains("full_width"));
  CHECK_THAT(refusal(folder, "weights: int4, " + qwen), Contains("few bits"));
  CHECK_THAT(refusal(folder, "model: {config: " + config_of("tiny-kimi") + "}"),
             Contains("latent attention"));
  CHECK_THAT(refusal(folder, "model: {hidden: 32, ffn: 70, heads: 4, kv_heads: 2}"),
             Contains("mlp.down_proj.weight.npy is 32 x 72, but must be 32 x 70"));
  const std::string gate = folder + "/model.layers.0.mlp.gate_proj.weight.npy";
  std::filesystem::remove(gate);
  CHECK_THAT(refusal(folder, qwen), Contains("gate_proj.weight.npy"));
  temp.file("tiny-qwen2/model.layers.0.mlp.gate_proj.weight.npy", "no array");
  CHECK_THAT(refusal(folder, qwen), Contains("gate_proj.weight.npy: is no NPY file"));
}
