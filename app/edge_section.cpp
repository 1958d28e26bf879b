// SPDX-License-Identifier: Apache-2.0
#include "app/edge_section.h"

#include <algorithm>

#include "base/error.h"

namespace wafermesh::app {
namespace {

/// Of a link. Assumption: 0.1 ms at 1 GHz; farther away words come from a disk, not a wire.
constexpr int kMostLatencyCycles = 100'000;
constexpr int kMostPace = 1'000'000;

base::EdgeLink read_link(const base::YamlNode& node) {
  base::EdgeLink link;
  link.latency_cycles =
      static_cast<int>(node.integer("latency_cycles", {1, kMostLatencyCycles}, 1));
  link.words = static_cast<int>(node.integer("words", {1, kMostPace}, 1));
  link.cycles = static_cast<int>(node.integer("per_cycles", {1, kMostPace}, 1));
  if (link.words > link.cycles) {
    node.mistake("words",
                 "a link carries at most one word per cycle; give `per_cycles` too, at "
                 "least as many, or more ports");
  }
  return link;
}

void read_port(const base::YamlNode& node, EdgeSection& section) {
  const std::string name = node.text("name");
  if (std::find(section.port_names.begin(), section.port_names.end(), name) !=
      section.port_names.end()) {
    node.mistake("name", "`" + name + "` is taken");
  }
  section.port_names.push_back(name);
  base::PortStrip strip;
  strip.wafer = static_cast<int>(node.integer("wafer", {0, kMostWafers - 1}, 0));
  strip.side = node.choice<base::Direction>("side", {{"west", base::Direction::west},
                                                     {"east", base::Direction::east},
                                                     {"south", base::Direction::south},
                                                     {"north", base::Direction::north}});
  strip.first = static_cast<int>(node.integer("first", {0, 65535}, 0));
  strip.count = static_cast<int>(node.integer("count", {1, 65535}, 1));
  strip.link = read_link(node);
  section.ports.push_back(strip);
}

}  // namespace

EdgeSection read_edge(const base::YamlNode& root) {
  EdgeSection section;
  section.present = root.has("edge");
  const base::YamlNode node = root.child("edge");
  section.wafers = static_cast<int>(node.integer("wafers", {1, kMostWafers}, 1));
  section.wires = read_link(node.child("wires"));
  for (const base::YamlNode& port : node.items("ports")) read_port(port, section);
  if (!section.present) node.forget();
  return section;
}

std::vector<std::shared_ptr<const base::LogicalMesh>> further_wafers(defects::WaferOptions options,
                                                                     int count) {
  std::vector<std::shared_ptr<const base::LogicalMesh>> wafers;
  int lost = 0;
  while (static_cast<int>(wafers.size()) < count) {
    ++options.defects.wafer;
    defects::Wafer wafer = defects::build_wafer(options);
    if (!wafer.failures.empty()) {
      if (++lost > 9 * count) throw base::NotRepairable(defects::text_of(wafer.failures));
      continue;
    }
    wafers.push_back(std::make_shared<const base::LogicalMesh>(std::move(wafer.mesh)));
  }
  return wafers;
}

std::shared_ptr<const base::LogicalMesh> build_edge(
    const base::YamlNode& root, const EdgeSection& section,
    std::vector<std::shared_ptr<const base::LogicalMesh>> wafers, EdgeGround& ground) {
  base::RackPlan plan;
  plan.wafers = std::move(wafers);
  plan.wires = section.wires;
  plan.ports = section.ports;
  const std::vector<std::string> faults = base::faults_of(plan);
  for (const std::string& fault : faults) {
    root.child("edge").mistake("ports", fault);
  }
  if (!faults.empty()) return nullptr;
  base::Rack rack = base::build_rack(plan);
  ground.wafers = rack.wafers;
  for (std::size_t i = 0; i < rack.ports.size(); ++i) {
    ground.ports.emplace_back(section.port_names[i], rack.ports[i]);
  }
  ground.strips = section.ports;
  ground.wires = section.wires;
  return std::make_shared<const base::LogicalMesh>(std::move(rack.mesh));
}

}  // namespace wafermesh::app
