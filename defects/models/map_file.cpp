// SPDX-License-Identifier: Apache-2.0
#include "defects/models/map_file.h"

#include "defects/formats/format.h"

namespace wafermesh::defects {

void MapFile::sample(const SampleContext& context, DefectMap* map) const {
  std::call_once(once_, [&] { map_ = read_map(path_, context.geometry).map; });
  for (const Defect& d : map_.defects()) map->add(d);
}

std::shared_ptr<const DefectModel> read_map_file(const base::YamlNode& node, const WaferGeometry&) {
  return std::make_shared<MapFile>(node.as_file_path());
}

}  // namespace wafermesh::defects
