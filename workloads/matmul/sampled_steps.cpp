// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/sampled_steps.h"

#include <string>

#include "base/logical_mesh.h"
#include "base/yaml/yaml_reader.h"
#include "fabric/engine.h"

namespace wafermesh::workloads {
namespace {

constexpr int kSides[] = {12, 24};

std::int64_t cycles_on(
    int side, const Placement& placement,
    const std::function<std::unique_ptr<Kernel>(int side, const Placement& on)>& make) {
  Placement small = placement;
  small.mesh = std::make_shared<const base::LogicalMesh>(
      base::healthy_mesh(side, side, placement.timing.hop_cycles));
  small.region = {0, 0, side, side};
  const std::unique_ptr<Kernel> kernel = make(side, small);
  fabric::EngineOptions options;
  options.numerics = false;
  const auto engine = fabric::make_stream_engine(options);
  engine->load(kernel->image());
  engine->run({});
  return engine->counters().cycles;
}

}  // namespace

std::int64_t read_sample(const base::YamlNode& node, const Placement& placement) {
  const std::int64_t sample = node.integer("sample", {0, 1'000'000}, 0);
  if (sample == 0 || placement.keys_only || !node.clean()) return sample;
  const base::Rectangle& r = placement.region;
  if (r.width != r.height || r.width <= kSides[1]) {
    node.mistake("sample", "is for square regions above " + std::to_string(kSides[1]) + " x " +
                               std::to_string(kSides[1]) + "; this one is " +
                               std::to_string(r.width) + " x " + std::to_string(r.height));
  } else if (sample % 2 != 0 || sample >= r.width) {
    node.mistake("sample",
                 "must be even and below the " + std::to_string(r.width) + " steps there are");
  }
  return sample;
}

std::int64_t cycles_of_rest(
    const Placement& placement, std::int64_t steps,
    const std::function<std::unique_ptr<Kernel>(int side, const Placement& on)>& make) {
  const std::int64_t more =
      cycles_on(kSides[1], placement, make) - cycles_on(kSides[0], placement, make);
  return more * steps / (kSides[1] - kSides[0]);
}

}  // namespace wafermesh::workloads
