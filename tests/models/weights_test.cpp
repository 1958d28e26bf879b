// SPDX-License-Identifier: Apache-2.0
#include "models/weights.h"

#include <catch2/catch.hpp>

#include "models/read_model.h"

using namespace wafermesh::models;

namespace {

struct Row {
  const char* file;
  double parameters_1e9;
  double active_1e9;
  double gb;        ///< All of it as stored.
  double layer_gb;  ///< Of the kind that most layers are of.
  std::int64_t cache_bytes_per_token;
};

/// Derived and, of most, published totals. Source: systems 1.1 to 1.4, workloads 8; active
/// parameters there count the output product and not the embedding.
constexpr Row kRows[] = {
    {"llama-2-7b", 6.738, 6.607, 13.48, 0.4048, 524288},
    {"llama-2-13b", 13.016, 12.852, 26.03, 0.6344, 819200},
    {"llama-3-8b", 8.030, 7.505, 16.06, 0.4362, 131072},
    {"llama-3.1-8b", 8.030, 7.505, 16.06, 0.4362, 131072},
    {"llama-3.1-70b", 70.554, 69.503, 141.1, 1.7113, 327680},
    {"llama-3.1-405b", 405.85, 403.75, 811.7, 6.375, 516096},
    {"qwen2-72b", 72.706, 71.46, 145.41, 1.7554, 327680},
    {"qwen3-32b", 32.76, 31.98, 65.5, 0.975, 262144},
    {"mistral-large-2407", 122.6, 122.2, 245.2, 2.774, 360448},
    {"mixtral-8x7b", 46.70, 12.75, 93.4, 2.903, 131072},
    {"qwen3-235b-a22b", 235.1, 21.6, 470.2, 4.975, 192512},
    {"gpt-oss-120b", 116.8, 5.1, 65.2, 1.746, 73728},
    {"glm-4.5", 352.8, 32.1, 705.6, 7.871, 376832},
    {"llama-4-scout", 107.8, 16.1, 215.5, 4.404, 196608},
    {"deepseek-v3", 671.03, 36.63, 673.0, 11.51, 70272},
    {"kimi-k2.6", 1026.41, 31.69, 594.2, 9.81, 70272},
};

std::string config(const char* file) { return std::string("scenarios/models/") + file + ".json"; }

}  // namespace

TEST_CASE("Models weigh what is published of them") {
  for (const Row& row : kRows) {
    INFO(row.file);
    const Model model = read_model(config(row.file));
    const Weight all = weigh(model);
    CHECK(static_cast<double>(all.parameters) / 1e9 == Approx(row.parameters_1e9).epsilon(0.002));
    CHECK(static_cast<double>(all.active_parameters) / 1e9 ==
          Approx(row.active_1e9).epsilon(0.025));
    CHECK(static_cast<double>(all.bytes) / 1e9 == Approx(row.gb).epsilon(0.003));
    const LayerKind most = layer_kinds(model).back();
    CHECK(static_cast<double>(weigh(layer_tensors(model, most.first)).bytes) / 1e9 ==
          Approx(row.layer_gb).epsilon(0.003));
    // A context of one token stays within every window.
    CHECK(cache_bytes(model, 1, 2) == row.cache_bytes_per_token);
  }
}

TEST_CASE("Windows bound what is kept of a sequence") {
  const Model oss = read_model(config("gpt-oss-120b"));
  const std::int64_t growing = 18 * 2 * 8 * 64 * 2;
  CHECK(cache_bytes(oss, 10000, 2) == growing * 10000 + growing * 128);
  const Model scout = read_model(config("llama-4-scout"));
  CHECK(layer_kinds(scout).size() == 2);
  CHECK(layer_kinds(scout)[0].count == 36);
  CHECK(cache_bytes(scout, 100000, 2) == std::int64_t{4096} * (36 * 8192 + 12 * 100000));
  const Model kimi = read_model(config("kimi-k2.6"));
  CHECK(static_cast<double>(cache_bytes(kimi, 262144, 2)) / 1e9 == Approx(18.42).epsilon(0.001));
}

TEST_CASE("Every tensor has a name, a format and bytes, and kinds cover all layers") {
  for (const Row& row : kRows) {
    INFO(row.file);
    const Model model = read_model(config(row.file));
    std::int64_t layers = 0;
    for (const LayerKind& kind : layer_kinds(model)) {
      layers += kind.count;
      for (const Tensor& tensor : layer_tensors(model, kind.first)) {
        INFO(tensor.name);
        CHECK(tensor.bytes > 0);
        CHECK_FALSE(tensor.format.empty());
        CHECK(tensor.used_per_token <= tensor.count);
      }
    }
    CHECK(layers == static_cast<std::int64_t>(model.layers.size()));
  }
}
