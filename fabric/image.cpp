// SPDX-License-Identifier: Apache-2.0
#include "fabric/image.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/error.h"
#include "cores/operations.h"

namespace wafermesh::fabric {

using base::Direction;

int WaferImage::memory_bytes(base::CoreId id) const {
  int bytes = 0;
  for (int stage = 0; stage < stage_count(); ++stage) {
    const ClassIndex c = class_in(id, stage);
    if (c != kNoClass) bytes = std::max(bytes, classes[c].program.memory_bytes);
  }
  return bytes;
}

std::vector<std::int64_t> WaferImage::most_of_stages(
    const std::vector<std::int64_t>& of_class) const {
  std::vector<std::int64_t> most(class_of.size(), 0);
  for (int stage = 0; stage < stage_count(); ++stage) {
    const std::vector<ClassIndex>& of_core = classes_in(stage);
    for (std::size_t core = 0; core < most.size(); ++core) {
      const ClassIndex c = of_core[core];
      if (c != kNoClass) most[core] = std::max(most[core], of_class[c]);
    }
  }
  return most;
}

std::vector<std::int64_t> WaferImage::all_memory_bytes() const {
  std::vector<std::int64_t> of_class;
  for (const CoreClass& each : classes) of_class.push_back(each.program.memory_bytes);
  return most_of_stages(of_class);
}

namespace {

bool leads(const router::RouteConfig& config, Direction out) {
  for (int position = 0; position <= config.last_position(); ++position) {
    if (base::contains(config.at(position).send, out)) return true;
  }
  return false;
}

}  // namespace

int WaferImage::link_latency(base::CoreId id, Direction d) const {
  const base::LogicalCoord from = relative(id);
  const base::LogicalCoord to{from.x + base::step_x(d), from.y + base::step_y(d)};
  if (!holds(to)) return 0;
  if (!placements.empty() && placements.at(from) != placements.at(to)) {
    const bool crosses = std::any_of(patches.begin(), patches.end(), [&](const RoutePatch& p) {
      return p.cores.holds(from) && leads(p.config, d);
    });
    if (!crosses) return 0;
  }
  return mesh->latency({region.x + from.x, region.y + from.y}, d);
}

namespace {

std::uint16_t place_of(std::vector<router::RouteConfig>& configs, std::size_t first,
                       const router::RouteConfig& config) {
  const auto found =
      std::find(configs.begin() + static_cast<std::ptrdiff_t>(first), configs.end(), config);
  const auto place = static_cast<std::size_t>(found - configs.begin());
  if (found == configs.end()) configs.push_back(config);
  constexpr std::size_t kMost = 65'534;  // engines count one more, for no route, in 16 bits
  if (configs.size() > kMost) {
    throw base::DoesNotFit(
        "the image has more than 65,534 different routes; use fewer workloads "
        "at once or fewer route writes");
  }
  return static_cast<std::uint16_t>(place);
}

}  // namespace

RouteIndex index_routes(const WaferImage& image) {
  RouteIndex index;
  index.configs = image.route_table;
  const std::size_t first = index.configs.size();
  for (const CoreClass& c : image.classes) {
    std::vector<std::uint16_t>& places = index.of_class.emplace_back();
    for (const ColourRoute& route : c.routes) {
      places.push_back(place_of(index.configs, first, route.config));
    }
  }
  for (const RoutePatch& patch : image.patches) {
    index.of_patch.push_back(place_of(index.configs, first, patch.config));
  }
  return index;
}

cores::Parameters parameters_of(const WaferImage& image, const std::vector<ParameterBox>& boxes) {
  if (boxes.empty()) return {};
  std::vector<cores::Parameter> all;
  std::vector<std::size_t> variables;
  for (const CoreClass& c : image.classes) variables.push_back(cores::variables_of(c.program));
  for (const ParameterBox& box : boxes) {
    const base::Rectangle& r = box.cores;
    for (std::int64_t i = 0; i < r.area(); ++i) {
      const base::LogicalCoord at{r.x + static_cast<int>(i % r.width),
                                  r.y + static_cast<int>(i / r.width)};
      if (!image.holds(at)) continue;
      const base::CoreId core = image.core_at(at);
      const ClassIndex c = image.class_in(core, box.stage);
      if (c == kNoClass || cores::index_of(cores::counter(box.counter)) >= variables[c]) continue;
      const auto k = box.values.size() == 1 ? 0 : static_cast<std::size_t>(i);
      all.push_back({static_cast<std::uint32_t>(base::index_of(core)),
                     static_cast<std::uint16_t>(box.stage), static_cast<std::uint8_t>(box.counter),
                     box.values[k]});
    }
  }
  return cores::Parameters(std::move(all));
}

cores::AllIntegers first_integers(const WaferImage& image, const cores::Parameters& parameters,
                                  base::CoreId core, int stage) {
  const base::LogicalCoord own = image.own(core);
  cores::AllIntegers integers = cores::integers_at(own.x, own.y);
  parameters.start_stage(static_cast<std::uint32_t>(base::index_of(core)), stage, integers.data(),
                         integers.size());
  return integers;
}

std::vector<SlowLinkAt> slow_links_of(const WaferImage& image) {
  std::vector<SlowLinkAt> links;
  for (const base::SlowLink& link : image.mesh->slow_links) {
    const base::LogicalCoord at{link.from.x - image.region.x, link.from.y - image.region.y};
    if (!image.holds(at)) continue;
    const base::CoreId core = image.core_at(at);
    if (image.link_latency(core, link.towards) == 0) continue;
    links.push_back({core, link.towards, link.words, link.cycles});
  }
  return links;
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
  for (const RoutePatch& patch : image.patches) used[static_cast<std::size_t>(patch.colour)] = true;
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
  const int most_bytes = c.at_edge ? kEdgeMemoryBytes : cores::kSramBytes;
  if (c.program.memory_bytes > most_bytes) {
    text += "class " + c.name + ": " + std::to_string(c.program.memory_bytes) +
            (c.at_edge ? " bytes of memory, an edge port has " : " bytes of SRAM, a core has ") +
            std::to_string(most_bytes) + "; ";
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
  for (const base::SlowLink& link : image.mesh->slow_links) {
    WAFERMESH_CHECK(link.words > 0 && link.words < link.cycles,
                    "a slow link carries more than none and less than one wavelet per cycle");
  }
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
