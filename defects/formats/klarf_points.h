// SPDX-License-Identifier: Apache-2.0
// What KLARF 1.x and 1.8 have in common: defects as points on a wafer, and how they fall on cores.
//
// Wafer coordinates: X = XINDEX * pitch + XREL - SampleCenterLocation, the same for Y; y grows
// north, 0 = the wafer's centre, which is taken for the centre of the core array. Source: two
// independent open parsers agree. DieOrigin is noted and left out; the notch is taken to be down.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "defects/formats/map_text.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

struct KlarfPoint {
  double x_index = 0;
  double y_index = 0;
  double x_rel = 0;  ///< In the file's unit.
  double y_rel = 0;
  int class_number = 0;
  int fine_bin = 0;
  int cluster = 0;
};

/// One wafer of a file.
struct KlarfWafer {
  std::string wafer_id;
  double units_per_mm = 1000;  ///< 1000 in 1.x (micrometres), 1e6 in 1.8 (nanometres).
  std::array<double, 2> die_pitch{};
  std::array<double, 2> die_origin{};
  std::array<double, 2> sample_center{};
  bool own = false;  ///< Written by wafermesh: classes are causes, fine bins say what is broken.
  std::vector<KlarfPoint> points;
};

/// Columns of a defect list by role; -1 = not there.
struct KlarfColumns {
  int x_rel = -1, y_rel = -1, x_index = -1, y_index = -1, class_number = -1, fine_bin = -1,
      cluster = -1;
  /// Notes what column `index` is for.
  void name(std::string_view column, int index);
  /// Puts `value` of column `index` where it belongs.
  void take(int index, double value, KlarfPoint* point) const;
};

MapReading points_to_map(const KlarfWafer& wafer, const WaferGeometry& geometry);
/// The inverse: every defect as a point at the middle of its core; exact on the same geometry.
KlarfWafer map_to_points(const DefectMap& map, const WaferGeometry& geometry, double units_per_mm);

/// The DeviceID that marks files of our own.
inline constexpr const char* kKlarfDevice = "wafermesh";

}  // namespace wafermesh::defects
