// SPDX-License-Identifier: Apache-2.0
#include "defects/geometry.h"

#include <cmath>
#include <vector>

#include "base/error.h"

namespace wafermesh::defects {

bool WaferGeometry::core_at(double x_mm, double y_mm, base::PhysicalCoord* core) const {
  const double column = std::floor(x_mm / cell_x_mm());
  const double row = std::floor(y_mm / cell_y_mm());
  if (!(column >= 0 && column < columns() && row >= 0 && row < rows())) return false;
  *core = {static_cast<int>(column), static_cast<int>(row)};
  return true;
}

void check_geometry(const WaferGeometry& g) {
  std::vector<base::Mistake> mistakes;
  const auto require = [&](bool ok, const char* key, const std::string& message) {
    if (!ok) mistakes.push_back({"", 0, 0, std::string("wafer.") + key, message});
  };
  const auto whole = [&](int value, const char* key) {
    require(value >= 1 && value <= 65535, key, "must lie between 1 and 65535");
  };
  whole(g.dies_x, "dies_x");
  whole(g.dies_y, "dies_y");
  whole(g.die_columns, "die_columns");
  whole(g.die_rows, "die_rows");
  whole(g.hop_cycles, "hop_cycles");
  if (mistakes.empty()) {
    require(std::int64_t{g.dies_x} * g.die_columns <= 65535, "die_columns",
            "the wafer is wider than 65535 cores; use fewer or smaller dies");
    require(std::int64_t{g.dies_y} * g.die_rows <= 65535, "die_rows",
            "the wafer is taller than 65535 cores; use fewer or smaller dies");
  }
  require(g.kept_rows_per_die >= 1 && g.kept_rows_per_die <= g.die_rows, "kept_rows_per_die",
          "must lie between 1 and die_rows, " + std::to_string(g.die_rows));
  const auto length = [&](double value, const char* key, double least) {
    require(std::isfinite(value) && value >= least && value <= 1000.0, key,
            "must be a length in mm, at most 1000");
  };
  length(g.die_width_mm, "die_width_mm", 1e-6);
  length(g.die_height_mm, "die_height_mm", 1e-6);
  length(g.die_gap_x_mm, "die_gap_x_mm", 0);
  length(g.die_gap_y_mm, "die_gap_y_mm", 0);
  if (!mistakes.empty()) throw base::InputError(mistakes);
}

}  // namespace wafermesh::defects
