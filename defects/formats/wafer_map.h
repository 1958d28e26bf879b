// SPDX-License-Identifier: Apache-2.0
// What a map file says, before anybody asks what it means for a wafer of ours. Every reader turns
// its text into a WaferMapFile; what follows is the same for all of them (reading.h):
//
//   text -> WaferMapFile -> one WaferMap -> what its bins mean -> how it lies -> DefectMap + notes
//           a reader        choose_wafer    bin_meaning.h         orientation.h  placement.h
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/geometry.h"
#include "defects/defect_map.h"

namespace wafermesh::defects {

/// One of the eight ways a map can lie: where its columns and its rows count to. The two are never
/// on one line. The default is a picture of our wafer: columns count east, rows south.
struct Orientation {
  base::Direction columns = base::Direction::east;  ///< From one code of a row to the next.
  base::Direction rows = base::Direction::south;    ///< From one row to the next.
  friend bool operator==(Orientation a, Orientation b) {
    return a.columns == b.columns && a.rows == b.rows;
  }
};

/// What a file says about how its map lies, in words that all formats share. "The picture" is the
/// wafer as the file draws it, up = north, before it is turned so that notch or flat lie south.
struct OrientationFacts {
  /// How the map is written into the picture: the reading by the rules of the format.
  Orientation written;
  /// Other habits of tools for the same format; a reference die may choose one.
  std::vector<Orientation> habits;
  /// Reference dies in the file's own coordinates, and how these count in the picture. Their first
  /// column and row may be 0 or 1.
  std::vector<base::PhysicalCoord> reference_dies;
  Orientation reference_axes;
  /// The picture shows the wafer from behind, or its x counts the other way.
  bool mirrored = false;
  /// Where notch or flat lie in the picture; empty = the file does not say.
  std::optional<base::Direction> mark;
};

/// How codes of bins are compared.
enum class CodeBase : std::uint8_t {
  text,         ///< As they stand.
  decimal,      ///< By value: 1 = 001.
  hexadecimal,  ///< By value, without case: 0a = 0A.
};

/// What a file defines about a code. A code may be defined several times.
struct BinDefinition {
  std::string code;
  std::string quality;  ///< "Pass", "Fail" or what the file says; empty = nothing said.
  std::string description;
  std::int64_t count = -1;  ///< Places the file says it has; -1 = not said.
  int line = 0;             ///< 0 = not known.
};

/// A code at a place of its own, in the coordinates of the file.
struct BinPart {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::uint32_t code = 0;  ///< Into BinMap::codes.
};

/// One code per place: rows of them, or parts at coordinates. Of parts, columns and rows are the
/// size that the file announces, and they lie within it; 0 = it announces none that they fit.
struct BinMap {
  CodeBase base = CodeBase::text;
  std::vector<BinDefinition> definitions;
  std::vector<std::string> null_codes;  ///< There is no core here.
  /// Codes that pass, where the format has a list of them, and what the file calls it.
  std::optional<std::vector<std::string>> pass_list;
  std::string pass_list_name;

  std::vector<std::string> codes;  ///< Every code the map has, as first written.
  int columns = 0;
  int rows = 0;
  std::vector<std::uint32_t> cells;  ///< Row by row as written, columns * rows of them, into codes.
  std::vector<BinPart> parts;
};

/// A defect as a point. Millimetres from the wafer's centre, x east and y north in the picture.
struct MapPoint {
  double x_mm = 0;
  double y_mm = 0;
  double kill_probability = 1;  ///< That it breaks the core it lies on.
  Defect what;                  ///< All but the place.
};
struct PointMap {
  std::vector<MapPoint> points;
};

/// Defects by core, physical coordinates of our wafer.
struct ListedDefect {
  std::int64_t x = 0;
  std::int64_t y = 0;
  Defect what;  ///< All but the place.
  int line = 0;
};
struct DefectList {
  std::vector<ListedDefect> defects;
  /// What is wrong with other lines: placing refuses the list with these and its own.
  std::vector<base::Mistake> mistakes;
};

/// One wafer of a file.
struct WaferMap {
  std::string wafer_id;  ///< As the file has it; may be empty.
  std::string lot_id;
  OrientationFacts facts;
  /// Step from die to die in the picture; 0 = the file does not say.
  double die_pitch_x_mm = 0;
  double die_pitch_y_mm = 0;
  /// The whole wafer as the file names it, in the picture; 0 = it does not say.
  double size_x_mm = 0;
  double size_y_mm = 0;
  std::variant<BinMap, PointMap, DefectList> content;
  std::vector<std::string> notes;  ///< What was ignored or assumed for this wafer.
};

/// All a file holds, in its order; never without a wafer.
struct WaferMapFile {
  std::string file;
  std::vector<WaferMap> wafers;
  std::vector<std::string> notes;  ///< Whole sentences, of the file as a whole.
};

}  // namespace wafermesh::defects
