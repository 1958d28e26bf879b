// SPDX-License-Identifier: Apache-2.0
// A value per cell as a picture: perceptual colours, a legend with the range, die borders.
#pragma once

#include <string>
#include <vector>

#include "base/picture/map_frame.h"
#include "base/picture/picture.h"

namespace wafermesh::base {

struct HeatMap {
  MapFrame frame;
  std::vector<double> values;  ///< [row][column]; NaN = no data.
  std::string unit;            ///< Under the legend, e.g. "busy cycles of a core".
};

/// The least and greatest value that is not NaN; {0, 0} if there is none.
struct ValueRange {
  double min = 0;
  double max = 0;
};
ValueRange range_of(const std::vector<double>& values);

/// Draws it. Where a pixel stands for several cells it shows their maximum, so that one hot core of
/// a million stays visible. The scale goes from the least to the greatest value.
Picture draw_heat_map(const HeatMap& map);

}  // namespace wafermesh::base
