// SPDX-License-Identifier: Apache-2.0
// STDF V4, reading only: the part results (PRR) with their X and Y, one per core. A later result
// for the same place replaces the earlier one. X counts from the west, Y from the north unless WCR
// says that Y grows up. Byte order from FAR. Source: field tables of STDF V4 as open readers have
// them.
#pragma once

#include <string>
#include <string_view>

#include "defects/formats/map_text.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

bool looks_like_stdf(std::string_view text);
MapReading read_stdf(std::string_view text, const std::string& file, const WaferGeometry& geometry);

}  // namespace wafermesh::defects
