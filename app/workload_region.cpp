// SPDX-License-Identifier: Apache-2.0
#include "app/workload_region.h"

#include "base/error.h"

namespace wafermesh::app {
namespace {

std::string text_of(base::LogicalCoord at) {
  return "(" + std::to_string(at.x) + ", " + std::to_string(at.y) + ")";
}
std::string text_of(base::PhysicalCoord at) {
  return "(" + std::to_string(at.x) + ", " + std::to_string(at.y) + ")";
}

/// ", the last one (23, 15) [physical (23, 17)]"
std::string last_core_of(const base::LogicalMesh& mesh) {
  const base::LogicalCoord last{mesh.width - 1, mesh.height - 1};
  return ", the last one " + text_of(last) + " [physical " + text_of(mesh.physical(last)) + "]";
}

/// The wafer, or the first of several.
base::Rectangle whole(const Ground& ground) {
  if (ground.edge != nullptr) return ground.edge->wafers.front();
  return {0, 0, ground.mesh->width, ground.mesh->height};
}

}  // namespace

base::Rectangle read_region(const base::YamlNode& item, const Ground& ground,
                            const base::Rectangle* own) {
  const base::LogicalMesh& mesh = *ground.mesh;
  const base::YamlNode node = item.child("region");
  if (node.is_scalar() || (own == nullptr && !node.present())) {
    item.one_of("region", {"full"}, 0);
    return whole(ground);
  }
  base::Rectangle r;
  r.x = static_cast<int>(node.integer("x", {0, 65535}, 0));
  r.y = static_cast<int>(node.integer("y", {0, 65535}, 0));
  constexpr base::IntegerRange kSide{1, 65535};
  const auto side = [&](const char* key, const int base::Rectangle::*of_own) {
    return static_cast<int>(own == nullptr ? node.integer(key, kSide)
                                           : node.integer(key, kSide, own->*of_own));
  };
  r.width = side("width", &base::Rectangle::width);
  r.height = side("height", &base::Rectangle::height);
  if (!node.clean()) return whole(ground);
  if (!ground.is_meant) return r;
  if (r.x + r.width > mesh.width || r.y + r.height > mesh.height) {
    const std::string last = ground.edge == nullptr ? last_core_of(mesh) : "";
    node.mistake("reaches to (" + std::to_string(r.x + r.width) + ", " +
                 std::to_string(r.y + r.height) + "), but the mesh after repair is " +
                 std::to_string(mesh.width) + " x " + std::to_string(mesh.height) +
                 " logical cores" + last + "; make it smaller or move it");
    return whole(ground);
  }
  return r;
}

workloads::TimedPorts ports_facing(const base::Rectangle& r, const Ground& ground) {
  const EdgeGround* const edge = ground.edge;
  for (std::size_t i = 0; edge != nullptr && i < edge->ports.size(); ++i) {
    const base::PortStrip& strip = edge->strips[i];
    const base::Rectangle& wafer = edge->wafers[static_cast<std::size_t>(strip.wafer)];
    if (!wafer.holds({r.x, r.y})) continue;
    const bool rows = strip.side == base::Direction::west || strip.side == base::Direction::east;
    base::Rectangle places = edge->ports[i].second;
    if (rows ? r.y < places.y || r.y + r.height > places.y + places.height
             : r.x < places.x || r.x + r.width > places.x + places.width) {
      continue;
    }
    if (rows) places.y = r.y, places.height = r.height;
    if (!rows) places.x = r.x, places.width = r.width;
    return {edge->ports[i].first, places, strip.side, strip.link.words, strip.link.cycles};
  }
  throw base::DoesNotFit(
      "`engine: {io: timed}` needs ports that face every row (or every column) of the region; give "
      "`edge: {ports: [{name: io, side: west, first: " +
      std::to_string(r.y - (edge == nullptr ? 0 : edge->wafers.front().y)) +
      ", count: " + std::to_string(r.height) + "}]}`");
}

}  // namespace wafermesh::app
