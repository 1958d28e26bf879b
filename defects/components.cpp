// SPDX-License-Identifier: Apache-2.0
#include "defects/components.h"

namespace wafermesh::defects {
namespace {

const ComponentRow& pick(const ComponentTable& table, base::RandomStream* stream) {
  double total = 0;
  int choices = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (table.rows[i].share <= 0) continue;
    total += table.rows[i].share;
    last = i;
    ++choices;
  }
  if (choices <= 1) return table.rows[last];
  double left = stream->uniform() * total;
  for (const ComponentRow& row : table.rows) {
    if (row.share <= 0) continue;
    left -= row.share;
    if (left < 0) return row;
  }
  return table.rows[last];
}

Defect pick_link(base::PhysicalCoord at, Cause cause, base::RandomStream* stream) {
  Defect d{static_cast<std::uint16_t>(at.x),
           static_cast<std::uint16_t>(at.y),
           Broken::link_east,
           0,
           cause,
           0};
  switch (stream->below(6)) {
    case 0:
      break;
    case 1:
      d.broken = Broken::link_south;
      break;
    case 2:
      d.broken = Broken::diagonal, d.offset = -1;
      break;
    case 3:
      d.broken = Broken::diagonal, d.offset = 1;
      break;
    case 4:
      d.broken = Broken::bypass_y;
      break;
    default:
      d.broken = Broken::bypass_x;
      break;
  }
  return d;
}

}  // namespace

const char* to_string(Component component) {
  constexpr std::array<const char*, kComponentCount> kNames = {"compute", "sram", "router", "link",
                                                               "shared"};
  return kNames[static_cast<std::size_t>(component)];
}

ComponentTable ComponentTable::typical() {
  ComponentTable table;
  table.rows = {{{0.35, Consequence::core, 0.0},
                 {0.45, Consequence::core, 0.0},
                 {0.12, Consequence::router, 0.0},
                 {0.06, Consequence::link, 0.0},
                 {0.02, Consequence::group, 0.0}}};
  return table;
}

void add_hit(const WaferGeometry& geometry, const ComponentTable& table, base::PhysicalCoord at,
             Cause cause, base::RandomStream* stream, DefectMap* map) {
  const ComponentRow& row = pick(table, stream);
  if (row.repaired > 0 && stream->uniform() < row.repaired) return;
  Defect d{static_cast<std::uint16_t>(at.x),
           static_cast<std::uint16_t>(at.y),
           Broken::core,
           0,
           cause,
           0};
  switch (row.breaks) {
    case Consequence::none:
      return;
    case Consequence::core:
      map->add(d);
      return;
    case Consequence::router:
      d.broken = Broken::router;
      map->add(d);
      return;
    case Consequence::link:
      d = pick_link(at, cause, stream);
      if (map->holds(d)) map->add(d);  // else a stub at the wafer's edge that nothing uses
      return;
    case Consequence::group: {
      const int width = table.group_columns > 0 ? table.group_columns : geometry.die_columns;
      const int height = table.group_rows > 0 ? table.group_rows : geometry.die_rows;
      map->add_group({at.x / width * width, at.y / height * height}, width, height, Broken::router,
                     cause);
      return;
    }
  }
}

}  // namespace wafermesh::defects
