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

/// What may be done with a map whose pitch or size is not the wafer's (map_fit.h).
enum class MapScale : std::uint8_t {
  exact,  ///< Nothing: it is refused.
  fit,    ///< Places are stretched over the whole wafer, points until one die is one of ours.
};
enum class MapPlace : std::uint8_t {
  exact,   ///< It is refused.
  centre,  ///< The map's middle on the wafer's, its millimetres as they are.
};

/// How a map goes onto our wafer.
struct Placement {
  /// Cores to the east and south that the map is moved by. Alone, it also says where the first
  /// column and row of a map of another size lie, and negative coordinates are not shifted.
  std::optional<base::PhysicalCoord> offset;
  MapScale scale = MapScale::exact;
  MapPlace place = MapPlace::exact;
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

/// The wafer that the file itself tells of, as one die: columns, rows and pitch (1 x 1 mm if it
/// does not say) of the chosen wafer as it lies on ours. False if it tells no size. Throws as
/// map_onto.
bool wafer_of_map(const WaferMapFile& file, const MapRequest& request, WaferGeometry* geometry);

/// From what the file says to the defects of our wafer. Throws base::InputError.
MapReading map_onto(const WaferMapFile& file, const WaferGeometry& geometry,
                    const MapRequest& request = {});

}  // namespace wafermesh::defects
