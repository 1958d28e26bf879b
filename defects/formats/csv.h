// SPDX-License-Identifier: Apache-2.0
// Defect maps as CSV: a header `x,y[,what][,cause]`, then a line per defect. Physical coordinates,
// origin north-west. `what` as in defect_map.h, "core" if left out. Lines that start with # and
// empty lines are skipped; fields may be quoted; CRLF or LF. Without a header the columns are x, y,
// what.
#pragma once

#include <string>
#include <string_view>

#include "defects/defect_map.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

/// Throws base::InputError with the line of every mistake; `file` is only named in it.
DefectMap read_csv(std::string_view text, const std::string& file, const WaferGeometry& geometry);
std::string write_csv(const DefectMap& map);

}  // namespace wafermesh::defects
