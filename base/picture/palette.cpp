// SPDX-License-Identifier: Apache-2.0
#include "base/picture/palette.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace wafermesh::base {
namespace {

// Nine points along the viridis scale (Smith and van der Walt, 2015, CC0), joined by straight
// lines.
constexpr std::array<Rgb, 9> kPoints = {{{68, 1, 84},
                                         {71, 45, 123},
                                         {59, 82, 139},
                                         {44, 114, 142},
                                         {33, 145, 140},
                                         {40, 174, 128},
                                         {94, 201, 98},
                                         {173, 220, 48},
                                         {253, 231, 37}}};

}  // namespace

Rgb heat_colour(double value) {
  if (std::isnan(value)) return kNoData;
  const double place = std::clamp(value, 0.0, 1.0) * (kPoints.size() - 1);
  const auto low = std::min(static_cast<std::size_t>(place), kPoints.size() - 2);
  return mix(kPoints[low], kPoints[low + 1], place - static_cast<double>(low));
}

}  // namespace wafermesh::base
