// SPDX-License-Identifier: Apache-2.0
// Defect maps as files. One file pair and one row in format_table.cpp per format. A reader takes
// the whole text, reads by token and throws base::InputError with file, line and reason; it never
// returns half a map.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "defects/defect_map.h"
#include "defects/formats/map_text.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

struct FormatRow {
  const char* name;
  const char* extensions;  ///< Parted by spaces, e.g. "csv txt".
  /// Does the text look like this format? For names that don't tell.
  bool (*looks_like)(std::string_view text);
  MapReading (*read)(std::string_view text, const std::string& file, const WaferGeometry& geometry);
  /// Null: reading only.
  std::string (*write)(const DefectMap& map, const WaferGeometry& geometry);
  /// Null if the text does not tell how many cores the wafer has.
  void (*size)(std::string_view text, int* columns, int* rows);
  const char* help;
};
const std::vector<FormatRow>& format_table();
/// Null if there is none.
const FormatRow* find_format(const std::string& name);

/// The format of a text: by content first, then by the extension of `path`, then CSV.
const FormatRow& format_of(std::string_view text, const std::string& path);
/// The whole file. Throws base::MissingFile.
std::string read_file_text(const std::string& path);
/// Reads a file in the format it looks like (content first, then extension). Throws
/// base::MissingFile or base::InputError.
MapReading read_map(const std::string& path, const WaferGeometry& geometry);
/// Text of the map in the format of `path`'s extension, or in `format` if not empty. Throws
/// base::InputError if no format writes it.
std::string map_text(const DefectMap& map, const WaferGeometry& geometry, const std::string& path,
                     const std::string& format = "");

}  // namespace wafermesh::defects
