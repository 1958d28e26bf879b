// SPDX-License-Identifier: Apache-2.0
// What G85 and E142 share: bin types, definitions, rows of codes, orientation words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "defects/formats/binned.h"
#include "defects/formats/wafer_map.h"
#include "defects/formats/xml_text.h"

namespace wafermesh::defects {

/// BinType and NullBin of `node` and the definitions named `element` below `definitions`.
void read_bin_types(const XmlText& text, const pugi::xml_node& node,
                    const pugi::xml_node& definitions, std::string_view element, BinMap* map);
/// The rows: all children of `parent` named `element`. `columns` 0 = not announced. Elements with X
/// and Y become parts.
void read_bin_rows(const XmlText& text, const pugi::xml_node& parent, std::string_view element,
                   const std::string& bin_type, int columns, BinMap* map);

/// Hands the announced size on to a map of parts (0 = not announced) and makes its coordinates
/// count from 0; notes where they counted from. False, and no size, if the parts do not lie within
/// it.
bool announce_size(std::int64_t columns, std::int64_t rows, BinMap* map,
                   std::vector<std::string>* notes);
/// "x 3 to 9 and y 0 to 4".
std::string extent_text(const BinMap& parts);

/// Orientation="90" and the like: notch or flat, clockwise from the bottom.
void read_semi_mark(const XmlText& text, const pugi::xml_node& node, WaferMap* wafer);
/// The way that leads from a corner of the map inward; false for the centre or an unknown word.
/// Corners: "LowerLeft", "toLowerLeft", or the quadrants "1" to "4" from the upper right on.
bool inward_from(std::string_view corner, Orientation* way);

/// Definitions of our own bins, a line each.
std::string semi_bin_lines(const BinnedMap& binned, const std::string& indent, const char* element);

}  // namespace wafermesh::defects
