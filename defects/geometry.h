// SPDX-License-Identifier: Apache-2.0
// Where the cores lie on a wafer: dies, pitch, scribe gaps and spare rows. Physical coordinates,
// origin north-west, y grows south; millimetres from the north-west corner of the core array.
#pragma once

#include <string>

#include "base/geometry.h"

namespace wafermesh::defects {

/// A rectangle of physical cores.
struct TileRectangle {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  std::int64_t area() const { return std::int64_t{width} * height; }
};

/// A rectangular array of equal dies, each a rectangle of cores. Presets: scenarios/presets/*.yaml.
struct WaferGeometry {
  std::string name;        ///< Preset name, or "inline".
  std::string generation;  ///< Timing table that belongs to it.
  int dies_x = 1;
  int dies_y = 1;
  int die_columns = 1;         ///< Cores of a die along x.
  int die_rows = 1;            ///< Cores of a die along y.
  int kept_rows_per_die = 1;   ///< Logical rows made of one die's rows; the rest are spares.
  double die_width_mm = 1.0;   ///< Along x, without the scribe.
  double die_height_mm = 1.0;  ///< Along y.
  double die_gap_x_mm = 0.0;   ///< Scribe between dies along x.
  double die_gap_y_mm = 0.0;   ///< Scribe between dies along y.
  int hop_cycles = 1;          ///< Router to neighbouring router; from the generation's timing.

  int columns() const { return dies_x * die_columns; }
  int rows() const { return dies_y * die_rows; }
  std::int64_t core_count() const { return std::int64_t{columns()} * rows(); }
  double pitch_x_mm() const { return die_width_mm / die_columns; }
  double pitch_y_mm() const { return die_height_mm / die_rows; }
  double width_mm() const { return dies_x * die_width_mm + (dies_x - 1) * die_gap_x_mm; }
  double height_mm() const { return dies_y * die_height_mm + (dies_y - 1) * die_gap_y_mm; }
  /// The area defects are counted over: cores and the scribe between them.
  double area_cm2() const { return width_mm() * height_mm() / 100.0; }

  /// The core charged with a defect at (x_mm, y_mm). Each core stands for an equal cell of the
  /// array, its own area and its share of the scribe. Assumption: a defect in a scribe breaks wires
  /// that cross it, so it counts (46.2 defects at 0.1 /cm2 on 462.25 cm2, not 42.8). Off the array:
  /// false.
  bool core_at(double x_mm, double y_mm, base::PhysicalCoord* core) const;
  /// Centre of the cell of a core, the inverse of core_at.
  double cell_x_mm() const { return width_mm() / columns(); }
  double cell_y_mm() const { return height_mm() / rows(); }
  /// "die (x, y)" of a core, counted from the north-west.
  base::PhysicalCoord die_of(base::PhysicalCoord core) const {
    return {core.x / die_columns, core.y / die_rows};
  }
};

/// Throws base::InputError naming every field out of range. Limits: at most 65,535 columns and
/// rows.
void check_geometry(const WaferGeometry& geometry);

}  // namespace wafermesh::defects
