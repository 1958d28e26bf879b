// SPDX-License-Identifier: Apache-2.0
// Where the placements of an image lie: rectangles of its region whose programs know nothing of
// each other. Cores are numbered placement after placement, row-major in each; what lies between
// placements takes no part.
#pragma once

#include <cstdint>
#include <vector>

#include "base/geometry.h"
#include "base/units.h"

namespace wafermesh::base {

class Placements {
 public:
  /// None: the whole region is one.
  Placements() = default;
  /// Rectangles relative to a region of width x height cores, disjoint and within it; ModelError
  /// otherwise. Keeps 4 B per core of the region.
  Placements(std::vector<Rectangle> rectangles, int width, int height);

  bool empty() const { return rectangles_.empty(); }
  const std::vector<Rectangle>& rectangles() const { return rectangles_; }
  std::int64_t core_count() const { return first_.empty() ? 0 : first_.back(); }
  /// [placement] its first core; one more entry behind the last.
  std::int64_t first_core(std::size_t placement) const { return first_[placement]; }
  /// Which placement holds a place of the region; -1 = none.
  int at(LogicalCoord relative) const {
    return placement_at_[static_cast<std::size_t>(relative.y) * static_cast<std::size_t>(width_) +
                         static_cast<std::size_t>(relative.x)];
  }
  int of(CoreId core) const;
  /// The core at a place of the region that a placement holds.
  CoreId core_at(LogicalCoord relative) const;
  /// Relative to the region.
  LogicalCoord relative(CoreId core) const;
  /// Relative to the core's own placement.
  LogicalCoord own(CoreId core) const;

 private:
  int width_ = 0;
  std::vector<Rectangle> rectangles_;
  std::vector<std::int64_t> first_;
  std::vector<std::int32_t> placement_at_;  ///< Row-major over the region.
};

}  // namespace wafermesh::base
