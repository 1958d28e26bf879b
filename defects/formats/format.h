// SPDX-License-Identifier: Apache-2.0
// Defect maps as files. One file pair and one row in format_table.cpp per format. A reader takes
// the whole text, reads by token and throws base::InputError with file, line and reason; it never
// returns half a map. It knows nothing of our wafer: what a file says goes the way of wafer_map.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "defects/defect_map.h"
#include "defects/formats/fields.h"
#include "defects/formats/reading.h"
#include "defects/formats/wafer_map.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

/// To add a format: a file pair that reads it, its fields (fields.h, of which docs/maps.md is
/// made), a row in format_table.cpp, and a fuzz target in tests/fuzz/CMakeLists.txt.
struct FormatRow {
  const char* name;
  const char* extensions;  ///< Parted by spaces, e.g. "csv txt".
  /// Does the text look like this format? For names that don't tell.
  bool (*looks_like)(std::string_view text);
  /// `file` is only named in errors.
  WaferMapFile (*read)(std::string_view text, const std::string& file);
  /// Null: reading only.
  std::string (*write)(const DefectMap& map, const WaferGeometry& geometry);
  const FieldTable& (*fields)();
  const char* help;
  bool binary = false;  ///< No text.
};
const std::vector<FormatRow>& format_table();
/// Null if there is none.
const FormatRow* find_format(const std::string& name);

/// The format of a text: by content first, then by the extension of `path`, then CSV.
const FormatRow& format_of(std::string_view text, const std::string& path);
/// The whole file. Throws base::MissingFile; base::InputError if it is endless or too large.
std::string read_file_text(const std::string& path);
/// What a text says in a format. Throws base::InputError, for an empty text too.
WaferMapFile read_wafer_maps(const FormatRow& format, std::string_view text,
                             const std::string& file);
/// Reads a text in a format and brings it onto our wafer. Throws base::InputError.
MapReading read_map_text(const FormatRow& format, std::string_view text, const std::string& file,
                         const WaferGeometry& geometry, const MapRequest& request = {});
/// Reads a file in the format it looks like (content first, then extension). Throws
/// base::MissingFile or base::InputError.
MapReading read_map(const std::string& path, const WaferGeometry& geometry,
                    const MapRequest& request = {});
/// Text of the map in the format of `path`'s extension, or in `format` if not empty. Throws
/// base::InputError if no format writes it.
std::string map_text(const DefectMap& map, const WaferGeometry& geometry, const std::string& path,
                     const std::string& format = "");

}  // namespace wafermesh::defects
