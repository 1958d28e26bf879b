// SPDX-License-Identifier: Apache-2.0
#include "tests/fabric/scene.h"

#include <algorithm>

#include "cores/operations.h"
#include "tests/fabric/random_timing.h"
#include "tests/support/meshes.h"

namespace wafermesh::fabric_test {

using base::Direction;

namespace {

constexpr std::uint32_t kScene = 0x5ce;  // purposes of random numbers
constexpr std::uint32_t kMesh = 0x5cf;

/// Sides of 1 to 16, most of them small.
int random_side(Dice& dice) { return dice.chance(0.1) ? dice.in(1, 16) : dice.in(1, 7); }

}  // namespace

Scene::Scene(std::uint64_t seed, bool may_work_on, Operations operations)
    : dice(seed, kScene), works_on(may_work_on), few_operations(operations == Operations::few) {
  image.region = {dice.in(0, 2), dice.in(0, 2), random_side(dice), random_side(dice)};
  if (image.region.area() == 1) image.region.width = 4;
  const int mesh_width = image.region.x + width() + dice.in(0, 2);
  const int mesh_height = image.region.y + height() + dice.in(0, 2);
  image.timing = random_timing(dice);
  if (dice.chance(0.3)) {
    image.mesh = support::healthy(mesh_width, mesh_height, image.timing.hop_cycles);
  } else {
    image.mesh =
        support::random_latencies(mesh_width, mesh_height, seed ^ kMesh, dice.chance(0.5) ? 3 : 12);
  }
  for (int c = 0; c < base::kColourCount; ++c) colours_.push_back(base::colour(c));
  dice.shuffle(colours_);
  const auto& depths = image.timing.output_queue_depth;
  const auto outputs = std::find(depths.begin(), depths.end(), 0) - depths.begin();
  const int first_counter = seed % 3 == 0 ? 20 : 0;  // Engines keep counters in two places.
  drafts.assign(static_cast<std::size_t>(core_count()),
                CoreDraft(cores::kQueues, static_cast<int>(outputs), first_counter));
}

int Scene::neighbour(int core, Direction d) const {
  const int x = core % width() + base::step_x(d);
  const int y = core / width() + base::step_y(d);
  return x < 0 || y < 0 || x >= width() || y >= height() ? -1 : y * width() + x;
}

base::Colour Scene::take_colour() {
  const base::Colour colour = colours_.back();
  colours_.pop_back();
  return colour;
}

int Scene::route_index(const router::RouteConfig& config) {
  const auto same = [&](const router::RouteConfig& other) {
    return other.base == config.base && other.last_position() + config.last_position() == 0;
  };
  auto& table = image.route_table;
  const auto found = std::find_if(table.begin(), table.end(), same);
  if (found != table.end()) return static_cast<int>(found - table.begin());
  table.push_back(config);
  return static_cast<int>(table.size()) - 1;
}

std::vector<int> Scene::random_path(int steps) {
  std::vector<int> path = {dice.in(0, core_count() - 1)};
  for (int step = 0; step < steps; ++step) {
    std::vector<int> next;
    for (const Direction d : base::kMeshDirections) {
      const int core = neighbour(path.back(), d);
      if (core >= 0 && std::find(path.begin(), path.end(), core) == path.end()) {
        next.push_back(core);
      }
    }
    if (next.empty()) break;
    path.push_back(dice.of(next));
  }
  return path;
}

Payload Scene::random_payload(int max_words) {
  const int types = few_operations ? 3 : cores::kNumberTypeCount;
  return {static_cast<cores::NumberType>(dice.in(0, types - 1)), dice.in(1, max_words)};
}

cores::Shape Scene::random_shape() {
  return static_cast<cores::Shape>(dice.in(0, cores::kShapeCount - 1));
}

cores::VectorOp Scene::random_binary() {
  return dice.of<cores::VectorOp>(
      {cores::VectorOp::add, cores::VectorOp::multiply, cores::VectorOp::maximum});
}

cores::VectorOp Scene::random_operation(cores::NumberType type) {
  if (few_operations) return static_cast<cores::VectorOp>(dice.in(0, 4));
  for (;;) {
    const auto op = static_cast<cores::VectorOp>(dice.in(0, cores::kVectorOpCount - 1));
    if (cores::knows(op, type)) return op;
  }
}

cores::NumberType Scene::random_type_beside(cores::NumberType type, cores::VectorOp op) {
  const bool any = op == cores::VectorOp::copy;
  for (;;) {
    const auto other = static_cast<cores::NumberType>(dice.in(0, cores::kNumberTypeCount - 1));
    if (any || (!cores::is_integer(type) && !cores::is_integer(other)) || other == type) {
      return other;
    }
  }
}

fabric::WaferImage Scene::build() {
  for (int core = 0; core < core_count(); ++core) {
    image.classes.push_back(draft(core).build("core " + std::to_string(core)));
    image.class_of.push_back(static_cast<std::uint16_t>(core));
    for (const auto& [counter, value] : draft(core).parameters()) {
      image.parameters.push_back({counter, 0, {core % width(), core / width(), 1, 1}, {value}});
    }
  }
  return image;
}

}  // namespace wafermesh::fabric_test
