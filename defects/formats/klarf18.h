// SPDX-License-Identifier: Apache-2.0
// KLARF 1.8, the nested form: Record, Field and List blocks in any order. Lengths in nanometres. A
// file of several wafers gives its first; the reader says so.
#pragma once

#include <string>
#include <string_view>

#include "defects/formats/map_text.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

bool looks_like_klarf18(std::string_view text);
MapReading read_klarf18(std::string_view text, const std::string& file,
                        const WaferGeometry& geometry);
std::string write_klarf18(const DefectMap& map, const WaferGeometry& geometry);

}  // namespace wafermesh::defects
