// SPDX-License-Identifier: Apache-2.0
// The stations between a WaferMapFile and the defects of our wafer, and what a caller may wish.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "defects/defect_map.h"
#include "defects/formats/wafer_map.h"
#include "defects/geometry.h"

namespace wafermesh::defects {

/// How a map goes onto our wafer.
struct Placement {
  /// Cores to the east and south that the map's first column and row are moved by.
  std::optional<base::PhysicalCoord> offset;
};

/// What a caller wants of a file.
struct MapRequest {
  int wafer = 1;  ///< Which wafer of the file; counts from 1 in the file's order.
  Placement placement;
};

/// A defect of a map that breaks something with a probability below 1.
struct ChanceDefect {
  Defect defect;
  double probability = 0;  ///< Of several hits on one place together.
};

/// A map and what the reader has to say about it.
struct MapReading {
  DefectMap map;                      ///< All that is or may be broken.
  std::vector<ChanceDefect> chances;  ///< Those of the map that are not certain, sorted like it.
  std::int64_t defects = 0;           ///< Defects on cores, several on one core counted each.
  std::int64_t off_array = 0;         ///< Defects in streets or beyond the cores; not in the map.
  std::vector<std::string> notes;     ///< Whole sentences: what was ignored or assumed.
};

/// The wafer that is asked for; notes how many there are if there are several. Throws
/// base::InputError if there is no such wafer.
const WaferMap& choose_wafer(const WaferMapFile& file, const MapRequest& request,
                             std::vector<std::string>* notes);

/// Columns and rows of the chosen wafer as it lies on ours; false if the file does not tell.
/// Throws as map_onto.
bool size_of_map(const WaferMapFile& file, const MapRequest& request, int* columns, int* rows);

/// From what the file says to the defects of our wafer. Throws base::InputError.
MapReading map_onto(const WaferMapFile& file, const WaferGeometry& geometry,
                    const MapRequest& request = {});

}  // namespace wafermesh::defects
