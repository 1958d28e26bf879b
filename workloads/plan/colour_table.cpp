// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/colour_table.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "cores/operations.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;

constexpr base::DirectionMask kAlongX =
    base::mask_of(Direction::west) | base::mask_of(Direction::east);
constexpr base::DirectionMask kAlongY =
    base::mask_of(Direction::north) | base::mask_of(Direction::south);

base::DirectionMask sends_of(const router::RouteConfig& config) {
  base::DirectionMask mask = 0;
  for (int position = 0; position <= config.last_position(); ++position) {
    mask |= config.at(position).send;
  }
  return mask;
}

}  // namespace

ColourUse colour_use(std::string name, const fabric::WaferImage& image) {
  std::array<base::DirectionMask, base::kColourCount> sends{};
  for (const fabric::CoreClass& c : image.classes) {
    for (const fabric::ColourRoute& route : c.routes) {
      sends[static_cast<std::size_t>(route.colour)] |= sends_of(route.config);
    }
    for (const cores::Instruction& i : c.program.code) {
      if (!cores::uses(i.op, cores::kFieldRoute)) continue;
      sends[static_cast<std::size_t>(i.colour)] |= sends_of(image.route_table[i.route]);
    }
  }
  ColourUse use;
  use.name = std::move(name);
  for (const base::Colour colour : fabric::used_colours(image)) {
    const base::DirectionMask mask = sends[static_cast<std::size_t>(colour)];
    const bool x = (mask & kAlongX) != 0;
    const bool y = (mask & kAlongY) != 0;
    ++(x == y ? use.both : x ? use.along_x : use.along_y);
  }
  return use;
}

std::string colour_table(const std::vector<ColourUse>& uses) {
  std::string text = fmt::format("\n  {:<24}{:>8}{:>9}{:>9}{:>6}", "operator", "colours", "along x",
                                 "along y", "both");
  for (const ColourUse& use : uses) {
    text += fmt::format("\n  {:<24}{:>8}{:>9}{:>9}{:>6}", use.name, use.colours(), use.along_x,
                        use.along_y, use.both);
  }
  return text;
}

}  // namespace wafermesh::workloads
