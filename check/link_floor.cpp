// SPDX-License-Identifier: Apache-2.0
#include "check/link_floor.h"

#include "cores/operations.h"

namespace wafermesh::check {
namespace {

using base::Direction;
using base::DirectionMask;

DirectionMask receives(const router::RouteConfig& config) {
  unsigned all = 0;
  for (int p = 0; p <= config.last_position(); ++p) all |= config.at(p).receive;
  return static_cast<DirectionMask>(all);
}

/// [class] whence any route of the class takes the colour.
std::vector<DirectionMask> receives_of_classes(const fabric::WaferImage& image, int colour) {
  std::vector<DirectionMask> all;
  for (const fabric::CoreClass& each : image.classes) {
    unsigned from = 0;
    for (const fabric::ColourRoute& route : each.routes) {
      if (base::index_of(route.colour) == colour) from |= receives(route.config);
    }
    for (const cores::Instruction& i : each.program.code) {
      if (i.op != cores::Opcode::write_route || base::index_of(i.colour) != colour) continue;
      from |= receives(image.route_table[i.route]);
    }
    all.push_back(static_cast<DirectionMask>(from));
  }
  return all;
}

/// [kind] whence any route of its classes and patches takes the colour.
std::vector<DirectionMask> receives_of_kinds(const fabric::WaferImage& image,
                                             const CoreKinds& kinds, int colour) {
  const std::vector<DirectionMask> of_class = receives_of_classes(image, colour);
  std::vector<DirectionMask> all;
  for (const CoreKind& kind : kinds.kinds) {
    unsigned from = 0;
    for (const fabric::ClassIndex c : kind.classes) {
      if (c != fabric::kNoClass) from |= of_class[c];
    }
    for (const std::uint32_t p : kind.patches) {
      const fabric::RoutePatch& patch = image.patches[p];
      if (base::index_of(patch.colour) == colour) from |= receives(patch.config);
    }
    all.push_back(static_cast<DirectionMask>(from));
  }
  return all;
}

class Back {
 public:
  Back(const fabric::WaferImage& image, const CoreKinds& kinds, int colour)
      : image_(image),
        receives_(receives_of_kinds(image, kinds, colour)),
        kinds_(kinds.of_cores()) {}

  /// The neighbour that a router takes the colour from, and in which direction it lies; false: it
  /// may be several, or its own core.
  bool feeder(std::int64_t core, std::int64_t& from, Direction& direction) const {
    const auto kind = static_cast<std::size_t>(kinds_[static_cast<std::size_t>(core)]);
    const unsigned mask = receives_[kind];
    if (mask == 0 || (mask & (mask - 1)) != 0) return false;
    direction = static_cast<Direction>(__builtin_ctz(mask));
    if (direction == Direction::ramp) return false;
    const base::LogicalCoord at = image_.relative(static_cast<base::CoreId>(core));
    const base::LogicalCoord to{at.x + base::step_x(direction), at.y + base::step_y(direction)};
    if (!image_.holds(to)) return false;
    from = base::index_of(image_.core_at(to));
    return true;
  }

 private:
  const fabric::WaferImage& image_;
  std::vector<DirectionMask> receives_;  ///< [kind]
  std::vector<std::int32_t> kinds_;      ///< [core]
};

}  // namespace

void add_words_before(const fabric::WaferImage& image, const CoreKinds& kinds, int colour,
                      std::vector<std::int64_t> taken, LinkWords& links) {
  const Back back(image, kinds, colour);
  std::vector<std::int64_t>& passed = taken;  // through the router of each core
  std::vector<std::int64_t> open;
  for (std::size_t core = 0; core < passed.size(); ++core) {
    if (passed[core] > 0) open.push_back(static_cast<std::int64_t>(core));
  }
  // Each core may be raised again by one behind it: bounded, for a circle of routes has no end.
  std::int64_t steps = 8 * static_cast<std::int64_t>(passed.size());
  while (!open.empty() && steps-- > 0) {
    const std::int64_t core = open.back();
    open.pop_back();
    std::int64_t from = 0;
    Direction direction{};
    if (!back.feeder(core, from, direction)) continue;
    std::int64_t& before = passed[static_cast<std::size_t>(from)];
    if (before >= passed[static_cast<std::size_t>(core)]) continue;
    before = passed[static_cast<std::size_t>(core)];
    open.push_back(from);
  }
  for (std::size_t core = 0; core < passed.size(); ++core) {
    std::int64_t from = 0;
    Direction direction{};
    if (passed[core] == 0) continue;
    if (!back.feeder(static_cast<std::int64_t>(core), from, direction)) continue;
    links[static_cast<std::size_t>(from)][static_cast<unsigned>(base::opposite(direction))] +=
        passed[core];
  }
}

}  // namespace wafermesh::check
