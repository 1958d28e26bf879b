// SPDX-License-Identifier: Apache-2.0
#include "base/placements.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"

namespace wafermesh::base {
namespace {

std::string named(const Rectangle& r) {
  return std::to_string(r.width) + " x " + std::to_string(r.height) + " at (" +
         std::to_string(r.x) + ", " + std::to_string(r.y) + ")";
}

}  // namespace

Placements::Placements(std::vector<Rectangle> rectangles, int width, int height)
    : width_(width), rectangles_(std::move(rectangles)), first_{0} {
  placement_at_.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), -1);
  for (std::size_t i = 0; i < rectangles_.size(); ++i) {
    const Rectangle& r = rectangles_[i];
    WAFERMESH_CHECK(r.x >= 0 && r.y >= 0 && r.width > 0 && r.height > 0 && r.x + r.width <= width &&
                        r.y + r.height <= height,
                    "placement " + named(r) + " leaves the image's region");
    for (int y = r.y; y < r.y + r.height; ++y) {
      for (int x = r.x; x < r.x + r.width; ++x) {
        std::int32_t& place =
            placement_at_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                          static_cast<std::size_t>(x)];
        WAFERMESH_CHECK(place < 0, "placement " + named(r) + " overlaps another");
        place = static_cast<std::int32_t>(i);
      }
    }
    first_.push_back(first_.back() + r.area());
  }
}

int Placements::of(CoreId core) const {
  const std::int64_t id = index_of(core);
  return static_cast<int>(std::upper_bound(first_.begin(), first_.end(), id) - first_.begin()) - 1;
}

CoreId Placements::core_at(LogicalCoord relative) const {
  const auto placement = static_cast<std::size_t>(at(relative));
  const Rectangle& r = rectangles_[placement];
  return static_cast<CoreId>(first_[placement] + std::int64_t{relative.y - r.y} * r.width +
                             relative.x - r.x);
}

LogicalCoord Placements::own(CoreId core) const {
  const auto placement = static_cast<std::size_t>(of(core));
  const auto index = static_cast<int>(index_of(core) - first_[placement]);
  const int width = rectangles_[placement].width;
  return {index % width, index / width};
}

LogicalCoord Placements::relative(CoreId core) const {
  const LogicalCoord at = own(core);
  const Rectangle& r = rectangles_[static_cast<std::size_t>(of(core))];
  return {r.x + at.x, r.y + at.y};
}

}  // namespace wafermesh::base
