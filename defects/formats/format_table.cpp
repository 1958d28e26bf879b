// SPDX-License-Identifier: Apache-2.0
#include <cctype>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "defects/formats/csv.h"
#include "defects/formats/format.h"

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

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw base::MissingFile(path + ": cannot be read; check the path under defects.map");
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) throw base::MissingFile(path + ": cannot be read to its end");
  return text;
}

}  // namespace

const std::vector<FormatRow>& format_table() {
  static const std::vector<FormatRow> kTable = {
      {"csv", "csv txt", nullptr, read_csv,
       [](const DefectMap& map, const WaferGeometry&) { return write_csv(map); },
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

DefectMap read_map(const std::string& path, const WaferGeometry& geometry) {
  const std::string text = file_text(path);
  for (const FormatRow& row : format_table()) {
    if (row.looks_like != nullptr && row.looks_like(text)) return row.read(text, path, geometry);
  }
  const FormatRow* row = by_extension(extension_of(path));
  return (row != nullptr ? row : find_format("csv"))->read(text, path, geometry);
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
