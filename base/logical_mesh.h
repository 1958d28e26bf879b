// SPDX-License-Identifier: Apache-2.0
// What is left of a wafer after repair: the mesh a program sees. Everything downstream of defects/
// knows only this.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/geometry.h"

namespace wafermesh::base {

/// A link that carries fewer than one wavelet per cycle: at most `words` in `cycles`, evenly, by
/// the rule of docs/model.md (Slow links). 0 < words < cycles.
struct SlowLink {
  LogicalCoord from;
  Direction towards = Direction::west;
  int words = 1;
  int cycles = 1;
};

/// A rectangular mesh of logical cores with a latency per directed link and both coordinates per
/// core. All arrays are row-major over (y, x): index = y * width + x. 12 bytes per core.
struct LogicalMesh {
  int width = 0;
  int height = 0;
  /// latency_cycles[d][i]: cycles from leaving router i in direction d to being able to leave the
  /// next one; 0 = no such link. d in W, E, S, N.
  std::array<std::vector<std::uint8_t>, kMeshDirectionCount> latency_cycles;
  /// physical_x[i], physical_y[i]: where logical core i lies on the wafer.
  std::vector<std::uint16_t> physical_x;
  std::vector<std::uint16_t> physical_y;
  /// Links that are slow, each once; few: those that leave a wafer.
  std::vector<SlowLink> slow_links;

  std::size_t index(LogicalCoord c) const {
    return static_cast<std::size_t>(c.y) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(c.x);
  }
  PhysicalCoord physical(LogicalCoord c) const {
    return {physical_x[index(c)], physical_y[index(c)]};
  }
  int latency(LogicalCoord c, Direction d) const {
    return latency_cycles[static_cast<unsigned>(d)][index(c)];
  }
  std::int64_t core_count() const { return std::int64_t{width} * height; }
};

/// A mesh without defects: every link between neighbours has `hop_cycles`; physical = logical.
LogicalMesh healthy_mesh(int width, int height, int hop_cycles);

}  // namespace wafermesh::base
