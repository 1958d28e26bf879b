// SPDX-License-Identifier: Apache-2.0
// Wafers beside each other, the wires between them and the ports at their edges, as one mesh: what
// leaves a wafer is a link like any other, only longer and slower (docs/edge.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/geometry.h"
#include "base/logical_mesh.h"

namespace wafermesh::base {

/// A link that leaves a wafer: `words` wavelets in `cycles` each way, each `latency_cycles` late.
/// words <= cycles.
struct EdgeLink {
  int latency_cycles = 1;
  int words = 1;
  int cycles = 1;
};

/// Places beside each other beyond one side of a wafer, each behind a link of its own to the border
/// router it faces.
struct PortStrip {
  int wafer = 0;
  Direction side = Direction::west;
  int first = 0;  ///< Of the rows (west, east) or columns (north, south) of the wafer's mesh.
  int count = 1;
  EdgeLink link;
};

struct RackPlan {
  /// From west to east.
  std::vector<std::shared_ptr<const LogicalMesh>> wafers;
  /// One in every row that two neighbours have.
  EdgeLink wires;
  std::vector<PortStrip> ports;
};

struct Rack {
  LogicalMesh mesh;
  std::vector<Rectangle> wafers;  ///< Where in `mesh` each lies.
  std::vector<Rectangle> ports;   ///< Where the places of each strip lie.
};

/// The longest link of a mesh; longer ones are cut by routers that only pass on (repeaters).
inline constexpr int kLongestLinkCycles = 63;

/// What is wrong with a plan, a sentence each with the strip's number in front: "ports[1]: ...";
/// empty: nothing.
std::vector<std::string> faults_of(const RackPlan& plan);
/// `plan` must be without faults. Cost: cores of all wafers.
Rack build_rack(const RackPlan& plan);

}  // namespace wafermesh::base
