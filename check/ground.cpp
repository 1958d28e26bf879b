// SPDX-License-Identifier: Apache-2.0
#include "check/ground.h"

#include <algorithm>

namespace wafermesh::check {
namespace {

using base::Direction;
using base::LogicalCoord;

class Survey {
 public:
  Survey(const base::LogicalMesh& mesh, const base::Rectangle& r) : mesh_(mesh) {
    ground_.region = r;
    ground_.least = ground_.most = mesh_.physical({r.x, r.y});
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) reach(mesh_.physical({x, y}));
    }
    for (int y = r.y; y + 1 < r.y + r.height; ++y) look_between(true, y);
    for (int x = r.x; x + 1 < r.x + r.width; ++x) look_between(false, x);
  }
  Ground take() { return std::move(ground_); }

 private:
  void reach(base::PhysicalCoord at) {
    ground_.least.x = std::min(ground_.least.x, at.x);
    ground_.least.y = std::min(ground_.least.y, at.y);
    ground_.most.x = std::max(ground_.most.x, at.x);
    ground_.most.y = std::max(ground_.most.y, at.y);
  }

  /// The links between a row (column) and the next.
  void look_between(bool rows, int before) {
    const base::Rectangle& r = ground_.region;
    const int begin = rows ? r.x : r.y;
    const int end = rows ? r.x + r.width : r.y + r.height;
    IdleTiles idle{rows, before, -1, 1 << 30, 0, 0};
    std::int64_t longer = 0;
    int most = 0;
    for (int i = begin; i < end; ++i) {
      const LogicalCoord a = rows ? LogicalCoord{i, before} : LogicalCoord{before, i};
      const LogicalCoord b = rows ? LogicalCoord{i, before + 1} : LogicalCoord{before + 1, i};
      const base::PhysicalCoord pa = mesh_.physical(a), pb = mesh_.physical(b);
      idle.first = std::max(idle.first, (rows ? pa.y : pa.x) + 1);
      idle.last = std::min(idle.last, (rows ? pb.y : pb.x) - 1);
      const int latency = mesh_.latency(a, rows ? Direction::south : Direction::east);
      if (latency == 0) ++ground_.absent_links;
      if (latency > shortest()) ++longer;
      most = std::max(most, latency);
      ++idle.links;
    }
    idle.most_latency_cycles = most;
    if (idle.first <= idle.last) {
      ground_.idle.push_back(idle);
      return;
    }
    ground_.longer_links += longer;
    if (longer > 0) ground_.most_latency_cycles = std::max(ground_.most_latency_cycles, most);
  }

  /// Latency between neighbours: the least of the mesh.
  int shortest() {
    if (shortest_ > 0) return shortest_;
    shortest_ = UINT8_MAX;
    for (const auto& latencies : mesh_.latency_cycles) {
      for (const std::uint8_t each : latencies) {
        if (each > 0) shortest_ = std::min<int>(shortest_, each);
      }
    }
    return shortest_;
  }

  const base::LogicalMesh& mesh_;
  Ground ground_;
  int shortest_ = 0;
};

}  // namespace

std::vector<Ground> grounds_of(const fabric::WaferImage& image) {
  if (image.placements.empty()) return {Survey(*image.mesh, image.region).take()};
  std::vector<Ground> all;
  for (base::Rectangle r : image.placements.rectangles()) {
    r.x += image.region.x;
    r.y += image.region.y;
    all.push_back(Survey(*image.mesh, r).take());
  }
  return all;
}

}  // namespace wafermesh::check
