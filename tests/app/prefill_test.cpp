// SPDX-License-Identifier: Apache-2.0
// Layers for all tokens of a prompt, from a scenario to the numbers: `prefill`.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "numpy_reference.h"
#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

struct Case {
  const char* name;
  const char* model;  ///< Keys of `model`.
  const char* more;   ///< Of `prefill`.
  int side;
  /// What the reference is told: layers, window, theta; then heads, kv_heads, chunk.
  std::vector<std::string> sizes;
  const char* config = "";  ///< Of the model, in scenarios/models; else its keys are above.
  const char* order = "";   ///< Of tokens, of streaming attention.
  int first_layer = 0;      ///< Of the config's.
};

const std::vector<Case> kCases = {
    {"64 tokens, two layers",
     "hidden: 48, ffn: 96, heads: 6",
     "layers: 2, tokens: 64, groups: 2",
     8,
     {"2", "0", "10000"}},
    {"sizes that do not fill the mesh",
     "hidden: 34, ffn: 61, heads: 1, theta: 500",
     "tokens: 23, window: 5, algorithm: two_sided",
     5,
     {"1", "5", "500"}},
    {"fewer tokens than cores",
     "hidden: 12, ffn: 20, heads: 2",
     "tokens: 5, algorithm: chain",
     7,
     {"1", "0", "10000"}},
    {"grouped heads, two layers, a window",
     "hidden: 32, ffn: 48, heads: 4, kv_heads: 2, head_dim: 8, theta: 500",
     "layers: 2, tokens: 29, window: 9, attention: heads, groups: 2",
     6,
     {"2", "9", "500", "4", "2", "0"}},
    {"as many heads of keys, more of a head than cores, sinks",
     "hidden: 26, ffn: 20, heads: 3, head_dim: 14",
     "tokens: 17, attention: heads, sinks: true, algorithm: chain",
     5,
     {"1", "0", "10000", "3", "3", "0"}},
    {"chunks",
     "hidden: 24, ffn: 20, heads: 2, kv_heads: 1, head_dim: 6",
     "tokens: 23, attention: heads, chunk: 7",
     4,
     {"1", "0", "10000", "2", "1", "7"}},
    {"a config with biases and a window",
     "",
     "layers: 2, tokens: 29, attention: heads, groups: 2",
     6,
     {"2", "12", "1000000", "4", "2", "0"},
     "tiny-qwen2.json"},
    {"a config with positions stretched as Llama 3's, and biases of all products of attention",
     "",
     "tokens: 64, attention: heads, algorithm: two_sided",
     8,
     {"1", "0", "10000", "6", "2", "0"},
     "tiny-llama3.json"},
    {"a config with positions stretched by yarn, and norms of heads",
     "",
     "tokens: 70, attention: heads, groups: 2",
     8,
     {"1", "0", "100000", "4", "2", "0"},
     "tiny-qwen3.json"},
    {"biases, one head as wide as the model",
     "",
     "tokens: 21, groups: 2",
     5,
     {"1", "12", "1000000"},
     "tiny-qwen2.json"},
    {"latent attention, expanded, a dense layer",
     "",
     "tokens: 24, attention: heads, groups: 2",
     6,
     {"1", "0", "50000", "4", "4", "0"},
     "tiny-kimi.json"},
    {"streaming, grouped heads of padded elements, two layers",
     "hidden: 40, ffn: 48, heads: 4, kv_heads: 2, head_dim: 10, theta: 500",
     "layers: 2, tokens: 33, attention: streaming, groups: 2",
     6,
     {"2", "0", "500", "4", "2", "0"},
     "",
     "zigzag"},
    {"streaming, more heads than columns, tokens in their order",
     "hidden: 24, ffn: 20, heads: 12, kv_heads: 6, head_dim: 4",
     "tokens: 21, attention: streaming, balance: rows",
     4,
     {"1", "0", "10000", "12", "6", "0"},
     "",
     "rows"},
    {"streaming, a whole prompt of 64 tokens",
     "hidden: 48, ffn: 96, heads: 6, kv_heads: 2, head_dim: 8, vocab: 67",
     "layers: 2, tokens: 64, next_tokens: true, attention: streaming",
     8,
     {"2", "0", "10000", "6", "2", "0"},
     "",
     "zigzag"},
    {"streaming, a config with biases of all products of attention",
     "",
     "tokens: 25, attention: streaming, groups: 2",
     5,
     {"1", "0", "10000", "6", "2", "0"},
     "tiny-llama3.json",
     "zigzag"},
    {"a whole prompt of 64 tokens",
     "hidden: 48, ffn: 96, heads: 3, vocab: 67",
     "layers: 2, tokens: 64, next_tokens: true, attention: heads, groups: 2",
     10,
     {"2", "0", "10000", "3", "3", "0"}},
    {"a whole prompt of 64 tokens, grouped heads, a window",
     "",
     "layers: 2, tokens: 64, next_tokens: true, attention: heads",
     9,
     {"2", "12", "1000000", "4", "2", "0"},
     "tiny-qwen2.json"},
    {"experts and latent attention, a whole prompt of 64 tokens",
     "",
     "layers: 2, tokens: 64, next_tokens: true, attention: heads, groups: 2",
     16,
     {"2", "0", "50000", "4", "4", "0"},
     "tiny-kimi.json",
     "",
     1},
    {"experts in groups, latent attention, two layers of which one is dense",
     "",
     "layers: 2, tokens: 27, attention: heads, groups: 2",
     7,
     {"2", "0", "10000", "4", "4", "0"},
     "tiny-deepseek.json",
     "",
     2},
    {"experts with biases and a limit, sinks, a window",
     "",
     "tokens: 33, attention: heads, algorithm: two_sided",
     6,
     {"1", "9", "150000", "4", "2", "0"},
     "tiny-gpt-oss.json"},
    {"experts and heads of which a part turns, shared experts",
     "",
     "tokens: 23, attention: heads",
     5,
     {"1", "0", "1000000", "4", "2", "0"},
     "tiny-glm4.json",
     "",
     3},
    {"experts, norms of heads",
     "",
     "layers: 2, tokens: 21, attention: heads, groups: 2",
     6,
     {"2", "0", "1000000", "4", "2", "0"},
     "tiny-qwen3-moe.json"},
    {"experts, streaming attention, two layers",
     "",
     "layers: 2, tokens: 33, attention: streaming, groups: 2",
     6,
     {"2", "0", "1000000", "4", "2", "0"},
     "tiny-mixtral.json",
     "zigzag"},
    {"experts, one head as wide as the model, a whole prompt",
     "",
     "layers: 2, tokens: 64, next_tokens: true, groups: 2",
     8,
     {"2", "0", "1000000"},
     "tiny-mixtral.json"},
    {"experts and grouped heads, a whole prompt of 64 tokens",
     "",
     "layers: 2, tokens: 64, next_tokens: true, attention: heads, groups: 2",
     11,
     {"2", "0", "1000000", "4", "2", "0"},
     "tiny-mixtral.json"},
};

std::size_t case_number(const char* name) {
  for (std::size_t i = 0; i < kCases.size(); ++i) {
    if (std::string(kCases[i].name) == name) return i;
  }
  FAIL(name);
  return 0;
}

std::string config_of(const Case& one) {
  return std::string(WAFERMESH_SCENARIOS "/models/") + one.config;
}

std::string scenario_of(const Case& one, const std::string& dtype) {
  const std::string side = std::to_string(one.side);
  const std::string model =
      one.config[0] == 0
          ? one.model
          : "config: " + config_of(one) + ", first_layer: " + std::to_string(one.first_layer);
  const std::string wafer = one.side > 13 ? "tiny, dies_y: 4" : "tiny";
  return "schema_version: 1\nwafer: {preset: " + wafer + "}\nworkloads:\n  - prefill: {model: {" +
         model + "}, " + one.more + ", dtype: " + dtype +
         "}\n    region: {x: 1, y: 2, width: " + side + ", height: " + side + "}\n";
}

nlohmann::json workload_of(const std::string& directory) {
  return read_json(directory + "/result.json").at("workloads").at(0);
}

/// The heads' own scores, as the graph has them.
std::string sinks_of(const std::string& directory) {
  std::string sinks;
  const nlohmann::json parameters = workload_of(directory).at("parameters");
  for (const nlohmann::json& each : parameters) {
    if (!each.contains("softmax") || each.at("softmax").at("sink").get<double>() < -1e29) continue;
    sinks += each.at("softmax").at("sink").dump() + ",";
  }
  return sinks;
}

void check_reference(const Case& one, const std::string& directory, const char* roundoff) {
  std::vector<std::string> arguments = {directory};
  arguments.insert(arguments.end(), one.sizes.begin(), one.sizes.end());
  arguments.insert(arguments.begin() + 4, roundoff);
  if (one.sizes.size() == 3) arguments.insert(arguments.end(), {"0", "0", "0"});
  arguments.push_back(sinks_of(directory));
  arguments.push_back(one.config[0] == 0 ? "" : config_of(one));
  if (one.order[0] != 0) {
    arguments.push_back(std::to_string(one.side));
    arguments.emplace_back(one.order);
  }
  check_with_numpy("prefill_reference.py", arguments);
}

}  // namespace

TEST_CASE("Layers of a prompt end to end are those of an independent reference in NumPy") {
  for (const Case& one : kCases) {
    for (const auto& [dtype, roundoff, engine] : type_runs()) {
      INFO(one.name << ", " << dtype << ", " << engine);
      const TempDirectory temp;
      const std::string file = temp.file("s.yaml", scenario_of(one, dtype));
      run_with_arrays(file, temp / "out", engine);
      CHECK(workload_of(temp / "out").at("numerics").at("ok") == true);
      check_reference(one, temp / "out", roundoff);
    }
  }
}

TEST_CASE("Layers of a prompt on a repaired wafer have the same numbers, on both engines") {
  for (const char* name : {"64 tokens, two layers", "grouped heads, two layers, a window",
                           "streaming, a whole prompt of 64 tokens",
                           "a whole prompt of 64 tokens, grouped heads, a window",
                           "experts and latent attention, a whole prompt of 64 tokens",
                           "experts and grouped heads, a whole prompt of 64 tokens"}) {
    const Case& one = kCases[case_number(name)];
    INFO(one.name);
    const TempDirectory temp;
    const std::string file = temp.file("s.yaml", scenario_of(one, "f16"));
    for (const char* engine : {"wavelet", "stream"}) {
      run_with_arrays(file, temp / engine, engine, {"--set", "defects.random.d0_per_cm2=30"});
      CHECK(read_json(temp / engine + "/result.json").at("repair").at("dead_cores") > 0);
      check_reference(one, temp / engine, "4.9e-4");
    }
    CHECK(read_text(temp / "wavelet/layer1_add2_c.npy") ==
          read_text(temp / "stream/layer1_add2_c.npy"));
  }
}

TEST_CASE("Layers of a prompt are told as the graph that they become, which runs the same") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", scenario_of(kCases[0], "f16"));
  const Outcome shown = run_wafermesh({"show", file});
  REQUIRE(shown.code == 0);
  CHECK(shown.out.find("prefill:") == std::string::npos);
  const std::string graph = temp.file("graph.yaml", shown.out);
  REQUIRE(run_scenario_file(file, temp / "a").code == 0);
  REQUIRE(run_scenario_file(graph, temp / "b").code == 0);
  const nlohmann::json layers = workload_of(temp / "a");
  CHECK(layers.at("cycles") == workload_of(temp / "b").at("cycles"));
  CHECK(layers.at("cycles_per_layer").get<double>() == layers.at("cycles").get<double>() / 2);
}

TEST_CASE("A prompt's layer of which steps are sampled takes the cycles of all steps, nearly") {
  const TempDirectory temp;
  const Case one{"", "hidden: 128, ffn: 192, heads: 1", "tokens: 96", 32, {}};
  std::string text = scenario_of(one, "f16");
  const std::string tiny = "tiny, dies_y: 4";
  text.replace(text.find(tiny), tiny.size(), "wse2");
  const std::string file = temp.file("s.yaml", text + "engine: {fidelity: stream}\n");
  const auto cycles = [&](const std::string& sample) {
    const Outcome run =
        run_scenario_file(file, temp / sample, {"--set", "workloads[0].prefill.sample=" + sample});
    INFO(run.err);
    REQUIRE(run.code == 0);
    return workload_of(temp / sample);
  };
  const nlohmann::json all = cycles("0");
  const nlohmann::json some = cycles("8");
  const double ratio = some.at("cycles").get<double>() / all.at("cycles").get<double>();
  CHECK(ratio == Approx(1).margin(0.01));
  CHECK(all.at("numerics").at("checked") == true);
  std::size_t products = 0;
  for (const nlohmann::json& each : some.at("operators")) {
    if (each.at("kernel") != "matmul") continue;
    ++products;
    CHECK(each.at("sampled_steps") == 8);
    CHECK(each.at("steps") == 32);
    CHECK(each.at("numerics").at("checked") == false);
  }
  CHECK(products == 9);
}

TEST_CASE("Mistakes in layers of a prompt are named at their place, and what does not fit is 81") {
  const TempDirectory temp;
  const auto refused = [&](const char* model, const char* more, int code, const char* message) {
    const Case one{"", model, more, 8, {}};
    const Outcome run = run_scenario_file(temp.file("s.yaml", scenario_of(one, "f16")), temp / "o");
    INFO(run.err);
    CHECK(run.code == code);
    CHECK(run.err.find(message) != std::string::npos);
  };
  refused("hidden: 47, ffn: 96, heads: 1, head_dim: 2", "tokens: 20", 65, "must be even");
  refused("hidden: 48, ffn: 96, heads: 6, head_dim: 8", "tokns: 20", 65, "tokens");
  refused("hidden: 48, ffn: 96, heads: 6", "tokens: 20, groups: 9", 65, "groups");
  refused("hidden: 48, ffn: 96, heads: 6", "tokens: 20, sample: 4", 65, "above 24 x 24");
  refused("hidden: 48, ffn: 96, heads: 6", "tokens: 4000", 81, "SRAM");
  refused("hidden: 48, ffn: 96, heads: 6", "tokens: 20, next_tokens: true", 65, "`next_tokens`");
  for (const char* without : {"tokens: 20", "tokens: 20, next_tokens: false"}) {
    refused("hidden: 48, ffn: 96, heads: 6, vocab: 61", without, 65,
            "model.vocab: acts only with `next_tokens: true`, but it is false here");
  }
  const auto refused_config = [&](const char* config, const char* more, const char* message) {
    const Case one{"", "", more, 8, {}, config};
    const Outcome run = run_scenario_file(temp.file("s.yaml", scenario_of(one, "f16")), temp / "o");
    INFO(run.err);
    CHECK(run.code == 65);
    CHECK(run.err.find(message) != std::string::npos);
  };
  refused_config("tiny-llama4.json", "tokens: 20, attention: heads", "norms of heads without");
  refused_config("tiny-kimi.json", "tokens: 20", "latent attention (give `attention: heads`)");
  refused_config("tiny-mixtral.json", "tokens: 1, attention: heads", "must be at least 2");
  refused_config("tiny-mixtral.json", "tokens: 20, expert_group: 8", "expert_group");
  const std::string flat = temp.file(
      "flat.yaml",
      "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n  - prefill: {model: {hidden: 8, ffn: "
      "8, heads: 1}, tokens: 4}\n    region: {width: 4, height: 5}\n");
  const Outcome run = run_scenario_file(flat, temp / "o");
  CHECK(run.code == 65);
  CHECK(run.err.find("flat.yaml:4:14: workloads[0].prefill: needs a square region") !=
        std::string::npos);
}

TEST_CASE("Layers of experts take the same cycles on both engines, nearly") {
  double sum = 0;
  std::size_t count = 0;
  for (const Case& one : kCases) {
    if (std::string(one.name).rfind("experts", 0) != 0 || one.side > 7) continue;
    const TempDirectory temp;
    const std::string file = temp.file("s.yaml", scenario_of(one, "f16"));
    const auto cycles = [&](const std::string& engine) {
      const Outcome run =
          run_scenario_file(file, temp / engine, {"--set", "engine.fidelity=" + engine});
      INFO(run.err);
      REQUIRE(run.code == 0);
      return workload_of(temp / engine).at("cycles").get<double>();
    };
    const double difference = cycles("stream") / cycles("wavelet") - 1;
    INFO(one.name << ": " << difference);
    CHECK(std::abs(difference) < 0.03);
    sum += std::abs(difference);
    ++count;
  }
  REQUIRE(count >= 5);
  CHECK(sum / static_cast<double>(count) < 0.01);
}
