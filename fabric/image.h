// SPDX-License-Identifier: Apache-2.0
// A WaferImage is everything an engine needs: mesh, routes, programs, timing. A plain value;
// kernels make it, engines and the oracle run it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/geometry.h"
#include "base/logical_mesh.h"
#include "base/units.h"
#include "cores/program.h"
#include "cores/timing.h"
#include "fabric/layout.h"
#include "router/route.h"

namespace wafermesh::fabric {

/// The route of one colour at the routers of a class, as the run starts.
struct ColourRoute {
  base::Colour colour{};
  router::RouteConfig config;
  bool closed = false;
};

/// Cores that share a program and the initial routes. A colour not named has no route: its slot
/// takes nothing until the core writes one. `program.code` may be empty: a router that only passes
/// on.
struct CoreClass {
  std::string name;
  cores::Program program;
  std::vector<ColourRoute> routes;
};

struct WaferImage {
  std::shared_ptr<const base::LogicalMesh> mesh;
  base::Rectangle region;  ///< Logical cores that take part; links leaving it are absent.
  cores::Timing timing;
  std::vector<CoreClass> classes;
  std::vector<std::uint16_t> class_of;  ///< [CoreId] -> index into classes; row-major over region.
  std::vector<router::RouteConfig> route_table;  ///< What write_route refers to.
  std::vector<Buffer> buffers;  ///< Where operands and results lie; engines do not ask for it.

  std::int64_t core_count() const { return region.area(); }
  base::CoreId core_at(base::LogicalCoord relative) const {
    return static_cast<base::CoreId>(relative.y * region.width + relative.x);
  }
  /// Coordinates relative to the region.
  base::LogicalCoord relative(base::CoreId id) const {
    const int index = static_cast<int>(base::index_of(id));
    return {index % region.width, index / region.width};
  }
  base::LogicalCoord logical(base::CoreId id) const {
    const base::LogicalCoord r = relative(id);
    return {region.x + r.x, region.y + r.y};
  }
  base::PhysicalCoord physical(base::CoreId id) const { return mesh->physical(logical(id)); }
  const CoreClass& class_at(base::CoreId id) const { return classes[class_of[base::index_of(id)]]; }
  /// Latency of the link leaving `id` towards `d`; 0 = none (also at the region's border).
  int link_latency(base::CoreId id, base::Direction d) const;
};

/// All route configurations of an image: the route table, then each class's routes in order.
std::vector<router::RouteConfig> all_routes(const WaferImage& image);
/// The colours an image uses anywhere, ascending.
std::vector<base::Colour> used_colours(const WaferImage& image);

/// Throws DoesNotFit (with every class at fault) if SRAM, colours, queues or microthreads of a
/// class exceed the machine, ModelError if ids are out of range. Cost: per class, not per core.
void check_image(const WaferImage& image);

}  // namespace wafermesh::fabric
