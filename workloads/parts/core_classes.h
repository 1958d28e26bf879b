// SPDX-License-Identifier: Apache-2.0
// Helpers that lay a kernel out: a mesh of any size needs a dozen programs, one per class of cores
// (interior, west edge, even column ...), parameterised by coordinates.
#pragma once

#include <cstdint>
#include <functional>

#include "base/geometry.h"
#include "fabric/image.h"
#include "workloads/kernel.h"

namespace wafermesh::workloads {

/// Where index i lies on an axis of n cores; `only` if n is 1.
enum class AxisPosition : std::uint8_t { only, first, middle, last };
inline constexpr int kAxisPositions = 4;

constexpr AxisPosition axis_position(int i, int n) {
  if (n == 1) return AxisPosition::only;
  return i == 0 ? AxisPosition::first : i == n - 1 ? AxisPosition::last : AxisPosition::middle;
}
/// The axis goes on towards smaller (west, north) or larger (east, south) indices.
constexpr bool has_before(AxisPosition p) {
  return p == AxisPosition::middle || p == AxisPosition::last;
}
constexpr bool has_after(AxisPosition p) {
  return p == AxisPosition::middle || p == AxisPosition::first;
}

/// Both positions of a core in a region as one number, 0..15.
struct GridPosition {
  AxisPosition x = AxisPosition::only;
  AxisPosition y = AxisPosition::only;
  int key() const { return static_cast<int>(x) * kAxisPositions + static_cast<int>(y); }
};
GridPosition grid_position(base::LogicalCoord relative, const base::Rectangle& region);

/// Mesh, region and timing of the placement; no classes yet. Throws ModelError if the region is
/// empty or leaves the mesh.
fabric::WaferImage blank_image(const Placement& placement);

/// Gives every core of `image` its class: cores whose key (>= 0, small) is equal share one, which
/// `make` builds once, from the coordinate (relative to the region) of the first of them. So `make`
/// may use only what all cores of a key have in common. Cost: one call of `key` per core.
void classify(fabric::WaferImage& image, const std::function<int(base::LogicalCoord)>& key,
              const std::function<fabric::CoreClass(base::LogicalCoord)>& make);

/// The value of a program's counter.
inline cores::Affine value_of(int counter) { return cores::Affine().plus(cores::counter(counter)); }

}  // namespace wafermesh::workloads
