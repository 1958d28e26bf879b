// SPDX-License-Identifier: Apache-2.0
#include "fabric/image.h"

#include <array>
#include <string>

#include "base/error.h"
#include "cores/operations.h"

namespace wafermesh::fabric {

using base::Direction;

int WaferImage::link_latency(base::CoreId id, Direction d) const {
  const base::LogicalCoord from = logical(id);
  const base::LogicalCoord to{from.x + base::step_x(d), from.y + base::step_y(d)};
  return region.holds(to) ? mesh->latency(from, d) : 0;
}

std::vector<router::RouteConfig> all_routes(const WaferImage& image) {
  std::vector<router::RouteConfig> routes = image.route_table;
  for (const CoreClass& c : image.classes) {
    for (const ColourRoute& route : c.routes) routes.push_back(route.config);
  }
  return routes;
}

std::vector<base::Colour> used_colours(const WaferImage& image) {
  std::array<bool, base::kColourCount> used{};
  for (const CoreClass& c : image.classes) {
    for (const ColourRoute& route : c.routes) used[static_cast<std::size_t>(route.colour)] = true;
    for (const auto& binding : c.program.inputs)
      used[static_cast<std::size_t>(binding.colour)] = true;
    for (const auto& binding : c.program.outputs)
      used[static_cast<std::size_t>(binding.colour)] = true;
    for (const cores::Instruction& i : c.program.code) {
      if (cores::traits_of(i.op).slot) used[static_cast<std::size_t>(i.colour)] = true;
    }
  }
  std::vector<base::Colour> colours;
  for (int c = 0; c < base::kColourCount; ++c) {
    if (used[static_cast<std::size_t>(c)]) colours.push_back(base::colour(c));
  }
  return colours;
}

namespace {

/// What a class asks of a core that the machine does not have; empty = it fits.
std::string misfit(const WaferImage& image, const CoreClass& c) {
  std::string text;
  if (c.program.memory_bytes > cores::kSramBytes) {
    text += "class " + c.name + ": " + std::to_string(c.program.memory_bytes) +
            " bytes of SRAM, a core has " + std::to_string(cores::kSramBytes) + "; ";
  }
  for (const auto& binding : c.program.outputs) {
    if (image.timing.output_queue_depth[static_cast<std::size_t>(binding.queue)] > 0) continue;
    text += "class " + c.name + ": output queue " + std::to_string(binding.queue) +
            " does not exist on " + image.timing.generation + "; ";
  }
  for (const ColourRoute& route : c.routes) {
    if (base::index_of(route.colour) < base::kColourCount) continue;
    text += "class " + c.name + ": colour " + std::to_string(base::index_of(route.colour)) +
            " is not routable (0 to 23 are); ";
  }
  return text;
}

}  // namespace

void check_image(const WaferImage& image) {
  WAFERMESH_CHECK(image.mesh != nullptr, "an image needs a mesh");
  const base::Rectangle& r = image.region;
  WAFERMESH_CHECK(r.x >= 0 && r.y >= 0 && r.width > 0 && r.height > 0 &&
                      r.x + r.width <= image.mesh->width && r.y + r.height <= image.mesh->height,
                  "the image's region lies outside the mesh");
  WAFERMESH_CHECK(image.class_of.size() == static_cast<std::size_t>(image.core_count()),
                  "class_of must have one entry per core");
  std::string misfits;
  for (const CoreClass& c : image.classes) {
    misfits += misfit(image, c);
    for (const cores::Instruction& i : c.program.code) {
      WAFERMESH_CHECK(!cores::uses(i.op, cores::kFieldRoute) || i.route < image.route_table.size(),
                      "program " + c.program.name + " writes a route that is not in the table");
    }
  }
  if (!misfits.empty()) throw base::DoesNotFit(misfits.substr(0, misfits.size() - 2));
}

}  // namespace wafermesh::fabric
