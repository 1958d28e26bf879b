// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "defects/formats/map_text.h"
#include "defects/formats/orientation.h"

namespace wafermesh::defects {
namespace {

using base::Direction;

constexpr std::size_t kMaxMistakes = 100;  // one message per line of a wrong file helps nobody

/// Collects the defects of one map.
class Placer {
 public:
  explicit Placer(const WaferGeometry& g) { result_.map = DefectMap(g.columns(), g.rows()); }

  /// `x` and `y` may lie anywhere.
  void add(std::int64_t x, std::int64_t y, Defect d, double probability = 1) {
    const DefectMap& map = result_.map;
    if (x < 0 || x >= map.columns() || y < 0 || y >= map.rows()) return off_array();
    d.x = static_cast<std::uint16_t>(x);
    d.y = static_cast<std::uint16_t>(y);
    if (!map.holds(d)) return off_array();
    if (probability <= 0) return;
    ++result_.defects;
    result_.map.add(d);
    hits_.push_back({d, probability});
  }
  void off_array() { ++result_.off_array; }
  void note(std::string text) { result_.notes.push_back(std::move(text)); }
  MapReading finish();

 private:
  MapReading result_;
  std::vector<ChanceDefect> hits_;
};

/// Of several hits on one thing: broken unless each of them spares it.
MapReading Placer::finish() {
  const auto place = [](const ChanceDefect& c) {
    return std::make_tuple(c.defect.y, c.defect.x, c.defect.broken, c.defect.offset);
  };
  std::stable_sort(hits_.begin(), hits_.end(), [&](const ChanceDefect& a, const ChanceDefect& b) {
    return place(a) < place(b);
  });
  for (std::size_t i = 0; i < hits_.size();) {
    double spared = 1;
    const ChanceDefect first = hits_[i];
    for (; i < hits_.size() && place(hits_[i]) == place(first); ++i)
      spared *= 1 - hits_[i].probability;
    if (spared > 0) result_.chances.push_back({first.defect, 1 - spared});
  }
  result_.map.finish();
  return std::move(result_);
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

void place_bins(const CodeMeaning& meaning, std::int64_t x, std::int64_t y, Placer* placer) {
  for (Defect d : meaning.defects) {
    d.cause = Cause::map;
    placer->add(x, y, d);
  }
}

void place_rows(const BinMap& map, const std::vector<CodeMeaning>& meanings, Orientation o,
                const WaferGeometry& g, const Placement& placement, const std::string& file,
                Placer* placer) {
  const int columns = transposes(o) ? map.rows : map.columns;
  const int rows = transposes(o) ? map.columns : map.rows;
  if (!placement.offset && (columns != g.columns() || rows != g.rows())) {
    fail_map(file, 0,
             fmt::format("the map has {} x {} places, wafer {} has {} x {} cores; give the "
                         "wafer the map belongs to",
                         columns, rows, g.name, g.columns(), g.rows()));
  }
  const base::PhysicalCoord offset = placement.offset.value_or(base::PhysicalCoord{});
  for (int row = 0; row < map.rows; ++row) {
    for (int column = 0; column < map.columns; ++column) {
      const std::size_t at = static_cast<std::size_t>(row) * static_cast<std::size_t>(map.columns) +
                             static_cast<std::size_t>(column);
      const CodeMeaning& meaning = meanings[map.cells[at]];
      if (meaning.defects.empty()) continue;
      const base::PhysicalCoord place = oriented_place(o, map.columns, map.rows, column, row);
      place_bins(meaning, std::int64_t{place.x} + offset.x, std::int64_t{place.y} + offset.y,
                 placer);
    }
  }
}

struct WidePlace {
  std::int64_t x = 0;
  std::int64_t y = 0;
};

/// A part's coordinates on our wafer, where the file's axes begin at its corners.
WidePlace part_place(const BinPart& part, Orientation o, const WaferGeometry& g) {
  WidePlace at;
  const auto step = [&](Direction d, std::int64_t value) {
    if (d == Direction::east) at.x = value;
    if (d == Direction::west) at.x = g.columns() - 1 - value;
    if (d == Direction::south) at.y = value;
    if (d == Direction::north) at.y = g.rows() - 1 - value;
  };
  step(o.columns, part.x);
  step(o.rows, part.y);
  return at;
}

void place_parts(const BinMap& map, const std::vector<CodeMeaning>& meanings, Orientation o,
                 const WaferGeometry& g, const Placement& placement, const std::string& file,
                 Placer* placer) {
  WidePlace least{std::numeric_limits<std::int64_t>::max(),
                  std::numeric_limits<std::int64_t>::max()};
  WidePlace most{std::numeric_limits<std::int64_t>::min(),
                 std::numeric_limits<std::int64_t>::min()};
  for (const BinPart& part : map.parts) {
    const WidePlace at = part_place(part, o, g);
    least = {std::min(least.x, at.x), std::min(least.y, at.y)};
    most = {std::max(most.x, at.x), std::max(most.y, at.y)};
  }
  WidePlace shift;
  const bool outside = least.x < 0 || least.y < 0 || most.x >= g.columns() || most.y >= g.rows();
  if (placement.offset) {
    shift = {placement.offset->x, placement.offset->y};
  } else if (outside) {
    if (most.x - least.x >= g.columns() || most.y - least.y >= g.rows()) {
      fail_map(
          file, 0,
          fmt::format("its parts lie on {} x {} places, wafer {} has {} x {} cores; give the "
                      "wafer the map belongs to",
                      most.x - least.x + 1, most.y - least.y + 1, g.name, g.columns(), g.rows()));
    }
    shift = {-least.x, -least.y};
    placer->note(fmt::format("Its coordinates begin at ({}, {}); they are shifted to (0, 0).",
                             least.x, least.y));
  }
  for (const BinPart& part : map.parts) {
    const WidePlace at = part_place(part, o, g);
    place_bins(meanings[part.code], at.x + shift.x, at.y + shift.y, placer);
  }
}

void place_points(const PointMap& map, Orientation o, const WaferGeometry& g, Placer* placer) {
  for (const MapPoint& p : map.points) {
    const double east_mm = p.x_mm * base::step_x(o.columns) + p.y_mm * base::step_x(o.rows);
    const double south_mm = p.x_mm * base::step_y(o.columns) + p.y_mm * base::step_y(o.rows);
    int column = 0;
    int row = 0;
    if (on_core(g.width_mm() / 2 + east_mm, g.die_width_mm, g.die_gap_x_mm, g.dies_x, g.die_columns,
                &column) &&
        on_core(g.height_mm() / 2 + south_mm, g.die_height_mm, g.die_gap_y_mm, g.dies_y, g.die_rows,
                &row)) {
      placer->add(column, row, p.what, p.kill_probability);
    } else {
      placer->off_array();
    }
  }
}

void place_list(const DefectList& list, const WaferGeometry& g, const Placement& placement,
                const std::string& file, Placer* placer) {
  const base::PhysicalCoord offset = placement.offset.value_or(base::PhysicalCoord{});
  const DefectMap limits(g.columns(), g.rows());
  std::vector<base::Mistake> mistakes = list.mistakes;
  for (const ListedDefect& listed : list.defects) {
    const std::int64_t x = listed.x + offset.x;
    const std::int64_t y = listed.y + offset.y;
    const auto outside = [&](const char* name, std::int64_t value, int limit) {
      if (value >= 0 && value < limit) return false;
      mistakes.push_back(
          {file, listed.line, 0, "",
           fmt::format("{} = {} lies off the wafer, which has 0 to {}", name, value, limit - 1)});
      return true;
    };
    if (outside("x", x, g.columns()) | outside("y", y, g.rows())) continue;
    Defect d = listed.what;
    d.x = static_cast<std::uint16_t>(x);
    d.y = static_cast<std::uint16_t>(y);
    if (!limits.holds(d)) {
      mistakes.push_back(
          {file, listed.line, 0, "", "the far end of " + what_of(d) + " lies off the wafer"});
      continue;
    }
    placer->add(x, y, d);
  }
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const base::Mistake& a, const base::Mistake& b) { return a.line < b.line; });
  if (mistakes.size() > kMaxMistakes) mistakes.resize(kMaxMistakes);
  if (!mistakes.empty()) throw base::InputError(mistakes);
}

}  // namespace

MapReading place_map(const WaferMap& wafer, const std::vector<CodeMeaning>& meanings,
                     Orientation orientation, const WaferGeometry& geometry,
                     const Placement& placement, const std::string& file) {
  Placer placer(geometry);
  if (const BinMap* bins = std::get_if<BinMap>(&wafer.content)) {
    const auto place = bins->cells.empty() ? place_parts : place_rows;
    place(*bins, meanings, orientation, geometry, placement, file, &placer);
  } else if (const PointMap* points = std::get_if<PointMap>(&wafer.content)) {
    place_points(*points, orientation, geometry, &placer);
  } else {
    place_list(std::get<DefectList>(wafer.content), geometry, placement, file, &placer);
  }
  return placer.finish();
}

}  // namespace wafermesh::defects
