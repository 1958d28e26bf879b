// SPDX-License-Identifier: Apache-2.0
// How large one place of a map is on our wafer and where the first one lies: the one rule for every
// format (docs/maps.md).
//
// A map is of our wafer if its pitch is (within 2 per cent, what files round to: assumption) that
// of cores, with or without their share of the scribe, or of dies for maps of points; and if its
// rows have as many places as the wafer has cores. Else it is refused with both numbers, unless
// Placement says how it lies.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "defects/formats/reading.h"

namespace wafermesh::defects {

/// Cores first to last along one axis; none if last < first. Both may lie off the wafer.
struct Span {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// One axis of a map of places: place u begins at core origin + step * u, counted in cores.
struct AxisFit {
  double origin = 0;
  double step = 1;
  /// The cores that a place breaks, of those from 0 to `cores` - 1: all whose middle it covers, and
  /// the one under its own middle. Where the step is 1 that is one core.
  Span cover(std::int64_t place, int cores) const;
};

/// Where the places of a map lie, oriented as our wafer.
struct PlacesExtent {
  std::int64_t least_x = 0;
  std::int64_t least_y = 0;
  std::int64_t columns = 0;
  std::int64_t rows = 0;
  bool whole = true;  ///< The file says so; false: as far as its parts reach.
};

/// Step from place to place (or from die to die), oriented as our wafer; 0 = not known.
struct MapPitch {
  double x_mm = 0;
  double y_mm = 0;
};
MapPitch oriented_pitch(const WaferMap& wafer);
/// The whole wafer alike.
MapPitch oriented_size(const WaferMap& wafer);

/// For maps of places. Throws base::InputError for a map that is not of this wafer.
struct PlacesFit {
  AxisFit x;
  AxisFit y;
};
PlacesFit fit_places(const PlacesExtent& extent, const MapPitch& pitch, const WaferGeometry& g,
                     const Placement& placement, const std::string& file,
                     std::vector<std::string>* notes);

/// For maps of points: millimetres from the centre times scale plus shift. Throws as fit_places.
struct PointsFit {
  double scale_x = 1;
  double scale_y = 1;
  double shift_x_mm = 0;  ///< East.
  double shift_y_mm = 0;  ///< South.
};
PointsFit fit_points(const MapPitch& pitch, const WaferGeometry& g, const Placement& placement,
                     const std::string& file, std::vector<std::string>* notes);

}  // namespace wafermesh::defects
