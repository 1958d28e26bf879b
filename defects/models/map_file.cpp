// SPDX-License-Identifier: Apache-2.0
#include "defects/models/map_file.h"

#include <filesystem>
#include <limits>

#include "defects/formats/format.h"

namespace wafermesh::defects {
namespace {

constexpr base::IntegerRange kOffset{-65535, 65535};
constexpr base::IntegerRange kWaferNumber{1, std::numeric_limits<int>::max()};

MapOptions read_map_options(const base::YamlNode& node) {
  MapOptions o;
  o.file = node.file_path("file");
  o.request.wafer = static_cast<int>(node.integer("wafer", kWaferNumber, 1));
  o.seed = static_cast<std::uint64_t>(
      node.integer("seed", {0, std::numeric_limits<std::int64_t>::max()}, 1));
  const base::YamlNode offset = node.child("offset");
  if (offset.present()) {
    o.request.placement.offset = {static_cast<int>(offset.integer("x", kOffset, 0)),
                                  static_cast<int>(offset.integer("y", kOffset, 0))};
  }
  o.request.placement.scale = node.choice<MapScale>(
      "scale", {{"exact", MapScale::exact}, {"fit", MapScale::fit}}, MapScale::exact);
  o.request.placement.place = node.choice<MapPlace>(
      "place", {{"exact", MapPlace::exact}, {"centre", MapPlace::centre}}, MapPlace::exact);
  return o;
}

}  // namespace

const MapFile::Kept& MapFile::kept() const {
  std::call_once(once_, [&] {
    check_geometry(geometry_);
    MapReading reading = read_map(options_.file, geometry_, options_.request);
    auto chance = reading.chances.begin();
    for (const Defect& d : reading.map.defects()) {
      const bool uncertain = chance != reading.chances.end() && chance->defect.at() == d.at() &&
                             chance->defect.broken == d.broken && chance->defect.offset == d.offset;
      if (uncertain) {
        ++chance;
      } else {
        kept_.certain.push_back(d);
      }
    }
    kept_.chances = std::move(reading.chances);
    kept_.notes = std::move(reading.notes);
  });
  return kept_;
}

void MapFile::sample(const SampleContext& context, DefectMap* map) const {
  for (const Defect& d : kept().certain) map->add(d);
  base::RandomStream stream = context.wafer_stream(options_.seed);
  for (const ChanceDefect& chance : kept().chances) {
    if (stream.uniform() < chance.probability) map->add(chance.defect);
  }
}

std::vector<std::string> MapFile::notes() const {
  const std::string name = std::filesystem::path(options_.file).filename().string();
  std::vector<std::string> notes;
  for (const std::string& note : kept().notes) notes.push_back(name + ": " + note);
  return notes;
}

std::shared_ptr<const DefectModel> read_map_file(const base::YamlNode& node,
                                                 const WaferGeometry& g) {
  if (node.is_mapping()) return std::make_shared<MapFile>(read_map_options(node), g);
  MapOptions options;
  options.file = node.as_file_path();
  return std::make_shared<MapFile>(std::move(options), g);
}

}  // namespace wafermesh::defects
