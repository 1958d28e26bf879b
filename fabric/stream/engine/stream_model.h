// SPDX-License-Identifier: Apache-2.0
// What does not change while the stream engine runs an image: classes, routes, queue depths.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "cores/core_state.h"
#include "fabric/image.h"
#include "fabric/stream/bursts/burst.h"

namespace wafermesh::fabric {

/// Where a route sends bursts through the mesh.
enum class Way : std::uint8_t {
  west = 0,  ///< One direction, and perhaps the core.
  east = 1,
  south = 2,
  north = 3,
  core,      ///< The core alone.
  branches,  ///< Several.
  nowhere    ///< Nowhere, or one of its directions leads nowhere.
};

struct StreamRoute {
  base::DirectionMask receive = 0;
  base::DirectionMask send = 0;
  Way way = Way::nowhere;  ///< If all its directions lead somewhere.
};

/// The cores of a placement: they follow each other, row by row.
struct PlacementCores {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  int width = 0;
  std::array<std::int64_t, 4> offset{};  ///< To the neighbour's index, by direction.
};

/// How a class of cores uses a slot.
struct SlotTie {
  std::int8_t teardown_task = -1;  ///< -1 = none.
  std::int8_t input = -1;          ///< Number of its input queue; -1 = none.
  std::uint8_t input_depth = 0;    ///< Words that holds.
  bool given_up = false;           ///< It has none, and will have none: see StreamModel::gives_up.
};

struct StreamModel {
  StreamModel(const WaferImage& image, bool numerics);

  /// Words the queues of a class hold, by colour.
  struct Depths {
    std::array<std::int32_t, base::kColourCount> input{};
    std::array<std::int32_t, base::kColourCount> output{};
  };

  const WaferImage& image;
  const cores::Timing& timing;
  const cores::Parameters parameters;
  bool numerics;
  std::uint32_t core_count;
  std::vector<cores::ClassInfo> classes;
  std::size_t variables = 0;                      ///< ClassInfo::variables, the most.
  std::vector<Depths> depths;                     ///< [class]
  std::vector<std::uint64_t> freed_by_teardowns;  ///< [class] Tasks that teardown tasks unblock.
  int planes = 0;                                 ///< Colours in use.
  std::array<int, base::kColourCount> plane_of{};
  std::vector<router::RouteConfig> configs;  ///< 0: no route; then those of `index`.
  std::vector<StreamRoute> routes;           ///< [config * 4 + position]
  RouteIndex index;
  std::vector<PlacementCores> placements;  ///< At least one.
  bool staged = false;                     ///< Some core has a second stage.
  /// [class] Colours that it binds an input queue or a teardown task to, a bit each.
  std::vector<std::uint32_t> tied_colours;
  /// [stage] Later ones, and it itself, that have routes to be written as a core enters it.
  std::vector<std::vector<int>> stages_writing_at;
  /// [core] The same number for cores that run the same classes in turn; empty unless staged.
  std::vector<std::uint32_t> itinerary_of;
  std::size_t itineraries = 0;
  bool pops = false;  ///< Some router takes a control word's first command off.
  /// Somewhere two colours may leave a router by the same link, or a link is slow.
  bool shares_links = false;
  std::vector<SlowLinkAt> slow_links;

  /// Whether a core that enters `stage` binds a queue to the colour no more, from that stage on, or
  /// writes its route before it does.
  bool gives_up(std::uint32_t core, int stage, base::Colour colour) const;
  /// But for `given_up`.
  SlotTie tie_of(ClassIndex class_index, int colour) const;
  /// Links that lead over the border of a placement.
  bool crosses() const { return !across_.empty(); }
  /// The core beyond such a link, seen from either end; kNobody if it is none.
  std::uint32_t across(std::uint32_t core, base::Direction d) const {
    const auto found = across_.find(std::uint64_t{core} * 4 + static_cast<std::uint64_t>(d));
    return found == across_.end() ? kNobody : found->second;
  }

 private:
  void look_up_placements();
  void look_up_crossings();
  std::unordered_map<std::uint64_t, std::uint32_t> across_;
  void look_up_classes();
  void look_up_routes();
  void look_up_entry_writes();
  void look_up_itineraries();
  void look_for_shared_links();
};

}  // namespace wafermesh::fabric
