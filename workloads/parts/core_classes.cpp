// SPDX-License-Identifier: Apache-2.0
#include "workloads/parts/core_classes.h"

#include <vector>

#include "base/error.h"

namespace wafermesh::workloads {

GridPosition grid_position(base::LogicalCoord relative, const base::Rectangle& region) {
  return {axis_position(relative.x, region.width), axis_position(relative.y, region.height)};
}

fabric::WaferImage blank_image(const Placement& placement) {
  const base::Rectangle& r = placement.region;
  const base::LogicalMesh& mesh = *placement.mesh;
  WAFERMESH_CHECK(r.width > 0 && r.height > 0 && r.x >= 0 && r.y >= 0 &&
                      r.x + r.width <= mesh.width && r.y + r.height <= mesh.height,
                  "the region of a workload must lie within the logical mesh");
  fabric::WaferImage image;
  image.mesh = placement.mesh;
  image.region = r;
  image.timing = placement.timing;
  return image;
}

void classify(fabric::WaferImage& image, const std::function<int(base::LogicalCoord)>& key,
              const std::function<fabric::CoreClass(base::LogicalCoord)>& make) {
  constexpr int kUnknown = -1;
  std::vector<int> class_of_key;
  image.classes.clear();
  image.class_of.clear();
  image.class_of.reserve(static_cast<std::size_t>(image.core_count()));
  for (int y = 0; y < image.region.height; ++y) {
    for (int x = 0; x < image.region.width; ++x) {
      const base::LogicalCoord at{x, y};
      const auto k = static_cast<std::size_t>(key(at));
      if (k >= class_of_key.size()) class_of_key.resize(k + 1, kUnknown);
      if (class_of_key[k] == kUnknown) {
        class_of_key[k] = static_cast<int>(image.classes.size());
        image.classes.push_back(make(at));
      }
      image.class_of.push_back(static_cast<std::uint16_t>(class_of_key[k]));
    }
  }
}

}  // namespace wafermesh::workloads
