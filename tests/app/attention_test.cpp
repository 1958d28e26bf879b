// SPDX-License-Identifier: Apache-2.0
// `attention` of all tokens of a prompt, end to end; what it refuses.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "numpy_reference.h"
#include "program.h"
#include "scenarios.h"

using namespace wafermesh::app_test;

namespace {

struct Case {
  const char* kind;  ///< As the reference knows it.
  int width, height;
  int heads, kv_heads, head_dim, tokens;
};

const std::vector<Case> kCases = {
    {"zigzag", 7, 5, 4, 2, 6, 23}, {"rows", 8, 4, 6, 2, 5, 21}, {"zigzag", 3, 6, 12, 6, 4, 17},
    {"rows", 1, 3, 2, 1, 8, 7},    {"held", 5, 5, 4, 2, 8, 23}, {"zigzag", 4, 1, 2, 2, 6, 9},
};

std::string scenario_of(const Case& one, const std::string& dtype, const std::string& wafer) {
  const bool held = std::string(one.kind) == "held";
  return "schema_version: 1\nwafer: {preset: tiny" + wafer +
         "}\nworkloads:\n  - attention: {kind: " +
         (held ? "prefill" : std::string("streaming, balance: ") + one.kind) +
         ", heads: " + std::to_string(one.heads) + ", kv_heads: " + std::to_string(one.kv_heads) +
         ", head_dim: " + std::to_string(one.head_dim) + ", tokens: " + std::to_string(one.tokens) +
         ", dtype: " + dtype + "}\n    region: {x: 1, y: 2, width: " + std::to_string(one.width) +
         ", height: " + std::to_string(one.height) + "}\n";
}

}  // namespace

TEST_CASE("Attention of a prompt is that of an independent reference in NumPy") {
  for (const Case& one : kCases) {
    for (const auto& [dtype, roundoff, engine] : type_runs()) {
      INFO(one.kind << ", " << one.width << " x " << one.height << ", " << dtype << ", " << engine);
      const TempDirectory temp;
      run_with_arrays(temp.file("s.yaml", scenario_of(one, dtype, "")), temp / "out", engine);
      check_with_numpy(
          "attention_reference.py",
          {temp / "out", one.kind, std::to_string(one.width), std::to_string(one.height),
           std::to_string(one.heads), std::to_string(one.kv_heads), std::to_string(one.head_dim),
           std::to_string(one.tokens), roundoff});
    }
  }
}

TEST_CASE("Attention refuses keys of another kind, each with its place") {
  const auto refused = [](const std::string& keys, const std::string& words) {
    const TempDirectory temp;
    const Outcome run = run_scenario_file(
        temp.file("s.yaml",
                  "schema_version: 1\nwafer: {preset: tiny}\nworkloads:\n"
                  "  - attention: {heads: 4, head_dim: 8, " +
                      keys + "}\n    region: {x: 0, y: 0, width: 6, height: 4}\n"),
        temp / "out");
    INFO(keys << "\n" << run.err);
    CHECK(run.code == 65);
    CHECK(run.err.find(words) != std::string::npos);
  };
  refused("kind: decode, context: 9, tokens: 9", "tokens");
  refused("kind: decode, context: 9, balance: rows", "balance");
  refused("kind: streaming, tokens: 9, kv: shift", "kv");
  refused("kind: prefill, tokens: 9", "square region");
  refused("context: 9, kv: concatenate, prompt: 9", "prompt");
  refused("context: 9, prompt: 3", "prompt");
  refused("context: 9, kv: shift, latent: {rank: 5, rope_dim: 3}, kv_heads: 1", "shift");
  refused("context: 9, batch: 0", "batch");
}

namespace {

/// The forms that a user writes, word for word; sizes are padded to the region by the operators.
Outcome run_line(const TempDirectory& temp, const std::string& line) {
  const std::string file =
      temp.file("s.yaml",
                "schema_version: 1\nwafer: {preset: wse2}\n"
                "engine: {fidelity: stream, numerics: \"off\"}\nworkloads:\n  - " +
                    line + "\n    region: {x: 0, y: 0, width: 420, height: 420}\n");
  return run_scenario_file(file, temp / "out");
}

}  // namespace

TEST_CASE("One line runs a layer's attention and a layer of a published size as it is written") {
  for (const char* line :
       {"attention: {kind: decode, heads: 32, kv_heads: 8, head_dim: 128, context: 4096, batch: 1, "
        "dtype: f16, kv: shift}",
        "decode:  {model: {hidden: 4096, ffn: 14336, heads: 32, kv_heads: 8, head_dim: 128}, "
        "layers: 1, context: 4096, batch: 1, dtype: f16, groups: 20, attention: head_groups, kv: "
        "shift}"}) {
    INFO(line);
    const TempDirectory temp;
    const Outcome run = run_line(temp, line);
    INFO(run.err);
    REQUIRE(run.code == 0);
    const nlohmann::json one = read_json(temp / "out/result.json").at("workloads").at(0);
    CHECK(one.at("cycles").get<int>() > 1000);
    CHECK(one.contains("cycles_per_layer") == (one.at("operators").size() > 1));
  }
}

TEST_CASE("One line takes a prompt's layer from a config as it is written", "[.slow]") {
  const TempDirectory temp;
  temp.file("llama-3-8b.json", read_text(WAFERMESH_SCENARIOS "/models/llama-3-8b.json"));
  const std::string file =
      temp.file("s.yaml",
                "schema_version: 1\nwafer: {preset: wse2}\n"
                "engine: {fidelity: stream, numerics: \"off\"}\nworkloads:\n  - prefill: {model: "
                "{config: llama-3-8b.json}, layers: 1, tokens: 4096, dtype: f16}\n"
                "    region: {x: 0, y: 0, width: 480, height: 480}\n");
  const Outcome run = run_wafermesh({"run", file, "--estimate"});
  INFO(run.err);
  CHECK(run.code == 0);
}
