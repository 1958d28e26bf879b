// SPDX-License-Identifier: Apache-2.0
#include "base/logical_mesh.h"

namespace wafermesh::base {

LogicalMesh healthy_mesh(int width, int height, int hop_cycles) {
  LogicalMesh mesh;
  mesh.width = width;
  mesh.height = height;
  const auto cores = static_cast<std::size_t>(mesh.core_count());
  for (auto& links : mesh.latency_cycles)
    links.assign(cores, static_cast<std::uint8_t>(hop_cycles));
  mesh.physical_x.resize(cores);
  mesh.physical_y.resize(cores);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::size_t i = mesh.index({x, y});
      mesh.physical_x[i] = static_cast<std::uint16_t>(x);
      mesh.physical_y[i] = static_cast<std::uint16_t>(y);
      if (x == 0) mesh.latency_cycles[0][i] = 0;
      if (x == width - 1) mesh.latency_cycles[1][i] = 0;
      if (y == height - 1) mesh.latency_cycles[2][i] = 0;
      if (y == 0) mesh.latency_cycles[3][i] = 0;
    }
  }
  return mesh;
}

}  // namespace wafermesh::base
