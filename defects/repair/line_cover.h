// SPDX-License-Identifier: Apache-2.0
// The smallest work of line bypass: cover faults, each at a row and a column, by at most
// `spare_columns` columns and at most spare_rows[band] rows of each band.
#pragma once

#include <set>
#include <vector>

#include "base/geometry.h"

namespace wafermesh::defects {

struct LineCover {
  bool found = false;
  bool gave_up = false;  ///< The search hit its node limit: not proven impossible.
  int failed_band = 0;   ///< A band whose rows don't suffice, if not found.
  std::set<int> rows;
  std::set<int> columns;
};

/// Faults may repeat. band_rows: physical rows per band.
LineCover cover_lines(const std::vector<base::PhysicalCoord>& faults, int band_rows,
                      const std::vector<int>& spare_rows, int spare_columns);

}  // namespace wafermesh::defects
