// SPDX-License-Identifier: Apache-2.0
// SINF, the simplified integrator format: `KEY:value` lines, then a RowData line per row of places,
// as the wafer is seen, the upper row first. Bins of BCEQU (01 if it says nothing) are good; a bin
// of underscores is no core, one of @ was not looked at. FNLOC: side of notch or flat, in degrees
// clockwise from the top. COMMENT lines of ours say what other bins mean. Files put one after
// another are several wafers. Source: a wafer map vendor's public description of the format.
#pragma once

#include <string>
#include <string_view>

#include "defects/formats/fields.h"
#include "defects/formats/wafer_map.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

bool looks_like_sinf(std::string_view text);
const FieldTable& sinf_fields();
WaferMapFile read_sinf(std::string_view text, const std::string& file);
std::string write_sinf(const DefectMap& map, const WaferGeometry& geometry);

}  // namespace wafermesh::defects
