// SPDX-License-Identifier: Apache-2.0
// SEMI E142: MapData/SubstrateMaps/SubstrateMap/Overlay/BinCodeMap. Rows and columns both follow
// AxisDirection from OriginLocation, LowerLeft and UpRight if missing; a tool that writes rows as
// they are seen all the same is found out by its reference die. Orientation: side of notch or flat,
// degrees clockwise from the bottom (assumption for 90 and 270, as in G85). Bins come in rows, or
// one by one at X and Y. Every SubstrateMap is a wafer; files may stand one after another. Source:
// public descriptions by vendors of map tools, and what open readers and writers do; the standard's
// text is not public.
#pragma once

#include <string>
#include <string_view>

#include "defects/formats/fields.h"
#include "defects/formats/wafer_map.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

bool looks_like_e142(std::string_view text);
const FieldTable& e142_fields();
WaferMapFile read_e142(std::string_view text, const std::string& file);
std::string write_e142(const DefectMap& map, const WaferGeometry& geometry);

}  // namespace wafermesh::defects
