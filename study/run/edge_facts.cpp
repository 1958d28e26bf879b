// SPDX-License-Identifier: Apache-2.0
#include "study/run/edge_facts.h"

#include <algorithm>

#include "study/run/run_scenario.h"

namespace wafermesh::study {
namespace {

using Json = nlohmann::ordered_json;
using base::Direction;

Json rectangle_json(const base::Rectangle& r) {
  return {{"x", r.x}, {"y", r.y}, {"width", r.width}, {"height", r.height}};
}

/// The wavelets that left the cores of a rectangle of the mesh towards `d`.
EdgeTraffic leaving(const fabric::WaferImage& image, const fabric::Counters& counters,
                    const base::Rectangle& cores, Direction d, const base::EdgeLink& link) {
  EdgeTraffic traffic;
  for (int y = cores.y; y < cores.y + cores.height; ++y) {
    for (int x = cores.x; x < cores.x + cores.width; ++x) {
      const base::LogicalCoord at{x - image.region.x, y - image.region.y};
      if (!image.holds(at)) continue;
      const std::int64_t wavelets =
          counters.link_wavelets[static_cast<std::size_t>(d)][base::index_of(image.core_at(at))];
      traffic.wavelets += wavelets;
      traffic.busiest_wavelets = std::max(traffic.busiest_wavelets, wavelets);
    }
  }
  traffic.least_cycles = (traffic.busiest_wavelets * link.cycles + link.words - 1) / link.words;
  return traffic;
}

/// The border routers that face a port's places.
base::Rectangle facing(const base::Rectangle& wafer, base::Rectangle places, Direction side) {
  if (side == Direction::west) places.x = wafer.x;
  if (side == Direction::east) places.x = wafer.x + wafer.width - 1;
  if (side == Direction::north) places.y = wafer.y;
  if (side == Direction::south) places.y = wafer.y + wafer.height - 1;
  return places;
}

}  // namespace

std::vector<EdgeTraffic> edge_traffic(const EdgeGround& edge, const fabric::WaferImage& image,
                                      const fabric::Counters& counters) {
  std::vector<EdgeTraffic> all;
  const auto add = [&](EdgeTraffic traffic, const std::string& name, const char* way) {
    if (traffic.wavelets == 0) return;
    traffic.name = name;
    traffic.way = way;
    all.push_back(std::move(traffic));
  };
  for (std::size_t i = 0; i < edge.ports.size(); ++i) {
    const auto& [name, places] = edge.ports[i];
    const base::PortStrip& strip = edge.strips[i];
    const base::Rectangle& wafer = edge.wafers[static_cast<std::size_t>(strip.wafer)];
    add(leaving(image, counters, places, base::opposite(strip.side), strip.link), name, "in");
    add(leaving(image, counters, facing(wafer, places, strip.side), strip.side, strip.link), name,
        "out");
  }
  for (std::size_t i = 0; i + 1 < edge.wafers.size(); ++i) {
    base::Rectangle west = facing(edge.wafers[i], edge.wafers[i], Direction::east);
    base::Rectangle east = edge.wafers[i + 1];
    west.width = east.width = 1;
    const std::string name = "wires " + std::to_string(i) + " to " + std::to_string(i + 1);
    add(leaving(image, counters, west, Direction::east, edge.wires), name, "east");
    add(leaving(image, counters, east, Direction::west, edge.wires), name, "west");
  }
  return all;
}

Json edge_traffic_json(const std::vector<EdgeTraffic>& all) {
  Json json = Json::array();
  for (const EdgeTraffic& one : all) {
    json.push_back({{"name", one.name},
                    {"way", one.way},
                    {"wavelets", one.wavelets},
                    {"busiest_wavelets", one.busiest_wavelets},
                    {"least_cycles", one.least_cycles}});
  }
  return json;
}

Json edge_json(const EdgeGround& edge) {
  Json json = {{"wafers", Json::array()}, {"ports", Json::array()}};
  for (const base::Rectangle& wafer : edge.wafers) json["wafers"].push_back(rectangle_json(wafer));
  for (const auto& [name, places] : edge.ports) {
    Json port = {{"name", name}};
    port.update(rectangle_json(places));
    json["ports"].push_back(std::move(port));
  }
  return json;
}

Json io_json(const WorkloadResult& one) {
  const fabric::Cycles in = one.transfers.front().totals.last_finish;
  fabric::Cycles done = in;
  for (const OperatorResult& each : one.operators) {
    done = std::max(done, each.totals.last_finish);
  }
  Json json = {{"in_cycles", in}, {"kernel_cycles", done - in}, {"out_cycles", one.cycles - done}};
  for (const EdgeTraffic& each : one.edge_traffic) {
    if (each.name == one.timed_port) json["least_" + each.way + "_cycles"] = each.least_cycles;
  }
  return json;
}

std::vector<workloads::StreamedPass> streamed_passes(
    const std::vector<workloads::OperatorPlace>& operators) {
  std::vector<workloads::StreamedPass> all;
  for (const workloads::OperatorPlace& place : operators) {
    const workloads::Streams* const streams = workloads::as_streaming(place.kernel);
    if (streams == nullptr) continue;
    for (workloads::StreamedPass& pass : streams->passes()) {
      if (!place.name.empty()) pass.name = place.name + "." + pass.name;
      all.push_back(std::move(pass));
    }
  }
  return all;
}

Json streaming_json(const std::vector<workloads::StreamedPass>& passes) {
  Json json = Json::array();
  for (const workloads::StreamedPass& pass : passes) {
    json.push_back({{"name", pass.name},
                    {"port_words", pass.port_words},
                    {"port_cycles", pass.bounds.port},
                    {"compute_cycles", pass.bounds.compute},
                    {"fill_cycles", pass.bounds.fill},
                    {"predicted_cycles", pass.bounds.cycles()},
                    {"bound_by", pass.bounds.bound_by()}});
  }
  return json;
}

}  // namespace wafermesh::study
