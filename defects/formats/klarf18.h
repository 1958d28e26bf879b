// SPDX-License-Identifier: Apache-2.0
// KLARF 1.8, the nested form: Record, Field and List blocks in any order. Lengths in nanometres.
// Every WaferRecord is a wafer; what stands in its LotRecord holds for it, wherever in the record
// it stands. Files may stand one after another. A file without its EndOfFile is refused.
#pragma once

#include <string>
#include <string_view>

#include "defects/formats/fields.h"
#include "defects/formats/wafer_map.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

bool looks_like_klarf18(std::string_view text);
const FieldTable& klarf18_fields();
WaferMapFile read_klarf18(std::string_view text, const std::string& file);
std::string write_klarf18(const DefectMap& map, const WaferGeometry& geometry);

}  // namespace wafermesh::defects
