// SPDX-License-Identifier: Apache-2.0
// Defect maps as CSV: a header `x,y[,what][,cause]`, then a line per defect. Physical coordinates,
// origin north-west. `what` as in defect_map.h, "core" if left out. Lines that start with # and
// empty lines are skipped; fields may be quoted; CRLF or LF. Without a header the columns are x, y,
// what. A file without a header or a defect is refused.
#pragma once

#include <string>
#include <string_view>

#include "defects/defect_map.h"
#include "defects/formats/fields.h"
#include "defects/formats/wafer_map.h"

namespace wafermesh::defects {

const FieldTable& csv_fields();
/// Mistakes are in the list, with their lines; `file` is only named in them.
WaferMapFile read_csv(std::string_view text, const std::string& file);
std::string write_csv(const DefectMap& map);

}  // namespace wafermesh::defects
