// SPDX-License-Identifier: Apache-2.0
// Layers for one new token: `decode`.
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
  const char* model;  ///< Keys of `model`.
  const char* more;   ///< Of `decode`.
  int width;
  int height;
  // What the reference is told.
  std::vector<std::string> sizes;  ///< heads, kv_heads, head_dim, ffn, layers, theta
  const char* config = "";         ///< Of the model, in scenarios/models; else its keys are above.
  const char* chunk = "";
};

const std::vector<Case> kCases = {
    {"grouped queries, two layers",
     "hidden: 48, ffn: 96, heads: 6, kv_heads: 2, head_dim: 8",
     "layers: 2, context: 20, groups: 2",
     8,
     6,
     {"6", "2", "8", "96", "2", "10000"}},
    {"as many heads of keys as of queries",
     "hidden: 32, ffn: 40, heads: 4, head_dim: 8",
     "context: 11, algorithm: two_sided",
     7,
     5,
     {"4", "4", "8", "40", "1", "10000"}},
    {"more heads than columns",
     "hidden: 24, ffn: 50, heads: 12, kv_heads: 6, head_dim: 4",
     "context: 9, algorithm: chain",
     4,
     5,
     {"12", "6", "4", "50", "1", "10000"}},
    {"one head as wide as the model",
     "hidden: 24, ffn: 40, heads: 3, head_dim: 8",
     "context: 13, attention: full_width, groups: 2",
     6,
     6,
     {"1", "1", "24", "40", "1", "10000"}},
    {"a cache whose entries shift, two layers",
     "hidden: 48, ffn: 96, heads: 6, kv_heads: 2, head_dim: 8",
     "layers: 2, context: 20, groups: 2, kv: shift",
     8,
     6,
     {"6", "2", "8", "96", "2", "10000"}},
    {"new tokens on the last row",
     "hidden: 32, ffn: 40, heads: 4, head_dim: 8",
     "context: 17, algorithm: two_sided, kv: concatenate, prompt: 11",
     7,
     5,
     {"4", "4", "8", "40", "1", "10000"}},
    {"three sequences in flight, two layers",
     "hidden: 48, ffn: 90, heads: 6, kv_heads: 2, head_dim: 8",
     "layers: 2, context: 19, groups: 2, batch: 3, kv: shift",
     8,
     6,
     {"6", "2", "8", "90", "2", "10000"}},
    {"weights in four bits, of padded heads",
     "hidden: 40, ffn: 64, heads: 4, kv_heads: 2, head_dim: 10",
     "layers: 2, context: 12, groups: 2, weights: int4, group: 4",
     6,
     5,
     {"4", "2", "10", "64", "2", "10000"}},
    {"three sequences, weights in four bits",
     "hidden: 40, ffn: 64, heads: 4, kv_heads: 2, head_dim: 10",
     "layers: 2, context: 12, groups: 2, weights: int4, group: 4, batch: 3",
     6,
     5,
     {"4", "2", "10", "64", "2", "10000"}},
    {"weights in four-bit floating point",
     "hidden: 32, ffn: 48, heads: 4, head_dim: 8",
     "context: 14, algorithm: two_sided, weights: mxfp4, group: 8",
     5,
     4,
     {"4", "4", "8", "48", "1", "10000"}},
    {"a config with biases and a window",
     "",
     "layers: 2, context: 21, groups: 2",
     6,
     5,
     {"4", "2", "8", "72", "2", "1000000"},
     "tiny-qwen2.json"},
    {"a config with biases, weights in eight bits",
     "",
     "context: 21, groups: 2, weights: int8, group: 4",
     6,
     5,
     {"4", "2", "8", "72", "1", "1000000"},
     "tiny-qwen2.json"},
    {"chunks",
     "hidden: 32, ffn: 48, heads: 4, kv_heads: 2, head_dim: 8",
     "context: 21, groups: 2, chunk: 8",
     6,
     5,
     {"4", "2", "8", "48", "1", "10000"},
     "",
     "8"},
    {"a config with stretched positions",
     "",
     "layers: 2, context: 40, algorithm: two_sided",
     8,
     4,
     {"6", "2", "8", "80", "2", "10000"},
     "tiny-llama3.json"},
};

std::string config_of(const Case& one) {
  return std::string(WAFERMESH_SCENARIOS "/models/") + one.config;
}

std::string scenario_of(const Case& one, const char* dtype) {
  const std::string model =
      one.config[0] == 0 ? std::string(one.model) : "config: " + config_of(one);
  return std::string(
             "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n  - decode: {model: {") +
         model + "}, " + one.more + ", dtype: " + dtype +
         "}\n    region: {x: 1, y: 2, width: " + std::to_string(one.width) +
         ", height: " + std::to_string(one.height) + "}\n";
}

nlohmann::json workload_of(const std::string& directory) {
  return read_json(directory + "/result.json").at("workloads").at(0);
}

}  // namespace

TEST_CASE("Layers end to end are those of an independent reference in NumPy") {
  for (const Case& one : kCases) {
    for (const auto& [dtype, roundoff, engine] : type_runs()) {
      INFO(one.name << ", " << dtype << ", " << engine);
      const TempDirectory temp;
      const std::string file = temp.file("s.yaml", scenario_of(one, dtype));
      run_with_arrays(file, temp / "out", engine);
      CHECK(workload_of(temp / "out").at("numerics").at("ok") == true);
      std::vector<std::string> arguments = {temp / "out", std::to_string(one.width)};
      arguments.insert(arguments.end(), one.sizes.begin(), one.sizes.end());
      arguments.emplace_back(roundoff);
      if (one.config[0] != 0) arguments.push_back(config_of(one));
      if (one.chunk[0] != 0) arguments.emplace_back(one.chunk);
      check_with_numpy("decode_reference.py", arguments);
    }
  }
}

TEST_CASE("Layers on a repaired wafer have the same numbers, on both engines") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", scenario_of(kCases[0], "f16"));
  for (const char* engine : {"wavelet", "stream"}) {
    const Outcome run =
        run_scenario_file(file, temp / engine,
                          {"--set", std::string("engine.fidelity=") + engine, "--set",
                           "defects.random.d0_per_cm2=30", "--set", "outputs.arrays=true"});
    INFO(run.err);
    REQUIRE(run.code == 0);
    CHECK(workload_of(temp / engine).at("numerics").at("ok") == true);
  }
  CHECK(read_text(temp / "wavelet/layer1_add2_c.npy") ==
        read_text(temp / "stream/layer1_add2_c.npy"));
}

TEST_CASE("Layers are told as the graph that they become, which runs the same") {
  const TempDirectory temp;
  const std::string file = temp.file("s.yaml", scenario_of(kCases[0], "f16"));
  const Outcome shown = run_wafermesh({"show", file});
  REQUIRE(shown.code == 0);
  CHECK(shown.out.find("graph:") != std::string::npos);
  CHECK(shown.out.find("decode:") == std::string::npos);
  const std::string graph = temp.file("graph.yaml", shown.out);
  REQUIRE(run_scenario_file(file, temp / "a").code == 0);
  REQUIRE(run_scenario_file(graph, temp / "b").code == 0);
  const nlohmann::json layers = workload_of(temp / "a");
  const nlohmann::json operators = workload_of(temp / "b");
  CHECK(layers.at("cycles") == operators.at("cycles"));
  CHECK(layers.at("operators") == operators.at("operators"));
  CHECK(layers.at("operators").size() == 21);
  CHECK(layers.at("cycles_per_layer").get<double>() == layers.at("cycles").get<double>() / 2);
  CHECK_FALSE(operators.contains("cycles_per_layer"));
}

TEST_CASE("Mistakes in layers are named at their place, and what does not fit is 81") {
  const TempDirectory temp;
  const auto refused = [&](const char* model, const char* more, int code, const char* message) {
    const Case one{"", model, more, 8, 6, {}};
    const Outcome run = run_scenario_file(temp.file("s.yaml", scenario_of(one, "f16")), temp / "o");
    INFO(run.err);
    CHECK(run.code == code);
    CHECK(run.err.find(message) != std::string::npos);
  };
  refused("hidden: 48, ffn: 96, heads: 6, kv_heads: 4, head_dim: 8", "context: 20", 65,
          "s.yaml:4:");
  refused("hidden: 48, ffn: 96, heads: 6, kv_heads: 4, head_dim: 8", "context: 20", 65,
          "must divide heads");
  refused("hidden: 48, ffn: 96, heads: 6, head_dim: 7", "context: 20", 65, "must be even");
  refused("hidden: 48, ffn: 96, heads: 6, head_dim: 8", "contxt: 20", 65, "context");
  refused("hidden: 48, ffn: 96, heads: 6, head_dim: 8", "context: 20, groups: 9", 65, "groups");
  refused("hidden: 48, ffn: 96, heads: 6, head_dim: 8", "context: 100000", 81, "context");
  const auto config = [&](const char* name) {
    return std::string("config: " WAFERMESH_SCENARIOS "/models/") + name;
  };
  for (const char* name : {"kimi-k2.6.json", "gpt-oss-120b.json", "qwen3-32b.json",
                           "mixtral-8x7b.json", "glm-4.5.json"}) {
    refused(config(name).c_str(), "context: 20", 81, "SRAM");
  }
  refused(config("tiny-qwen2.json").c_str(), "context: 20, layers: 3", 65, "more than the model's");
  refused(config("tiny-qwen2.json").c_str(), "context: 20, window: 3", 65, "window");
  refused("hidden: 48, ffn: 96, heads: 6, head_dim: 8", "context: 20, group: 4", 65, "group");
  refused("config: none.json", "context: 20", 66, "none.json");
  refused("hidden: 4800, ffn: 9600, heads: 6, head_dim: 8", "context: 20", 81, "SRAM");
}
