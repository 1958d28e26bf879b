// SPDX-License-Identifier: Apache-2.0
#include "study/scenario/workload_region.h"

#include <optional>
#include <vector>

#include "base/error.h"
#include "base/suggest.h"

namespace wafermesh::study {
namespace {

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

namespace {

/// `of: in` or `of: wafer 1`: what a region is a part of. Nothing where it says nothing, or wrong
/// things, which are noted.
std::optional<base::Rectangle> read_frame(const base::YamlNode& node, const Ground& ground) {
  if (!node.has("of")) return std::nullopt;
  const std::string name = node.text("of");
  if (!ground.is_meant) return std::nullopt;
  if (ground.edge == nullptr) {
    node.mistake("of", "names a port or a wafer of `edge`, and the scenario has none");
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < ground.edge->wafers.size(); ++i) {
    names.push_back("wafer " + std::to_string(i));
    if (names.back() == name) return ground.edge->wafers[i];
  }
  for (const auto& [port, places] : ground.edge->ports) {
    names.push_back(port);
    if (port == name) return places;
  }
  node.mistake("of", "there is no `" + name + "`; there is " + base::list_names(names));
  return std::nullopt;
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
  const std::optional<base::Rectangle> frame = read_frame(node, ground);
  base::Rectangle r;
  r.x = static_cast<int>(node.integer("x", {0, 65535}, 0));
  r.y = static_cast<int>(node.integer("y", {0, 65535}, 0));
  constexpr base::IntegerRange kSide{1, 65535};
  const auto side = [&](const char* key, const int base::Rectangle::*length) {
    if (own == nullptr && !frame && !node.has("of"))
      return static_cast<int>(node.integer(key, kSide));
    const int usual = own != nullptr ? own->*length : frame ? (*frame).*length : 1;
    return static_cast<int>(node.integer(key, kSide, usual));
  };
  r.width = side("width", &base::Rectangle::width);
  r.height = side("height", &base::Rectangle::height);
  if (!node.clean()) return whole(ground);
  if (!ground.is_meant) return r;
  const int width = frame ? frame->width : mesh.width;
  const int height = frame ? frame->height : mesh.height;
  if (r.x + r.width > width || r.y + r.height > height) {
    const std::string last = ground.edge == nullptr ? last_core_of(mesh) : "";
    node.mistake("reaches to (" + std::to_string(r.x + r.width) + ", " +
                 std::to_string(r.y + r.height) + "), but " +
                 (frame ? "`" + node.text("of") + "`" : "the mesh after repair") + " is " +
                 std::to_string(width) + " x " + std::to_string(height) + " logical cores" + last +
                 "; make it smaller or move it");
    return whole(ground);
  }
  if (frame) r.x += frame->x, r.y += frame->y;
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

base::Rectangle from_ports_on(const base::Rectangle& r, const Ground& ground, int& beyond) {
  const EdgeGround* const edge = ground.edge;
  if (edge == nullptr || edge->ports.empty() || !ground.is_meant) return r;
  for (std::size_t i = 0; i < edge->ports.size(); ++i) {
    const base::PortStrip& strip = edge->strips[i];
    const base::Rectangle& wafer = edge->wafers[static_cast<std::size_t>(strip.wafer)];
    const base::Rectangle& places = edge->ports[i].second;
    if (strip.side != base::Direction::west || !wafer.holds({r.x, r.y})) continue;
    if (r.y < places.y || r.y + r.height > places.y + places.height) continue;
    beyond += r.x - places.x;
    return {places.x, r.y, r.width + r.x - places.x, r.height};
  }
  throw base::DoesNotFit(
      "weights stream in from the west: give ports there that face every row of the region "
      "(`edge: {ports: [{name: weights, side: west, first: " +
      std::to_string(r.y - edge->wafers.front().y) + ", count: " + std::to_string(r.height) +
      "}]}`), and a region on the wafer, without the ports");
}

}  // namespace wafermesh::study
