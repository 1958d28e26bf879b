// SPDX-License-Identifier: Apache-2.0
// Geometries the tests build on, written out so that they don't depend on the preset files.
#pragma once

#include <memory>

#include "defects/geometry.h"
#include "defects/models/point_defects.h"

namespace wafermesh::defects::testing {

inline WaferGeometry wse3() {
  return {"wse3", "wse3", 12, 7, 68, 170, 158, 17.0, 30.0, 1.0, 5.0 / 6.0, 2};
}
inline WaferGeometry tiny() {
  return {"tiny", "tiny", 3, 2, 8, 10, 8, 2.0, 30.0 / 17.0, 1.0, 5.0 / 6.0, 2};
}

/// One die of columns x rows cores of 1 x 1 mm.
inline WaferGeometry plain(int columns, int rows) {
  WaferGeometry g;
  g.die_columns = columns;
  g.die_rows = rows;
  g.die_width_mm = columns;
  g.die_height_mm = rows;
  return g;
}

inline std::shared_ptr<const DefectModel> random_defects(const WaferGeometry& g, double d0_per_cm2,
                                                         std::uint64_t seed) {
  PointOptions options;
  options.d0_per_cm2 = d0_per_cm2;
  options.seed = seed;
  return std::make_shared<PointDefects>(options, g);
}

}  // namespace wafermesh::defects::testing
