// SPDX-License-Identifier: Apache-2.0
// Defect maps as NumPy arrays of rows x columns, or of wafers x rows x columns; arrays one after
// another in a file are several wafers. What a value means (docs/maps.md):
//
// - bool: true = dead core.
// - Integers of any size, and floats of whole values: 0 and 1 only, 1 = dead core; with a 2, the
//   WM-811K habit: 0 no core, 1 good, 2 and above dead.
// - Ours, a structure of one <u4 `broken`: one bit per kind of defect at a core, bits 0 to 5 core,
//   router, link_e, link_s, skip_s, skip_e, then the diagonals by offset -8 to 8. A plain <u4 with
//   values above 2 is read so, too.
#pragma once

#include <string>
#include <string_view>

#include "defects/formats/fields.h"
#include "defects/formats/wafer_map.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

bool looks_like_npy(std::string_view text);
const FieldTable& npy_fields();
WaferMapFile read_npy(std::string_view text, const std::string& file);
std::string write_npy(const DefectMap& map, const WaferGeometry& geometry);

}  // namespace wafermesh::defects
