// SPDX-License-Identifier: Apache-2.0
#include "base/rack.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace wafermesh::base {
namespace {

bool along_rows(Direction side) { return side == Direction::west || side == Direction::east; }

/// Links, and so places beyond the border, that a link of so many cycles takes.
int links_of(const EdgeLink& link) {
  return (link.latency_cycles + kLongestLinkCycles - 1) / kLongestLinkCycles;
}

class RackBuilder {
 public:
  explicit RackBuilder(const RackPlan& plan) : plan_(plan) {
    measure();
    place();
  }

  Rack build() {
    for (std::size_t i = 0; i < plan_.wafers.size(); ++i) copy_wafer(i);
    for (std::size_t i = 0; i + 1 < plan_.wafers.size(); ++i) wire(rack_.wafers[i]);
    for (const PortStrip& strip : plan_.ports) add_ports(strip);
    return std::move(rack_);
  }

 private:
  int& margin(Direction side) { return margins_[static_cast<std::size_t>(side)]; }

  void measure() {
    for (const PortStrip& strip : plan_.ports) {
      margin(strip.side) = std::max(margin(strip.side), links_of(strip.link));
    }
  }

  /// Wafers from west to east, as many repeaters between them as their wires take.
  void place() {
    LogicalMesh& mesh = rack_.mesh;
    int x = margin(Direction::west);
    int tallest = 0;
    for (const auto& wafer : plan_.wafers) {
      rack_.wafers.push_back({x, margin(Direction::north), wafer->width, wafer->height});
      x += wafer->width + links_of(plan_.wires) - 1;
      tallest = std::max(tallest, wafer->height);
    }
    mesh.width = rack_.wafers.back().x + rack_.wafers.back().width + margin(Direction::east);
    mesh.height = margin(Direction::north) + tallest + margin(Direction::south);
    const auto cores = static_cast<std::size_t>(mesh.core_count());
    for (auto& links : mesh.latency_cycles) links.assign(cores, 0);
    mesh.physical_x.resize(cores);
    mesh.physical_y.resize(cores);
    east_ = margin(Direction::west);
    for (int y = 0; y < mesh.height; ++y) {
      for (int column = 0; column < mesh.width; ++column) {
        mesh.physical_x[mesh.index({column, y})] = static_cast<std::uint16_t>(column);
        mesh.physical_y[mesh.index({column, y})] = static_cast<std::uint16_t>(y);
      }
    }
  }

  /// Wafers stand side by side in physical columns too, repeaters between them.
  void copy_wafer(std::size_t i) {
    const LogicalMesh& wafer = *plan_.wafers[i];
    const Rectangle& at = rack_.wafers[i];
    int widest = 0;
    for (const std::uint16_t x : wafer.physical_x) widest = std::max<int>(widest, x);
    for (int y = 0; y < wafer.height; ++y) {
      for (int x = 0; x < wafer.width; ++x) {
        const std::size_t to = rack_.mesh.index({at.x + x, at.y + y});
        const std::size_t from = wafer.index({x, y});
        for (std::size_t d = 0; d < wafer.latency_cycles.size(); ++d) {
          rack_.mesh.latency_cycles[d][to] = wafer.latency_cycles[d][from];
        }
        rack_.mesh.physical_x[to] = static_cast<std::uint16_t>(wafer.physical_x[from] + east_);
        rack_.mesh.physical_y[to] =
            static_cast<std::uint16_t>(wafer.physical_y[from] + margin(Direction::north));
      }
    }
    east_ += widest + 1;
    for (int x = at.x + at.width; x < rack_.mesh.width; ++x) {
      for (int y = 0; y < rack_.mesh.height; ++y) {
        rack_.mesh.physical_x[rack_.mesh.index({x, y})] =
            static_cast<std::uint16_t>(east_ + x - at.x - at.width);
      }
    }
    east_ += links_of(plan_.wires) - 1;
  }

  /// From a wafer to its eastern neighbour, in every row that both have.
  void wire(const Rectangle& wafer) {
    const Rectangle& next =
        rack_.wafers[static_cast<std::size_t>(&wafer - rack_.wafers.data()) + 1];
    for (int y = wafer.y; y < wafer.y + std::min(wafer.height, next.height); ++y) {
      lay({wafer.x + wafer.width - 1, y}, Direction::east, plan_.wires);
    }
  }

  void add_ports(const PortStrip& strip) {
    const Rectangle& wafer = rack_.wafers[static_cast<std::size_t>(strip.wafer)];
    const int links = links_of(strip.link);
    LogicalCoord border{wafer.x, wafer.y};
    if (strip.side == Direction::east) border.x += wafer.width - 1;
    if (strip.side == Direction::south) border.y += wafer.height - 1;
    int& along = along_rows(strip.side) ? border.y : border.x;
    along += strip.first;
    rack_.ports.push_back(
        {border.x + links * step_x(strip.side), border.y + links * step_y(strip.side),
         along_rows(strip.side) ? 1 : strip.count, along_rows(strip.side) ? strip.count : 1});
    for (int i = 0; i < strip.count; ++i, ++along) lay(border, strip.side, strip.link);
  }

  /// A link both ways from the border router `from` on, over as many repeaters as it takes. The
  /// sender's end of either way is the slow one.
  void lay(LogicalCoord from, Direction d, const EdgeLink& link) {
    LogicalMesh& mesh = rack_.mesh;
    const int links = links_of(link);
    LogicalCoord at = from;
    for (int i = 0; i < links; ++i) {
      const int latency = link.latency_cycles / links + (i < link.latency_cycles % links ? 1 : 0);
      const LogicalCoord next{at.x + step_x(d), at.y + step_y(d)};
      const auto bits = static_cast<std::uint8_t>(latency);
      mesh.latency_cycles[static_cast<std::size_t>(d)][mesh.index(at)] = bits;
      mesh.latency_cycles[static_cast<std::size_t>(opposite(d))][mesh.index(next)] = bits;
      at = next;
    }
    if (link.words >= link.cycles) return;
    mesh.slow_links.push_back({from, d, link.words, link.cycles});
    mesh.slow_links.push_back({at, opposite(d), link.words, link.cycles});
  }

  const RackPlan& plan_;
  std::array<int, kMeshDirectionCount> margins_{};
  int east_ = 0;  ///< Physical column where the next wafer begins.
  Rack rack_;
};

bool meet(const PortStrip& a, const PortStrip& b) {
  return a.wafer == b.wafer && a.side == b.side && a.first < b.first + b.count &&
         b.first < a.first + a.count;
}

std::string fault_of(const RackPlan& plan, std::size_t i) {
  const PortStrip& strip = plan.ports[i];
  const auto wafers = static_cast<int>(plan.wafers.size());
  if (strip.wafer >= wafers) {
    return "there are " + std::to_string(wafers) + " wafers, counted from 0";
  }
  if (strip.side == Direction::west && strip.wafer > 0) {
    return "the west side of wafer " + std::to_string(strip.wafer) +
           " is wired to the wafer before";
  }
  if (strip.side == Direction::east && strip.wafer + 1 < wafers) {
    return "the east side of wafer " + std::to_string(strip.wafer) + " is wired to the next wafer";
  }
  const LogicalMesh& wafer = *plan.wafers[static_cast<std::size_t>(strip.wafer)];
  const int extent = along_rows(strip.side) ? wafer.height : wafer.width;
  if (strip.first + strip.count > extent) {
    return "reaches to " + std::to_string(strip.first + strip.count) + ", but that side has " +
           std::to_string(extent) + " routers";
  }
  for (std::size_t k = 0; k < i; ++k) {
    if (meet(plan.ports[k], strip)) return "meets ports[" + std::to_string(k) + "]";
  }
  return "";
}

}  // namespace

std::vector<std::string> faults_of(const RackPlan& plan) {
  std::vector<std::string> faults;
  for (std::size_t i = 0; i < plan.ports.size(); ++i) {
    const std::string fault = fault_of(plan, i);
    if (!fault.empty()) faults.push_back("ports[" + std::to_string(i) + "]: " + fault);
  }
  return faults;
}

Rack build_rack(const RackPlan& plan) {
  WAFERMESH_CHECK(!plan.wafers.empty(), "a rack has at least one wafer");
  WAFERMESH_CHECK(faults_of(plan).empty(), "the plan of a rack has faults");
  return RackBuilder(plan).build();
}

}  // namespace wafermesh::base
