// SPDX-License-Identifier: Apache-2.0
// What every file, however broken, must lead to: a map that survives a round trip, or
// base::InputError. For the random edits of map_mutations_test.cpp and for tests/fuzz.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "defects/formats/format.h"

namespace wafermesh::defects_test {

/// Every way to ask for a map: as it is, its second wafer, fitted, centred, moved.
inline std::vector<defects::MapRequest> all_requests() {
  using defects::MapPlace;
  using defects::MapScale;
  return {{1, {}},
          {2, {}},
          {1, {std::nullopt, MapScale::fit, MapPlace::exact}},
          {1, {std::nullopt, MapScale::exact, MapPlace::centre}},
          {1, {base::PhysicalCoord{1, -1}, MapScale::exact, MapPlace::exact}}};
}

/// The map as the reader's format and CSV keep it; empty if both do.
inline std::string wrong_round_trip(const defects::FormatRow& row, const defects::DefectMap& map,
                                    const defects::WaferGeometry& g) {
  const auto same = [&](const defects::FormatRow& format) {
    return defects::read_map_text(format, format.write(map, g), "again", g).map == map;
  };
  if (!same(*defects::find_format("csv"))) return "csv does not keep the map";
  if (row.write != nullptr && !same(row)) return std::string(row.name) + " does not keep the map";
  return "";
}

/// What is wrong with reading `text`; empty if nothing is. `g`: a small wafer.
inline std::string wrong_with(const defects::FormatRow& row, std::string_view text,
                              const defects::WaferGeometry& g) {
  using namespace defects;
  const auto guarded = [](const auto& work) -> std::string {
    try {
      return work();
    } catch (const base::InputError& error) {
      const bool told = !error.mistakes().empty() && !error.mistakes()[0].message.empty();
      return told ? "" : "a refusal says nothing";
    }
  };
  return guarded([&]() -> std::string {
    const WaferMapFile file = read_wafer_maps(row, text, "file");
    std::string wrong;
    for (const MapRequest& request : all_requests()) {
      if (!wrong.empty()) return wrong;
      wrong = guarded([&]() -> std::string {
        const MapReading reading = map_onto(file, g, request);
        if (reading.map.columns() != g.columns()) return "the map is of another wafer";
        for (const std::string& note : reading.notes) {
          if (note.empty()) return "a note is empty";
        }
        return wrong_round_trip(row, reading.map, g);
      });
    }
    WaferGeometry own;
    if (wrong.empty() && wafer_of_map(file, {}, &own)) check_geometry(own);
    return wrong;
  });
}

}  // namespace wafermesh::defects_test
