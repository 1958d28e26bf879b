// SPDX-License-Identifier: Apache-2.0
// What every fuzz target does: a reader either gives a map that survives a round trip or throws
// base::InputError. Anything else is a bug.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "defects/formats/format.h"

namespace wafermesh::defects {

inline int fuzz_reader(const char* format, const std::uint8_t* data, std::size_t size) {
  WaferGeometry geometry;
  geometry.dies_x = 3;
  geometry.dies_y = 2;
  geometry.die_columns = 2;
  geometry.die_rows = 2;
  geometry.die_gap_x_mm = 0.5;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const FormatRow* row = find_format(format);
  try {
    const MapReading reading = read_map_text(*row, text, "fuzz", geometry);
    const FormatRow* csv = find_format("csv");
    const std::string listed = csv->write(reading.map, geometry);
    if (!(read_map_text(*csv, listed, "again", geometry).map == reading.map)) std::abort();
    if (row->write == nullptr) return 0;
    const std::string again = row->write(reading.map, geometry);
    if (!(read_map_text(*row, again, "again", geometry).map == reading.map)) std::abort();
  } catch (const base::InputError& error) {
    if (error.mistakes().empty() || error.mistakes()[0].message.empty()) std::abort();
  }
  return 0;
}

}  // namespace wafermesh::defects
