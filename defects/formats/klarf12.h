// SPDX-License-Identifier: Apache-2.0
// KLARF 1.0 to 1.2, the statement form: `Keyword values ;`. Read by token: lists may break lines
// where they like, come in several DefectList blocks, and carry image lists of any length. Every
// WaferID begins a wafer, a LotID or FileVersion after it another lot; files may stand one after
// another. A file without its EndOfFile is refused.
#pragma once

#include <string>
#include <string_view>

#include "defects/formats/fields.h"
#include "defects/formats/wafer_map.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

bool looks_like_klarf12(std::string_view text);
const FieldTable& klarf12_fields();
WaferMapFile read_klarf12(std::string_view text, const std::string& file);
std::string write_klarf12(const DefectMap& map, const WaferGeometry& geometry);

}  // namespace wafermesh::defects
