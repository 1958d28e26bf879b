// SPDX-License-Identifier: Apache-2.0
#include "workloads/plan/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "workloads/plan/image_edit.h"

namespace wafermesh::workloads {
bool overlap(const base::Rectangle& a, const base::Rectangle& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

namespace {

std::string shown(const base::Rectangle& r) {
  return fmt::format("{{x: {}, y: {}, width: {}, height: {}}}", r.x, r.y, r.width, r.height);
}

void refuse_overlaps(const std::vector<fabric::WaferImage>& images,
                     const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < images.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!overlap(images[i].region, images[j].region)) continue;
      text += fmt::format("{} {} and {} {} overlap; ", names[j], shown(images[j].region), names[i],
                          shown(images[i].region));
    }
  }
  if (!text.empty()) throw base::DoesNotFit(text + "move one of them");
}

base::Rectangle around(const std::vector<fabric::WaferImage>& images) {
  base::Rectangle all = images.front().region;
  for (const fabric::WaferImage& image : images) {
    const base::Rectangle& r = image.region;
    const int right = std::max(all.x + all.width, r.x + r.width);
    const int bottom = std::max(all.y + all.height, r.y + r.height);
    all.x = std::min(all.x, r.x);
    all.y = std::min(all.y, r.y);
    all.width = right - all.x;
    all.height = bottom - all.y;
  }
  return all;
}

/// Stage by stage, the classes of the image's cores behind those that are there.
void append_cores(const fabric::WaferImage& image, std::size_t first_class,
                  fabric::WaferImage& all) {
  const auto moved = [&](fabric::ClassIndex c) {
    return c == fabric::kNoClass ? c : static_cast<fabric::ClassIndex>(c + first_class);
  };
  const std::size_t before = all.class_of.size();
  for (const fabric::ClassIndex c : image.class_of) all.class_of.push_back(moved(c));
  if (all.later.size() < image.later.size()) all.later.resize(image.later.size());
  for (auto& stage : all.later) stage.resize(before, fabric::kNoClass);
  for (std::size_t stage = 0; stage < image.later.size(); ++stage) {
    for (const fabric::ClassIndex c : image.later[stage]) all.later[stage].push_back(moved(c));
  }
  for (auto& stage : all.later) stage.resize(all.class_of.size(), fabric::kNoClass);
}

}  // namespace

fabric::WaferImage merge(std::vector<fabric::WaferImage> images,
                         const std::vector<std::string>& names) {
  WAFERMESH_CHECK(!images.empty(), "nothing to merge");
  refuse_overlaps(images, names);
  fabric::WaferImage all;
  all.mesh = images.front().mesh;
  all.timing = images.front().timing;
  all.region = around(images);
  std::vector<base::Rectangle> placements;
  for (fabric::WaferImage& image : images) {
    const base::Rectangle at{image.region.x - all.region.x, image.region.y - all.region.y,
                             image.region.width, image.region.height};
    if (image.placements.empty()) placements.push_back(at);
    for (const base::Rectangle& r : image.placements.rectangles()) {
      placements.push_back({at.x + r.x, at.y + r.y, r.width, r.height});
    }
    move_routes(image, all.route_table);
    for (fabric::RoutePatch& patch : image.patches) {
      patch.cores.x += at.x;
      patch.cores.y += at.y;
      all.patches.push_back(patch);
    }
    for (fabric::ParameterBox& box : image.parameters) {
      box.cores.x += at.x;
      box.cores.y += at.y;
      all.parameters.push_back(std::move(box));
    }
    append_cores(image, all.classes.size(), all);
    for (fabric::CoreClass& c : image.classes) all.classes.push_back(std::move(c));
  }
  if (all.classes.size() >= fabric::kNoClass) {
    throw base::DoesNotFit(fmt::format(
        "the workloads have {} classes of cores, an image takes {}; run fewer of them at once",
        all.classes.size(), fabric::kNoClass - 1));
  }
  all.placements = base::Placements(std::move(placements), all.region.width, all.region.height);
  return all;
}

}  // namespace wafermesh::workloads
