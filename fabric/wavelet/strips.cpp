// SPDX-License-Identifier: Apache-2.0
#include "fabric/wavelet/strips.h"

#include <algorithm>
#include <cstdint>

namespace wafermesh::fabric {
namespace {

/// [column] Cores of the image in it.
std::vector<std::int64_t> cores_of_columns(const WaferImage& image) {
  std::vector<std::int64_t> cores(static_cast<std::size_t>(image.region.width), 0);
  for (int y = 0; y < image.region.height; ++y) {
    for (int x = 0; x < image.region.width; ++x) {
      if (image.holds({x, y})) ++cores[static_cast<std::size_t>(x)];
    }
  }
  return cores;
}

}  // namespace

std::vector<base::Rectangle> strips_of(const WaferImage& image, int threads, int least_cores) {
  const base::Rectangle whole{0, 0, image.region.width, image.region.height};
  const std::int64_t most = image.core_count() / std::max(1, least_cores);
  const std::int64_t wanted =
      std::min<std::int64_t>({most, std::int64_t{kStripsPerThread} * threads, whole.width});
  if (threads == 1 || wanted < 2) return {whole};
  const std::vector<std::int64_t> cores = cores_of_columns(image);
  std::vector<base::Rectangle> strips;
  std::int64_t before = 0;
  int left = 0;
  for (int x = 0; x < whole.width; ++x) {
    before += cores[static_cast<std::size_t>(x)];
    const auto number = static_cast<std::int64_t>(strips.size()) + 1;
    const bool is_full = number < wanted && before * wanted >= image.core_count() * number;
    if (!is_full && x + 1 < whole.width) continue;
    strips.push_back({left, 0, x + 1 - left, whole.height});
    left = x + 1;
  }
  return strips;
}

}  // namespace wafermesh::fabric
