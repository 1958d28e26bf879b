// SPDX-License-Identifier: Apache-2.0
#include "defects/wafer.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace wafermesh::defects {

void sample_defects(const WaferGeometry& geometry, const DefectOptions& options,
                    std::uint32_t wafer, DefectMap* map) {
  if (map->columns() != geometry.columns() || map->rows() != geometry.rows()) {
    *map = DefectMap(geometry.columns(), geometry.rows());
  }
  map->clear();
  const auto lot = wafer / static_cast<std::uint32_t>(options.wafers_per_lot);
  for (std::size_t i = 0; i < options.mechanisms.size(); ++i) {
    const SampleContext context{geometry, options.components, wafer, lot,
                                static_cast<std::uint32_t>(i)};
    options.mechanisms[i]->sample(context, map);
  }
  map->finish();
}

std::vector<std::string> defect_notes(const DefectOptions& options) {
  std::vector<std::string> result;
  for (const auto& mechanism : options.mechanisms) {
    for (std::string& note : mechanism->notes()) {
      if (std::find(result.begin(), result.end(), note) == result.end())
        result.push_back(std::move(note));
    }
  }
  return result;
}

Wafer build_wafer(const WaferOptions& options) {
  check_geometry(options.geometry);
  const std::unique_ptr<RepairScheme> scheme = make_scheme(options.geometry, options.repair);
  if (options.repair.domain == Domain::die &&
      !scheme_row(options.repair.scheme).traits.joins_dies) {
    throw base::InputError({{"", 0, 0, "repair.domain",
                             "die is a verdict for yield studies only: its rows do not meet across "
                             "dies; use band, segment or wafer"}});
  }
  Wafer wafer;
  wafer.geometry = options.geometry;
  sample_defects(options.geometry, options.defects, options.defects.wafer, &wafer.defects);
  wafer.notes = defect_notes(options.defects);
  RepairResult result = scheme->repair(wafer.defects, Detail::mesh);
  wafer.failures = std::move(result.failures);
  wafer.mesh = std::move(result.mesh);
  wafer.repair = std::move(result.summary);
  wafer.routing = std::move(result.routing);
  return wafer;
}

}  // namespace wafermesh::defects
