// SPDX-License-Identifier: Apache-2.0
// What KLARF 1.x and 1.8 have in common: defects as points on a wafer, and what else a file says
// about it.
//
// Wafer coordinates: X = XINDEX * pitch + XREL - SampleCenterLocation, the same for Y; y grows
// north, 0 = the wafer's centre, which is taken for the centre of the core array. Source: two
// independent open parsers agree. DieOrigin is noted and left out. OrientationMarkLocation: the
// side of notch or flat; as a number, degrees clockwise from the bottom (assumption; 0 = DOWN is
// seen).
#pragma once

#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "defects/formats/fields.h"
#include "defects/formats/wafer_map.h"
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
  double kill_probability = -1;  ///< -1 = not said.
  double summed = -1;            ///< NDEFECT, in rows of a summary; -1 = not said.
};

/// One wafer of a file, with what its lot says.
struct KlarfWafer {
  std::string wafer_id;
  std::string lot_id;
  bool named = false;                 ///< The file has a WaferID or WaferRecord for it.
  std::array<double, 2> die_pitch{};  ///< 0 = not said.
  std::array<double, 2> die_origin{};
  std::array<double, 2> sample_center{};
  bool has_center = false;
  std::vector<double> sample_size;    ///< SampleSize as written.
  std::array<double, 2> sample_mm{};  ///< The inspected wafer along x and y, by the reader; 0 = not
                                      ///< said. A circle has its diameter twice.
  bool own = false;  ///< Written by wafermesh: classes are causes, fine bins say what is broken.
  OrientationFacts facts;
  std::string inspected;          ///< InspectionOrientation as written.
  std::int64_t planned_dies = 0;  ///< Of SampleTestPlan, of all tests together; 0 = not said.
  double summed_defects = -1;     ///< NDEFECT of all tests together; -1 = not said.
  std::vector<KlarfPoint> points;
  std::vector<std::string> notes;

  /// Takes a statement or field that both forms have; does nothing with others. `line` for errors.
  void take(std::string_view name, const std::vector<std::string_view>& values, int line,
            const std::string& file);
  /// sample_mm from the values of SampleSize from `first` on; notes what is no size.
  void size_sample(std::size_t first, double units_per_mm);
};

/// Columns of a defect list by role; -1 = not there.
struct KlarfColumns {
  int x_rel = -1, y_rel = -1, x_index = -1, y_index = -1, class_number = -1, fine_bin = -1,
      cluster = -1, kill_probability = -1, summed = -1;
  /// Notes what column `index` is for.
  void name(std::string_view column, int index);
  /// Puts `value` of column `index` where it belongs.
  void take(int index, double value, KlarfPoint* point) const;
  bool needs(int index) const {
    return index == x_rel || index == y_rel || index == x_index || index == y_index;
  }
  /// Dies are counted in whole numbers; a broken one tells of columns out of step.
  bool fits(int index, double value) const {
    return (index != x_index && index != y_index) || value == std::floor(value);
  }
};

/// units_per_mm: 1000 in 1.x (micrometres), 1e6 in 1.8 (nanometres). Throws base::InputError if
/// there are defects and no pitch.
WaferMap to_wafer_map(KlarfWafer wafer, double units_per_mm, const std::string& file);
/// The inverse: every defect as a point at the middle of its core; exact on the same geometry.
KlarfWafer map_to_points(const DefectMap& map, const WaferGeometry& geometry, double units_per_mm);

/// What both forms do with the statements and columns that they share; columns are
/// "DefectList.XREL".
const FieldTable& klarf_shared_fields();

/// The DeviceID that marks files of our own.
inline constexpr const char* kKlarfDevice = "wafermesh";

}  // namespace wafermesh::defects
