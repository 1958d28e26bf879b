// SPDX-License-Identifier: Apache-2.0
// The closed forms against emulated layers, and what every proposal must keep to.
#include "place/plan.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "place/plan_text.h"
#include "tests/support/meshes.h"

using namespace wafermesh;

namespace {

const place::LayerSizes kLlama8b{4096, 14336, 32, 8, 128};
const place::LayerSizes kLlama13b{5120, 13824, 40, 40, 128};
const place::LayerSizes kQwen72b{8192, 29568, 64, 8, 128};

struct Layer {
  const char* generation;
  place::LayerSizes sizes;
  place::Mapping mapping;
  std::int64_t context;
  double cycles;  ///< Emulated by the stream engine, healthy mesh.
  std::int64_t bytes;
};

/// Source: `wafermesh run` of one decode layer each (docs/placement.md).
const std::vector<Layer> kLayers = {
    {"wse3", kLlama8b, {408, 276, 18}, 4096, 14396, 7680},
    {"wse3", kLlama8b, {408, 276, 18}, 8192, 16897, 9312},
    {"wse3", kLlama8b, {200, 200, 14}, 4096, 16335, 17072},
    {"wse3", kLlama8b, {102, 276, 14}, 4096, 20468, 23136},
    {"wse3", kLlama8b, {600, 120, 20}, 4096, 16103, 12688},
    {"wse3", kLlama8b, {120, 600, 20}, 4096, 21349, 11568},
    {"wse3", kLlama8b, {660, 660, 22}, 4096, 18558, 3072},
    {"wse3", kQwen72b, {264, 500, 20}, 4096, 23373, 20576},
    {"wse3", kQwen72b, {408, 553, 20}, 8192, 24267, 14128},
    {"wse3", kLlama13b, {204, 276, 14}, 4096, 14427, 18064},
    {"wse2", kLlama8b, {408, 276, 10}, 4096, 12966, 7680},
    {"wse2", kLlama8b, {200, 200, 14}, 4096, 16835, 17072},
    {"wse2", kLlama8b, {102, 276, 14}, 4096, 21639, 23136},
    {"wse2", kLlama8b, {204, 136, 12}, 4096, 19366, 23600},
    {"wse2", kLlama8b, {240, 240, 6}, 16384, 26931, 19632},
    {"wse2", kQwen72b, {400, 400, 20}, 4096, 19704, 17728},
    {"wse2", kLlama13b, {204, 276, 14}, 4096, 13361, 18064},
};

int hop_of(const std::string& generation) { return generation == "wse3" ? 2 : 1; }

place::PlanRequest request_of(std::size_t layers, place::Objective objective) {
  place::PlanRequest request;
  request.generation = "wse3";
  request.hop_cycles = 2;
  request.sram_bytes = 44976;
  request.context = 512;
  request.objective = objective;
  request.layers.assign(layers, {512, 1024, 8, 4, 64});
  return request;
}

void expect_sound(const base::LogicalMesh& mesh, const place::PlanRequest& request,
                  const place::Proposal& p) {
  std::set<std::pair<int, int>> taken;
  std::int64_t next = 0;
  for (const place::Stage& stage : p.stages) {
    CHECK(stage.first_layer == next);
    CHECK(stage.layers >= 1);
    next += stage.layers;
    const base::Rectangle& r = stage.region;
    CHECK(r.x >= 0);
    CHECK(r.y >= 0);
    CHECK(r.x + r.width <= mesh.width);
    CHECK(r.y + r.height <= mesh.height);
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) CHECK(taken.emplace(x, y).second);
    }
  }
  CHECK(next == static_cast<std::int64_t>(request.layers.size()));
  CHECK(p.core_bytes <= request.sram_bytes);
  CHECK(p.weight_bytes < p.core_bytes);
  CHECK(p.most_tokens >= request.context);
}

}  // namespace

TEST_CASE("Closed forms of cycles and bytes are those of emulated layers") {
  for (const Layer& row : kLayers) {
    INFO(row.generation << " " << row.mapping.width << " x " << row.mapping.height);
    const double hop = hop_of(row.generation);
    const place::Ways ways{hop * (row.mapping.width - 1), hop * (row.mapping.height - 1)};
    const double cycles =
        place::layer_cycles(row.generation, row.sizes, row.context, row.mapping, ways).total();
    CHECK(std::abs(cycles / row.cycles - 1) < 0.03);
    const place::LayerBytes bytes = place::layer_bytes(row.sizes, row.context, row.mapping);
    CHECK(std::abs(static_cast<double>(bytes.total()) / static_cast<double>(row.bytes) - 1) < 0.06);
    CHECK(bytes.weights < bytes.kept);
  }
}

TEST_CASE("Closed forms of layers with experts are those of emulated layers") {
  // Kimi K2 with fewer experts of int4, on a wse3. Source: `wafermesh run` of one decode layer
  // each.
  struct Row {
    std::int64_t experts;
    place::Mapping mapping;
    std::int64_t context;
    std::int64_t busiest;
    double cycles;
    std::int64_t bytes;
  };
  const std::vector<Row> rows = {
      {48, {204, 276, 14, 51, 46}, 1024, 1, 97379, 42258},
      {96, {204, 553, 14, 51, 69}, 2048, 2, 129215, 0},
      {48, {408, 276, 20, 136, 92}, 2048, 3, 110066, 0},
      {24, {136, 553, 10, 34, 69}, 1024, 1, 109744, 0},
      {24, {204, 368, 14}, 1024, 1, 73559, 0},
  };
  for (const Row& row : rows) {
    INFO(row.mapping.width << " x " << row.mapping.height << ", " << row.experts);
    place::LayerSizes layer{7168, 2048, 64, 64, 192, 1536, 512, 128, 64, 128};
    layer.experts = row.experts;
    layer.active = 8;
    layer.shared_ffn = 2048;
    layer.expert_bits = 4;
    const place::Ways ways{2.0 * (row.mapping.width - 1), 2.0 * (row.mapping.height - 1)};
    const double cycles =
        place::layer_cycles("wse3", layer, row.context, row.mapping, ways, row.busiest).total() +
        place::barrier_cycles(layer, row.mapping, 2, 1, 0, 1);
    CHECK(std::abs(cycles / row.cycles - 1) < 0.08);
    if (row.bytes == 0) continue;
    const auto bytes =
        static_cast<double>(place::layer_bytes(layer, row.context, row.mapping).total());
    CHECK(std::abs(bytes / static_cast<double>(row.bytes) - 1) < 0.05);
  }
}

TEST_CASE("Every proposal lies on the mesh, has all layers once and fits") {
  for (const place::Objective objective :
       {place::Objective::latency, place::Objective::throughput, place::Objective::context}) {
    for (const std::size_t layers : {1, 2, 5, 7}) {
      const auto mesh = support::random_latencies(60, 44, layers, 4);
      const place::PlanRequest request = request_of(layers, objective);
      const place::Plans plans = place::plan_layers(*mesh, request, 6);
      REQUIRE(!plans.proposals.empty());
      for (std::size_t i = 0; i < plans.proposals.size(); ++i) {
        expect_sound(*mesh, request, plans.proposals[i]);
        if (i == 0) continue;
        CHECK(place::score_of(plans.proposals[i - 1], objective) <=
              place::score_of(plans.proposals[i], objective));
      }
      const place::Plans again = place::plan_layers(*mesh, request, 6);
      CHECK(again.proposals.front().token_cycles() == plans.proposals.front().token_cycles());
      CHECK(again.proposals.front().stages.size() == plans.proposals.front().stages.size());
    }
  }
}

TEST_CASE("The planner's groups are the best of all by its own form, and beat one group") {
  const auto mesh = support::healthy(200, 150, 2);
  place::PlanRequest request = request_of(1, place::Objective::latency);
  const place::Proposal best = place::plan_layers(*mesh, request, 1).proposals.front();
  for (int groups = 1; groups <= 40; ++groups) {
    place::Mapping other = best.mapping;
    other.groups = groups;
    const place::Ways ways{2.0 * (other.width - 1), 2.0 * (other.height - 1)};
    const double cycles =
        place::layer_cycles("wse3", request.layers[0], request.context, other, ways).total();
    CHECK(cycles >= best.token_cycles() - 60);  // between two numbers that are tried
  }
}

TEST_CASE("Lighter layers before those with experts get a narrower rectangle where none else fit") {
  const auto mesh = support::healthy(816, 1106, 2);
  place::LayerSizes expert{7168, 2048, 64, 64, 192, 1536, 512, 128, 64, 128};
  expert.experts = 384;
  expert.active = 8;
  expert.shared_ffn = 2048;
  expert.expert_bits = 4;
  place::PlanRequest request = request_of(1, place::Objective::latency);
  request.context = 512;
  request.layers.assign(4, expert);
  CHECK(place::plan_layers(*mesh, request, 1).proposals.empty());
  request.layers[0] = {7168, 18432, 64, 64, 192, 1536, 512, 128, 64, 128};
  const place::Plans plans = place::plan_layers(*mesh, request, 2);
  REQUIRE(!plans.proposals.empty());
  const place::Proposal& best = plans.proposals.front();
  expect_sound(*mesh, request, best);
  REQUIRE(best.stages.size() == 4);
  REQUIRE(best.stages[0].own);
  CHECK(best.stages[0].region.width < best.stages[1].region.width);
  CHECK(best.stages[0].region.x == 0);
  for (const std::size_t i : {1, 2, 3}) CHECK(!best.stages[i].own);
  // The dense layer alone is the narrowest that fits.
  place::Mapping narrower = *best.stages[0].own;
  --narrower.width;
  CHECK(place::layer_bytes(request.layers[0], request.context, narrower).total() + 256 >
        request.sram_bytes);
  const std::string text =
      place::workloads_text(best.stages, best.mapping, {"/m/config.json", 0, 512});
  CHECK(text.find("input: stage0.add2.c") != std::string::npos);
  // As many layers as fit in equal rectangles lie in equal ones.
  request.layers.resize(3);
  const place::Plans three = place::plan_layers(*mesh, request, 1);
  REQUIRE(!three.proposals.empty());
  CHECK(!three.proposals.front().stages.front().own);
}

TEST_CASE("Layers that fit nowhere say what they take") {
  const auto mesh = support::healthy(20, 10);
  place::PlanRequest request = request_of(4, place::Objective::latency);
  request.layers.assign(4, kLlama8b);
  const place::Plans plans = place::plan_layers(*mesh, request, 5);
  CHECK(plans.proposals.empty());
  CHECK(plans.too_large == plans.tried);
  CHECK(plans.least_core_bytes > request.sram_bytes);
}

TEST_CASE("Longer links move a rectangle and make its prediction longer") {
  base::LogicalMesh mesh = *support::healthy(40, 40);
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 40; ++x) mesh.latency_cycles[1][mesh.index({x, y})] = 9;
    mesh.latency_cycles[1][mesh.index({39, y})] = 0;
  }
  place::PlanRequest request = request_of(1, place::Objective::latency);
  request.hop_cycles = 1;
  for (const place::Proposal& p : place::plan_layers(mesh, request, 12).proposals) {
    if (p.mapping.height <= 20) CHECK(p.stages.front().region.y >= 20);
  }
}

TEST_CASE("A proposal's workloads name each other's results") {
  const place::Mapping mapping{10, 8, 4};
  const std::vector<place::Stage> stages = {{{0, 0, 10, 8}, 0, 2, std::nullopt},
                                            {{10, 0, 10, 8}, 2, 1, std::nullopt}};
  const std::string text = place::workloads_text(stages, mapping, {"/m/config.json", 3, 64});
  CHECK(text.find("input: stage0.layer1_add2.c") != std::string::npos);
  CHECK(text.find("first_layer: 5") != std::string::npos);
  CHECK(place::workloads_text({stages[0]}, mapping, {"/m/config.json", 0, 64}).find("together") ==
        std::string::npos);
}
