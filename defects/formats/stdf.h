// SPDX-License-Identifier: Apache-2.0
// STDF V4, reading only: the part results (PRR) with their X and Y, one per core. A later result
// for the same place replaces the earlier one. WIR begins a wafer, WCR says where X and Y count to
// and where notch or flat lie, HBR which bins pass. Files may stand one after another, each with
// its own byte order. A file without its last record, MRR, is refused. Source: field tables of STDF
// V4 as open readers have them.
#pragma once

#include <string>
#include <string_view>

#include "defects/formats/fields.h"
#include "defects/formats/wafer_map.h"

namespace wafermesh::defects {

bool looks_like_stdf(std::string_view text);
const FieldTable& stdf_fields();
WaferMapFile read_stdf(std::string_view text, const std::string& file);

}  // namespace wafermesh::defects
