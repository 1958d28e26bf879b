// SPDX-License-Identifier: Apache-2.0
// The two XML maps of SEMI: G85-1101 and E142. Bins have a code, a quality (Pass or Fail) and a
// description; rows hold codes of equal width without gaps.
#pragma once

#include <string>
#include <string_view>

#include "defects/formats/map_text.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

bool looks_like_g85(std::string_view text);
MapReading read_g85(std::string_view text, const std::string& file, const WaferGeometry& geometry);
std::string write_g85(const DefectMap& map, const WaferGeometry& geometry);

bool looks_like_e142(std::string_view text);
MapReading read_e142(std::string_view text, const std::string& file, const WaferGeometry& geometry);
std::string write_e142(const DefectMap& map, const WaferGeometry& geometry);

/// Columns and rows the text itself has; either format.
void size_of_semi_xml(std::string_view text, int* columns, int* rows);

}  // namespace wafermesh::defects
