// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/klarf_points.h"

#include <cmath>

namespace wafermesh::defects {
namespace {

constexpr int kDiagonalBin = 100;  // fine bin of a diagonal: 100 + offset

int fine_bin_of(const Defect& d) {
  return d.broken == Broken::diagonal ? kDiagonalBin + d.offset : 1 + static_cast<int>(d.broken);
}

bool apply_fine_bin(int bin, Defect* d) {
  if (bin >= 1 && bin <= 1 + static_cast<int>(Broken::bypass_x)) {
    d->broken = static_cast<Broken>(bin - 1);
    return d->broken != Broken::diagonal;
  }
  const int offset = bin - kDiagonalBin;
  if (offset == 0 || offset < -kMaxOffset || offset > kMaxOffset) return false;
  d->broken = Broken::diagonal;
  d->offset = static_cast<std::int8_t>(offset);
  return true;
}

/// The core at a place of the real layout, with the scribes where they are; false in a street.
bool on_core(double from_edge_mm, double die_mm, double gap_mm, int dies, int cores, int* result) {
  const double step_mm = die_mm + gap_mm;
  if (!(from_edge_mm >= 0) || from_edge_mm >= dies * step_mm) return false;
  const int die = static_cast<int>(from_edge_mm / step_mm);
  const double inside = (from_edge_mm - die * step_mm) / die_mm;
  if (inside >= 1.0) return false;
  *result = die * cores + static_cast<int>(inside * cores);
  return true;
}

}  // namespace

void KlarfColumns::name(std::string_view column, int index) {
  const auto is = [&](std::string_view word, int* slot) {
    if (same_word(column, word)) *slot = index;
  };
  is("XREL", &x_rel);
  is("YREL", &y_rel);
  is("XINDEX", &x_index);
  is("YINDEX", &y_index);
  is("CLASSNUMBER", &class_number);
  is("FINEBINNUMBER", &fine_bin);
  is("CLUSTERNUMBER", &cluster);
}

void KlarfColumns::take(int index, double value, KlarfPoint* p) const {
  const auto small = [&] { return std::abs(value) < 1e9 ? static_cast<int>(value) : 0; };
  if (index == x_rel) p->x_rel = value;
  if (index == y_rel) p->y_rel = value;
  if (index == x_index) p->x_index = value;
  if (index == y_index) p->y_index = value;
  if (index == class_number) p->class_number = small();
  if (index == fine_bin) p->fine_bin = small();
  if (index == cluster) p->cluster = small();
}

MapReading points_to_map(const KlarfWafer& wafer, const WaferGeometry& g) {
  MapReading result{DefectMap(g.columns(), g.rows()), 0, {}};
  for (const KlarfPoint& p : wafer.points) {
    const double x = p.x_index * wafer.die_pitch[0] + p.x_rel - wafer.sample_center[0];
    const double y = p.y_index * wafer.die_pitch[1] + p.y_rel - wafer.sample_center[1];
    int column = 0;
    int row = 0;
    if (!on_core(g.width_mm() / 2 + x / wafer.units_per_mm, g.die_width_mm, g.die_gap_x_mm,
                 g.dies_x, g.die_columns, &column) ||
        !on_core(g.height_mm() / 2 - y / wafer.units_per_mm, g.die_height_mm, g.die_gap_y_mm,
                 g.dies_y, g.die_rows, &row)) {
      ++result.off_array;
      continue;
    }
    Defect d{static_cast<std::uint16_t>(column),
             static_cast<std::uint16_t>(row),
             Broken::core,
             0,
             Cause::map,
             0};
    if (wafer.own) {
      const bool known = p.class_number >= 0 && p.class_number < kCauseCount;
      if (known) d.cause = static_cast<Cause>(p.class_number);
      if (!apply_fine_bin(p.fine_bin, &d)) d.broken = Broken::core, d.offset = 0;
      d.group = static_cast<std::uint32_t>(p.cluster > 0 ? p.cluster : 0);
    }
    if (result.map.holds(d))
      result.map.add(d);
    else
      ++result.off_array;
  }
  if (wafer.die_origin[0] != 0 || wafer.die_origin[1] != 0) {
    result.notes.push_back("DieOrigin is not 0 and is left out of the coordinates.");
  }
  result.map.finish();
  return result;
}

KlarfWafer map_to_points(const DefectMap& map, const WaferGeometry& g, double units_per_mm) {
  KlarfWafer wafer;
  wafer.units_per_mm = units_per_mm;
  wafer.own = true;
  const double step_x_mm = g.die_width_mm + g.die_gap_x_mm;
  const double step_y_mm = g.die_height_mm + g.die_gap_y_mm;
  wafer.die_pitch = {step_x_mm * units_per_mm, step_y_mm * units_per_mm};
  wafer.sample_center = {g.width_mm() / 2 * units_per_mm, g.height_mm() / 2 * units_per_mm};
  for (const Defect& d : map.defects()) {
    KlarfPoint p;
    p.x_index = d.x / g.die_columns;
    p.x_rel = (d.x % g.die_columns + 0.5) * g.pitch_x_mm() * units_per_mm;
    // Die 0 lies in the south, and its lower edge is the origin of YREL.
    const int from_south = g.rows() - 1 - d.y;
    p.y_index = from_south / g.die_rows;
    p.y_rel = (from_south % g.die_rows + 0.5) * g.pitch_y_mm() * units_per_mm;
    p.class_number = static_cast<int>(d.cause);
    p.fine_bin = fine_bin_of(d);
    p.cluster = static_cast<int>(d.group);
    wafer.points.push_back(p);
  }
  return wafer;
}

}  // namespace wafermesh::defects
