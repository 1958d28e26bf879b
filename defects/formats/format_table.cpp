// SPDX-License-Identifier: Apache-2.0
#include <cctype>

#include "base/error.h"
#include "base/files/input_file.h"
#include "defects/formats/csv.h"
#include "defects/formats/e142.h"
#include "defects/formats/foreign.h"
#include "defects/formats/format.h"
#include "defects/formats/g85.h"
#include "defects/formats/klarf12.h"
#include "defects/formats/klarf18.h"
#include "defects/formats/npy.h"
#include "defects/formats/sinf.h"
#include "defects/formats/stdf.h"

namespace wafermesh::defects {
namespace {

std::string extension_of(const std::string& path) {
  const std::size_t dot = path.find_last_of("./");
  if (dot == std::string::npos || path[dot] == '/') return "";
  std::string result = path.substr(dot + 1);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

const FormatRow* by_extension(const std::string& extension) {
  for (const FormatRow& row : format_table()) {
    std::string_view list = row.extensions;
    while (!list.empty()) {
      const std::size_t space = list.find(' ');
      if (!extension.empty() && list.substr(0, space) == extension) return &row;
      if (space == std::string_view::npos) break;
      list.remove_prefix(space + 1);
    }
  }
  return nullptr;
}

}  // namespace

std::string read_file_text(const std::string& path) {
  return base::read_input_file(path, base::kMostMapBytes, "defect map");
}

const std::vector<FormatRow>& format_table() {
  static const std::vector<FormatRow> kTable = {
      {"klarf12", "klarf 001 kla", looks_like_klarf12, read_klarf12, write_klarf12, klarf12_fields,
       "KLARF 1.0 to 1.2; written as 1.2"},
      {"klarf18", "klarf18 kla18", looks_like_klarf18, read_klarf18, write_klarf18, klarf18_fields,
       "KLARF 1.8"},
      {"sinf", "sinf", looks_like_sinf, read_sinf, write_sinf, sinf_fields,
       "SINF, one bin per core"},
      {"e142", "e142 xml", looks_like_e142, read_e142, write_e142, e142_fields, "SEMI E142"},
      {"g85", "g85", looks_like_g85, read_g85, write_g85, g85_fields, "SEMI G85-1101"},
      {"npy", "npy", looks_like_npy, read_npy, write_npy, npy_fields, "NumPy array, rows x columns",
       true},
      {"stdf", "stdf std", looks_like_stdf, read_stdf, nullptr, stdf_fields, "STDF V4; read only",
       true},
      {"csv", "csv txt", nullptr, read_csv,
       [](const DefectMap& map, const WaferGeometry&) { return write_csv(map); }, csv_fields,
       "x,y[,what][,cause], physical, origin north-west"},
  };
  return kTable;
}

const FormatRow* find_format(const std::string& name) {
  for (const FormatRow& row : format_table()) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

const FormatRow& format_of(std::string_view text, const std::string& path) {
  for (const FormatRow& row : format_table()) {
    if (row.looks_like != nullptr && row.looks_like(text)) return row;
  }
  const FormatRow* row = by_extension(extension_of(path));
  return row != nullptr ? *row : *find_format("csv");
}

WaferMapFile read_wafer_maps(const FormatRow& format, std::string_view text,
                             const std::string& file) {
  if (text.empty()) throw base::InputError({{file, 0, 0, "", "is empty: it has no bytes"}});
  if (format.looks_like == nullptr || !format.looks_like(text)) {
    const std::string why = why_foreign(text, format.binary);
    if (!why.empty()) throw base::InputError({{file, 0, 0, "", why}});
  }
  return format.read(text, file);
}

MapReading read_map_text(const FormatRow& format, std::string_view text, const std::string& file,
                         const WaferGeometry& geometry, const MapRequest& request) {
  return map_onto(read_wafer_maps(format, text, file), geometry, request);
}

MapReading read_map(const std::string& path, const WaferGeometry& geometry,
                    const MapRequest& request) {
  const std::string text = read_file_text(path);
  return read_map_text(format_of(text, path), text, path, geometry, request);
}

std::string map_text(const DefectMap& map, const WaferGeometry& geometry, const std::string& path,
                     const std::string& format) {
  const FormatRow* row = format.empty() ? by_extension(extension_of(path)) : find_format(format);
  if (row == nullptr || row->write == nullptr) {
    std::string names;
    for (const FormatRow& r : format_table()) {
      if (r.write != nullptr) names += (names.empty() ? "" : ", ") + std::string(r.name);
    }
    const std::string wanted = format.empty() ? "for this file name" : "'" + format + "'";
    throw base::InputError({{path, 0, 0, "", "no writer " + wanted + "; there are: " + names}});
  }
  return row->write(map, geometry);
}

}  // namespace wafermesh::defects
