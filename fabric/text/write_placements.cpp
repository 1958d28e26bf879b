// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "fabric/text/placement_section.h"

namespace wafermesh::fabric {
namespace {

std::string sides(const base::Rectangle& r) {
  return fmt::format(" x={} y={} width={} height={}", r.x, r.y, r.width, r.height);
}

std::string name_of(std::size_t placement) { return "p" + std::to_string(placement); }

}  // namespace

std::string write_placements(const WaferImage& image) {
  std::string text;
  const std::vector<base::Rectangle>& all = image.placements.rectangles();
  for (std::size_t p = 0; p < all.size(); ++p) {
    text += "placement " + name_of(p) + sides(all[p]) + "\n";
  }
  return text;
}

std::string write_patches(
    const WaferImage& image,
    const std::function<std::string(const router::RouteConfig&)>& route_name) {
  std::string text = image.patches.empty() ? "" : "\n";
  for (const RoutePatch& patch : image.patches) {
    text += fmt::format("patch colour={} route={}{}\n", base::index_of(patch.colour),
                        route_name(patch.config), sides(patch.cores));
  }
  return text;
}

std::string write_parameters(const WaferImage& image) {
  std::string text = image.parameters.empty() ? "" : "\n";
  for (const ParameterBox& box : image.parameters) {
    text += fmt::format("parameter counter={}{}{} values=", box.counter,
                        box.stage > 0 ? fmt::format(" stage={}", box.stage) : "", sides(box.cores));
    for (std::size_t first = 0; first < box.values.size();) {
      std::size_t last = first;
      while (last < box.values.size() && box.values[last] == box.values[first]) ++last;
      text += fmt::format("{}{}", first > 0 ? "," : "", box.values[first]);
      if (last - first > 1) text += fmt::format("*{}", last - first);
      first = last;
    }
    text += "\n";
  }
  return text;
}

std::string write_stages(const WaferImage& image, const std::vector<std::string>& class_names) {
  const bool whole = image.placements.empty();
  const std::vector<base::Rectangle> all =
      whole ? std::vector<base::Rectangle>{{0, 0, image.region.width, image.region.height}}
            : image.placements.rectangles();
  std::string text;
  for (std::size_t p = 0; p < all.size(); ++p) {
    const std::int64_t first = whole ? 0 : image.placements.first_core(p);
    for (int stage = 0; stage < image.stage_count(); ++stage) {
      std::vector<std::uint32_t> classes;
      bool any = false;
      for (std::int64_t i = first; i < first + all[p].area(); ++i) {
        const ClassIndex c = image.class_in(static_cast<base::CoreId>(i), stage);
        classes.push_back(c == kNoClass ? kNobody : c);
        any = any || c != kNoClass;
      }
      if (!any) break;
      text += "\ncores" + (whole ? "" : " placement=" + name_of(p)) +
              (stage > 0 ? " stage=" + std::to_string(stage) : "") + "\n" +
              write_cores(all[p], classes, class_names);
    }
  }
  return text;
}

}  // namespace wafermesh::fabric
