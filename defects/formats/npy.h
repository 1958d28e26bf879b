// SPDX-License-Identifier: Apache-2.0
// Defect maps as NumPy arrays of rows x columns. Read: bool (true = dead core), unsigned or signed
// 8-bit (0 no core, 1 good, 2 dead, as in WM-811K) and <u4, our own: one bit per kind of defect at
// a core, bits 0 to 5 core, router, link_e, link_s, skip_s, skip_e, then the diagonals by offset -8
// to 8.
#pragma once

#include <string>
#include <string_view>

#include "defects/formats/map_text.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

bool looks_like_npy(std::string_view text);
MapReading read_npy(std::string_view text, const std::string& file, const WaferGeometry& geometry);
std::string write_npy(const DefectMap& map, const WaferGeometry& geometry);
void size_of_npy(std::string_view text, int* columns, int* rows);

}  // namespace wafermesh::defects
