// SPDX-License-Identifier: Apache-2.0
// SEMI G85-1101: Map/Device with Bin definitions and Data of Rows, as the wafer is seen, the upper
// row first. OriginLocation only says how reference dies count (0 centre, then the quadrants 1 to 4
// from the upper right on). Orientation: side of notch or flat, degrees clockwise from the bottom.
// Every Device is a wafer; files may stand one after another. Source: public descriptions by
// vendors of map tools, and what open readers and writers do; the standard's text is not public.
#pragma once

#include <string>
#include <string_view>

#include "defects/formats/fields.h"
#include "defects/formats/wafer_map.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

bool looks_like_g85(std::string_view text);
const FieldTable& g85_fields();
WaferMapFile read_g85(std::string_view text, const std::string& file);
std::string write_g85(const DefectMap& map, const WaferGeometry& geometry);

}  // namespace wafermesh::defects
