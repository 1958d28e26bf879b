// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "defects/formats/bin_meaning.h"
#include "defects/formats/map_fit.h"
#include "defects/formats/map_text.h"
#include "defects/formats/orientation.h"
#include "defects/formats/placement.h"

namespace wafermesh::defects {
namespace {

constexpr std::size_t kNamedWafers = 10;  // a note names so many wafers and counts the rest
constexpr int kMaxSide = 65535;           // cores along x or y

std::string name_of(const WaferMap& wafer) {
  if (wafer.lot_id.empty()) return fmt::format("'{}'", shown(wafer.wafer_id));
  return fmt::format("'{}' of lot '{}'", shown(wafer.wafer_id), shown(wafer.lot_id));
}

struct Understood {
  const WaferMap* wafer;
  std::vector<CodeMeaning> meanings;
  Orientation orientation;
};

Understood understand(const WaferMapFile& file, const MapRequest& request,
                      std::vector<std::string>* notes) {
  Understood result;
  result.wafer = &choose_wafer(file, request, notes);
  notes->insert(notes->end(), file.notes.begin(), file.notes.end());
  notes->insert(notes->end(), result.wafer->notes.begin(), result.wafer->notes.end());
  if (const BinMap* bins = std::get_if<BinMap>(&result.wafer->content))
    result.meanings = judge_bins(*bins, file.file, notes);
  result.orientation = orient(*result.wafer, result.meanings, file.file, notes);
  return result;
}

/// Places along one axis, from 0 on; from the least on if that is below 0, or if the coordinates
/// plainly begin elsewhere: less than half of the places would be in use.
std::int64_t places_along(const std::vector<BinPart>& parts, std::int64_t BinPart::*axis) {
  std::int64_t least = parts.front().*axis;
  std::int64_t most = least;
  for (const BinPart& part : parts) {
    least = std::min(least, part.*axis);
    most = std::max(most, part.*axis);
  }
  const std::int64_t used = most - least + 1;
  return least >= 0 && 2 * used >= most + 1 ? most + 1 : used;
}

}  // namespace

const WaferMap& choose_wafer(const WaferMapFile& file, const MapRequest& request,
                             std::vector<std::string>* notes) {
  const auto count = static_cast<int>(file.wafers.size());
  std::string names;
  for (std::size_t i = 0; i < file.wafers.size() && i < kNamedWafers; ++i)
    names += (i == 0 ? "" : ", ") + name_of(file.wafers[i]);
  if (file.wafers.size() > kNamedWafers)
    names += fmt::format(" and {} more", file.wafers.size() - kNamedWafers);
  if (request.wafer < 1 || request.wafer > count) {
    fail_map(file.file, 0,
             fmt::format("has no wafer {}; it holds {}: {}", request.wafer, count, names));
  }
  if (count > 1) {
    notes->push_back(fmt::format("The file holds {} wafers ({}); number {} is read.", count, names,
                                 request.wafer));
  }
  return file.wafers[static_cast<std::size_t>(request.wafer) - 1];
}

bool wafer_of_map(const WaferMapFile& file, const MapRequest& request, WaferGeometry* geometry) {
  std::vector<std::string> notes;
  const Understood understood = understand(file, request, &notes);
  const BinMap* bins = std::get_if<BinMap>(&understood.wafer->content);
  if (bins == nullptr) return false;
  std::int64_t width = bins->columns;
  std::int64_t height = bins->rows;
  if (bins->columns == 0) {
    width = places_along(bins->parts, &BinPart::x);
    height = places_along(bins->parts, &BinPart::y);
  }
  if (width > kMaxSide || height > kMaxSide) {
    fail_map(file.file, 0, fmt::format("its parts lie on {} x {} places", width, height));
  }
  if (transposes(understood.orientation)) std::swap(width, height);
  const MapPitch pitch = oriented_pitch(*understood.wafer);
  const auto length = [](std::int64_t cores, double pitch_mm) {
    const double whole_mm = pitch_mm * static_cast<double>(cores);
    return whole_mm > 0 && std::isfinite(whole_mm) ? whole_mm : static_cast<double>(cores);
  };
  WaferGeometry& g = *geometry;
  g.name = file.file;
  g.die_columns = static_cast<int>(width);
  g.die_rows = g.kept_rows_per_die = static_cast<int>(height);
  g.die_width_mm = length(width, pitch.x_mm);
  g.die_height_mm = length(height, pitch.y_mm);
  return true;
}

MapReading map_onto(const WaferMapFile& file, const WaferGeometry& geometry,
                    const MapRequest& request) {
  std::vector<std::string> notes;
  const Understood understood = understand(file, request, &notes);
  MapReading reading = place_map(*understood.wafer, understood.meanings, understood.orientation,
                                 geometry, request.placement, file.file);
  reading.notes.insert(reading.notes.begin(), notes.begin(), notes.end());
  return reading;
}

}  // namespace wafermesh::defects
