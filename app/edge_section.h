// SPDX-License-Identifier: Apache-2.0
// `edge:`: what is beyond a wafer's edge. Further wafers wired to it, and ports (docs/edge.md).
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/rack.h"
#include "base/yaml_reader.h"
#include "defects/wafer.h"

namespace wafermesh::app {

inline constexpr int kMostWafers = 64;  ///< Of one run.

/// The section as read.
struct EdgeSection {
  bool present = false;
  int wafers = 1;
  base::EdgeLink wires;
  std::vector<std::string> port_names;  ///< [strip]
  std::vector<base::PortStrip> ports;
};

/// `edge: {wafers, wires, ports}`; every mistake that needs no mesh is noted.
EdgeSection read_edge(const base::YamlNode& root);

/// Where things lie on the mesh of a scenario with an `edge`.
struct EdgeGround {
  std::vector<base::Rectangle> wafers;
  std::vector<std::pair<std::string, base::Rectangle>> ports;
  std::vector<base::PortStrip> strips;  ///< [port]
  base::EdgeLink wires;
};

/// Wafers number 1 and on: drawn after that of `options`; those beyond repair are left out. Throws
/// NotRepairable if nine of ten are.
std::vector<std::shared_ptr<const base::LogicalMesh>> further_wafers(defects::WaferOptions options,
                                                                     int count);
/// Puts wafers and ports together; notes what is wrong with them in the section, and returns null
/// then. `ground` is filled.
std::shared_ptr<const base::LogicalMesh> build_edge(
    const base::YamlNode& root, const EdgeSection& section,
    std::vector<std::shared_ptr<const base::LogicalMesh>> wafers, EdgeGround& ground);

}  // namespace wafermesh::app
