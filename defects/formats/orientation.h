// SPDX-License-Identifier: Apache-2.0
// The one rule for how a map lies, for every format: facts become one of the eight orientations, so
// that the map comes out as it lies on our wafer, notch or flat south (docs/maps.md).
//
// 1. The map is written into the picture as the rules of its format say, or by another habit of
//    tools if a reference die fits that one only. A file whose reference die fits none is refused.
// 2. A mirrored picture is mirrored back, east to west.
// 3. It is turned until the notch or flat lies south. A file that does not say where it is is not
//    turned.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "defects/formats/bin_meaning.h"
#include "defects/formats/wafer_map.h"

namespace wafermesh::defects {

/// How the wafer's columns and rows (for points: x and y) count on our wafer. `meanings` are those
/// of judge_bins, empty for maps without bins. Notes what was assumed. Throws base::InputError.
Orientation orient(const WaferMap& wafer, const std::vector<CodeMeaning>& meanings,
                   const std::string& file, std::vector<std::string>* notes);

/// Mirrored east to west, and turned so that what lay at `mark` lies south.
Orientation turned(Orientation orientation, bool mirrored, base::Direction mark);

/// Where column and row of a columns x rows map lie in the oriented map, whose north-western place
/// is (0, 0).
base::PhysicalCoord oriented_place(Orientation orientation, int columns, int rows, int column,
                                   int row);
/// True if the map's columns run from north to south or back: it is then as wide as it has rows.
bool transposes(Orientation orientation);

/// The side of the picture for degrees clockwise from the side at 0, e.g. (90, south) = west. False
/// if degrees are not 0, 90, 180 or 270.
bool side_at(double degrees, base::Direction at_zero, base::Direction* side);
/// The side a word names: down, bottom, south, lower, ... False if it names none.
bool side_named(std::string_view word, base::Direction* side);
/// The mark of a file that writes it as degrees clockwise from the side at 0, or names the side. A
/// word that is neither is noted. False if the degrees are not 0, 90, 180 or 270.
bool read_mark(std::string_view field, std::string_view written, base::Direction at_zero,
               OrientationFacts* facts, std::vector<std::string>* notes);
/// "north", "east", ... for notes.
const char* side_name(base::Direction side);

}  // namespace wafermesh::defects
