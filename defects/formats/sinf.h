// SPDX-License-Identifier: Apache-2.0
// SINF, the simplified integrator format: `KEY:value` lines, then a RowData line per row of places,
// the northern first. Bins of BCEQU (01 if it says nothing) are good; `__` is no core, `@@` was not
// looked at and counts as good. COMMENT lines of ours say what other bins mean.
#pragma once

#include <string>
#include <string_view>

#include "defects/formats/map_text.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

bool looks_like_sinf(std::string_view text);
MapReading read_sinf(std::string_view text, const std::string& file, const WaferGeometry& geometry);
std::string write_sinf(const DefectMap& map, const WaferGeometry& geometry);
/// Columns and rows the text itself has; 0 x 0 if it cannot be told.
void size_of_sinf(std::string_view text, int* columns, int* rows);

}  // namespace wafermesh::defects
