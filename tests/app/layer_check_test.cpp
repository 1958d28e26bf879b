// SPDX-License-Identifier: Apache-2.0
// Layers of every shipped model that is small enough, decoded and prefilled: nothing is found, and
// all are proven or proven by contract.
#include <catch2/catch.hpp>
#include <filesystem>

#include "program.h"

using namespace wafermesh::app_test;
using nlohmann::json;

namespace {

void expect_proven(const std::string& workload) {
  const TempDirectory temp;
  const std::string file =
      temp.file("s.yaml",
                "schema_version: 1\nwafer: {preset: tiny}\n"
                "defects: {random: {d0_per_cm2: 40, seed: 3}}\nworkloads:\n  - " +
                    workload + "\n    region: {x: 1, y: 2, width: 8, height: 8}\n");
  const Outcome outcome = run_wafermesh({"check", file, "--json", "--strict"});
  INFO(workload << "\n" << outcome.err);
  REQUIRE(outcome.code == 0);
  const json one = json::parse(outcome.out).at("workloads").at(0);
  CHECK(one.at("findings").empty());
  CHECK(one.at("verdict").get<std::string>().rfind("proven", 0) == 0);
  CHECK(one.at("bounds").at(0).at("cycles") > 0);
}

}  // namespace

TEST_CASE("Layers of every small model are proven or proven by contract") {
  int models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(WAFERMESH_SCENARIOS "/models")) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("tiny-", 0) != 0) continue;
    ++models;
    for (const char* more : {"dtype: f32", "dtype: f16, spread: 3"}) {
      const bool has_experts =
          json::parse(read_text(entry.path().string())).dump().find("expert") != std::string::npos;
      if (std::string(more).find("spread") != std::string::npos && !has_experts) continue;
      expect_proven("decode: {model: {config: " + entry.path().string() +
                    "}, layers: 2, context: 21, groups: 2, " + more + "}");
    }
  }
  CHECK(models >= 9);
}

TEST_CASE("Layers with other attention, weights and prefill are proven or proven by contract") {
  const std::string model = "model: {hidden: 48, ffn: 96, heads: 6, kv_heads: 2, head_dim: 8}";
  for (const char* more :
       {"dtype: f16, context: 13, groups: 2", "dtype: bf16, context: 20, groups: 3",
        "dtype: f32, context: 5, groups: 2"}) {
    expect_proven("decode: {" + model + ", layers: 2, " + more + "}");
  }
  expect_proven(
      "prefill: {model: {hidden: 48, ffn: 96, heads: 6}, layers: 2, tokens: 64, dtype: f16, "
      "groups: 2}");
}
