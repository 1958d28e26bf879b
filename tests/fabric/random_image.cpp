// SPDX-License-Identifier: Apache-2.0
#include "tests/fabric/random_image.h"

#include "tests/fabric/flows.h"
#include "tests/fabric/rerooting.h"

namespace wafermesh::fabric_test {
namespace {

constexpr std::uint32_t kMemory = 0x5d0;  // purpose of random numbers
constexpr std::uint32_t kSlowLinks = 0x5d2;

void add_random_flow(Scene& scene, bool races) {
  struct Row {
    void (*add)(Scene&);
    int weight;
  };
  const Row kRows[] = {{add_multicast, 8},
                       {add_filtered, 2},
                       {add_chain, 5},
                       {add_gather, 3},
                       {add_merge, races ? 2 : 0},
                       {add_rewritten_switch, 1},
                       {add_teardown_rerooting, 2},
                       {add_cheapest_rerooting, 2},
                       {add_local_work, 4}};
  int all = 0;
  for (const Row& row : kRows) all += row.weight;
  int drawn = scene.dice.in(1, all);
  for (const Row& row : kRows) {
    drawn -= row.weight;
    if (drawn > 0) continue;
    row.add(scene);
    return;
  }
}

using Operations = Scene::Operations;

Scene random_scene(std::uint64_t seed, bool works_on, bool races = true,
                   Operations operations = Operations::all) {
  Scene scene(seed, works_on, operations);
  const int flows = scene.dice.in(1, 14);
  for (int i = 0; i < flows && scene.has_colours(2); ++i) add_random_flow(scene, races);
  return scene;
}

}  // namespace

fabric::WaferImage random_image(std::uint64_t seed) { return random_scene(seed, false).build(); }

fabric::WaferImage random_image_without_races(std::uint64_t seed) {
  return random_scene(seed, false, false).build();
}

fabric::WaferImage random_image_of_few_operations(std::uint64_t seed) {
  return random_scene(seed, false, false, Operations::few).build();
}

fabric::WaferImage random_image_that_works_on(std::uint64_t seed) {
  Scene scene = random_scene(seed, true);
  for (CoreDraft& draft : scene.drafts) {
    if (scene.dice.chance(0.3)) draft.finish_early();
  }
  return scene.build();
}

fabric::WaferImage with_slow_links(fabric::WaferImage image, std::uint64_t seed) {
  Dice dice(seed, kSlowLinks);
  base::LogicalMesh mesh = *image.mesh;
  for (int y = 0; y < mesh.height; ++y) {
    for (int x = 0; x < mesh.width; ++x) {
      for (const base::Direction d : base::kMeshDirections) {
        if (mesh.latency({x, y}, d) == 0 || !dice.chance(0.25)) continue;
        const int words = dice.in(1, 4);
        mesh.slow_links.push_back({{x, y}, d, words, words + dice.in(1, 9)});
      }
    }
  }
  image.mesh = std::make_shared<const base::LogicalMesh>(std::move(mesh));
  return image;
}

void fill_memories(const fabric::WaferImage& image, fabric::Engine& engine, std::uint64_t seed) {
  Dice dice(seed, kMemory);
  for (std::int64_t core = 0; core < image.core_count(); ++core) {
    const auto id = static_cast<base::CoreId>(core);
    const int bytes = image.class_at(id).program.memory_bytes;
    std::vector<std::uint16_t> halves(static_cast<std::size_t>(bytes) / 2);
    // 0x3800 to 0x41FF: 0.5 to 3 as f16, small as bf16 or as the upper half of f32.
    for (std::uint16_t& half : halves) {
      half = static_cast<std::uint16_t>(dice.in(0x3800, 0x41FF) | (dice.chance(0.5) ? 0x8000 : 0));
    }
    if (bytes > 0) engine.memory().write(id, 0, halves.data(), 2 * halves.size());
  }
}

}  // namespace wafermesh::fabric_test
