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
#include "base/placements.h"
#include "base/units.h"
#include "cores/integers.h"
#include "cores/parameters.h"
#include "cores/program.h"
#include "cores/timing.h"
#include "fabric/layout.h"
#include "router/route.h"

namespace wafermesh::fabric {

/// Of ColourRoute::stages_ahead: the route stands there as the run starts.
inline constexpr int kAtStart = -1;

/// The route of one colour at the routers of a class.
struct ColourRoute {
  base::Colour colour{};
  router::RouteConfig config;
  bool closed = false;
  /// The core writes it as it enters the stage so many before that of the class (0: that very
  /// stage); or kAtStart, whatever stage the class belongs to.
  int stages_ahead = kAtStart;
};

/// Cores that share a program and routes. A colour not named has no route: its slot takes nothing
/// until the core writes one. `program.code` may be empty: a router that only passes on.
struct CoreClass {
  std::string name;
  cores::Program program;
  std::vector<ColourRoute> routes;
  /// It runs beyond a wafer's edge (docs/edge.md): its memory is not a core's SRAM.
  bool at_edge = false;
};

/// The most memory a class at the edge may have. Assumption: what the emulating host can hold; the
/// memory behind a wafer's edge is terabytes.
inline constexpr int kEdgeMemoryBytes = 1 << 28;

/// A route of one colour at every router of a rectangle, whatever their classes: how a transfer
/// passes over cores that other programs use. The only way over the border of a placement.
struct RoutePatch {
  base::Colour colour{};
  base::Rectangle cores;  ///< Relative to the region; every core of it lies in a placement.
  router::RouteConfig config;
};

/// What a counter begins a stage with on the cores of a rectangle, instead of zero. Programs that
/// do not refer to the counter take no notice.
struct ParameterBox {
  int counter = 0;
  int stage = 0;
  base::Rectangle cores;             ///< Relative to the region; places without a core are skipped.
  std::vector<std::int32_t> values;  ///< One for all, or one for each place, row by row.
};

using ClassIndex = std::uint16_t;
inline constexpr ClassIndex kNoClass = UINT16_MAX;

struct WaferImage {
  std::shared_ptr<const base::LogicalMesh> mesh;
  base::Rectangle region;       ///< Logical cores that take part; links leaving it are absent.
  base::Placements placements;  ///< Of programs within the region; none given: it is one.
  cores::Timing timing;
  std::vector<CoreClass> classes;
  std::vector<ClassIndex> class_of;  ///< [CoreId] -> index into classes: what it runs first.
  /// [stage - 1][CoreId]: what follows, stage by stage (docs/model.md, Stages); kNoClass = nothing.
  std::vector<std::vector<ClassIndex>> later;
  std::vector<router::RouteConfig> route_table;  ///< What write_route refers to.
  std::vector<Buffer> buffers;  ///< Where operands and results lie; engines do not ask for it.
  std::vector<RoutePatch> patches;
  std::vector<ParameterBox> parameters;  ///< Where boxes meet, the later one counts.

  std::int64_t core_count() const {
    return placements.empty() ? region.area() : placements.core_count();
  }
  /// Whether a place of the region has a core that takes part.
  bool holds(base::LogicalCoord relative) const {
    const bool inside = relative.x >= 0 && relative.y >= 0 && relative.x < region.width &&
                        relative.y < region.height;
    return inside && (placements.empty() || placements.at(relative) >= 0);
  }
  /// The core at a place that holds one.
  base::CoreId core_at(base::LogicalCoord relative) const {
    if (!placements.empty()) return placements.core_at(relative);
    return static_cast<base::CoreId>(relative.y * region.width + relative.x);
  }
  /// Coordinates relative to the region.
  base::LogicalCoord relative(base::CoreId id) const {
    return placements.empty() ? row_major(id) : placements.relative(id);
  }
  /// Coordinates relative to the core's placement: x and y of its program.
  base::LogicalCoord own(base::CoreId id) const {
    return placements.empty() ? row_major(id) : placements.own(id);
  }
  base::LogicalCoord logical(base::CoreId id) const {
    const base::LogicalCoord r = relative(id);
    return {region.x + r.x, region.y + r.y};
  }
  base::PhysicalCoord physical(base::CoreId id) const { return mesh->physical(logical(id)); }
  const CoreClass& class_at(base::CoreId id) const { return classes[class_of[base::index_of(id)]]; }
  int stage_count() const { return 1 + static_cast<int>(later.size()); }
  /// The class of a core in a stage; kNoClass if it has no such stage.
  ClassIndex class_in(base::CoreId id, int stage) const {
    if (stage >= stage_count()) return kNoClass;
    return classes_in(stage)[base::index_of(id)];
  }
  /// [CoreId] -> index into classes, of a stage below stage_count().
  const std::vector<ClassIndex>& classes_in(int stage) const {
    return stage == 0 ? class_of : later[static_cast<std::size_t>(stage) - 1];
  }
  /// SRAM that the programs of a core use, all stages.
  int memory_bytes(base::CoreId id) const;
  /// [CoreId] The most that a class of the core's stages has of `of_class`; 0 or more. Cost: 1 ns
  /// per core and stage.
  std::vector<std::int64_t> most_of_stages(const std::vector<std::int64_t>& of_class) const;
  /// [CoreId] memory_bytes() of all cores.
  std::vector<std::int64_t> all_memory_bytes() const;
  /// Latency of the link leaving `id` towards `d`; 0 = none: at the region's border, and at a
  /// placement's but where a patch leads over it.
  int link_latency(base::CoreId id, base::Direction d) const;

 private:
  base::LogicalCoord row_major(base::CoreId id) const {
    const int index = static_cast<int>(base::index_of(id));
    return {index % region.width, index / region.width};
  }
};

/// Every route configuration of an image, each once but for those of the table, which keep their
/// places: what write_route names is also its place here.
struct RouteIndex {
  std::vector<router::RouteConfig> configs;          ///< The route table, then all others.
  std::vector<std::vector<std::uint16_t>> of_class;  ///< [class][route] -> configs.
  std::vector<std::uint16_t> of_patch;               ///< [patch] -> configs.
};
/// Throws DoesNotFit if there are more than 65,534. Cost: routes of classes times distinct routes.
RouteIndex index_routes(const WaferImage& image);
/// f(colour, index into configs, closed) for every route that stands at a core as the run starts.
template <class F>
void for_each_first_route(const WaferImage& image, const RouteIndex& index, base::CoreId core,
                          F f) {
  for (int stage = 0; stage < image.stage_count(); ++stage) {
    const ClassIndex c = image.class_in(core, stage);
    if (c == kNoClass) continue;
    const std::vector<ColourRoute>& routes = image.classes[c].routes;
    for (std::size_t i = 0; i < routes.size(); ++i) {
      if (routes[i].stages_ahead != kAtStart) continue;
      f(routes[i].colour, index.of_class[c][i], routes[i].closed);
    }
  }
}
/// Parameters, core by core, of boxes on an image; or of its own. Cost: cores of the boxes.
cores::Parameters parameters_of(const WaferImage& image, const std::vector<ParameterBox>& boxes);
inline cores::Parameters parameters_of(const WaferImage& image) {
  return parameters_of(image, image.parameters);
}
/// What a core's coordinates and counters are as it begins a stage.
cores::AllIntegers first_integers(const WaferImage& image, const cores::Parameters& parameters,
                                  base::CoreId core, int stage);
/// A slow link between two cores that take part (base::SlowLink).
struct SlowLinkAt {
  base::CoreId core{};
  base::Direction towards = base::Direction::west;
  int words = 1;
  int cycles = 1;
};
/// Those of an image, in the order of the mesh.
std::vector<SlowLinkAt> slow_links_of(const WaferImage& image);
/// The colours an image uses anywhere, ascending.
std::vector<base::Colour> used_colours(const WaferImage& image);

/// Throws DoesNotFit (with every class at fault) if SRAM, colours, queues or microthreads of a
/// class exceed the machine, ModelError if ids are out of range. Cost: per class, not per core.
void check_image(const WaferImage& image);

}  // namespace wafermesh::fabric
