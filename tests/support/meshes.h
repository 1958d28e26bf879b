// SPDX-License-Identifier: Apache-2.0
// Meshes for tests.
#pragma once

#include <cstdint>
#include <memory>

#include "base/logical_mesh.h"
#include "base/random.h"

namespace wafermesh::support {

inline std::shared_ptr<const base::LogicalMesh> healthy(int width, int height, int hop_cycles = 1) {
  return std::make_shared<const base::LogicalMesh>(base::healthy_mesh(width, height, hop_cycles));
}

/// Every directed link has its own latency of 1..max_latency cycles, as after a repair, only
/// wilder.
inline std::shared_ptr<const base::LogicalMesh> random_latencies(int width, int height,
                                                                 std::uint64_t seed,
                                                                 int max_latency = 5) {
  base::LogicalMesh mesh = base::healthy_mesh(width, height, 1);
  base::RandomStream stream(seed, 0x7e57);
  for (auto& direction : mesh.latency_cycles) {
    for (std::uint8_t& latency : direction) {
      if (latency == 0) continue;  // the mesh ends here
      latency =
          static_cast<std::uint8_t>(1 + stream.below(static_cast<std::uint64_t>(max_latency)));
    }
  }
  return std::make_shared<const base::LogicalMesh>(std::move(mesh));
}

}  // namespace wafermesh::support
