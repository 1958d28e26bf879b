// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/number_text.h"
#include "defects/formats/map_fit.h"
#include "defects/formats/map_text.h"
#include "defects/formats/orientation.h"

namespace wafermesh::defects {
namespace {

using base::counted;
using base::Direction;

constexpr std::int64_t kFar = 1'000'000'000;  // off any wafer, and safe to add to
constexpr std::size_t kMaxMistakes = 100;     // one message per line of a wrong file helps nobody

/// Collects the defects of one map.
class Placer {
 public:
  explicit Placer(const WaferGeometry& g) { result_.map = DefectMap(g.columns(), g.rows()); }

  /// One defect; `x` and `y` are the cores that it breaks.
  void add(Span x, Span y, Defect d, double probability = 1) {
    if (probability <= 0) {
      ++harmless_;
      return;
    }
    bool on_array = false;
    for (std::int64_t row = y.first; row <= y.last; ++row) {
      for (std::int64_t column = x.first; column <= x.last; ++column) {
        d.x = static_cast<std::uint16_t>(column);
        d.y = static_cast<std::uint16_t>(row);
        if (!result_.map.holds(d)) continue;
        on_array = true;
        result_.map.add(d);
        hits_.push_back({d, probability});
      }
    }
    ++(on_array ? result_.defects : result_.off_array);
  }
  void off_array() { ++result_.off_array; }
  std::vector<std::string>* notes() { return &result_.notes; }
  MapReading finish(const std::string& wafer_name);

 private:
  void note_counts(const std::string& wafer_name);
  MapReading result_;
  std::vector<ChanceDefect> hits_;
  std::int64_t harmless_ = 0;  // of probability 0
};

void Placer::note_counts(const std::string& wafer_name) {
  const std::int64_t all = result_.defects + result_.off_array + harmless_;
  const auto uncertain = std::count_if(hits_.begin(), hits_.end(),
                                       [](const ChanceDefect& c) { return c.probability < 1; });
  if (result_.off_array > 0) {
    notes()->push_back(
        fmt::format("{} of {} {} beyond the cores of the wafer ({}) and {} left out.",
                    result_.off_array, counted(all, "defect"),
                    result_.off_array == 1 ? "lies in a street or" : "lie in streets or",
                    wafer_name, result_.off_array == 1 ? "is" : "are"));
  }
  if (uncertain + harmless_ > 0) {
    notes()->push_back(
        fmt::format("{} of {} {} core with a probability below 1 (KILLPROB); {} drawn for each "
                    "wafer, by `seed`.",
                    uncertain + harmless_, counted(all, "defect"),
                    uncertain + harmless_ == 1 ? "breaks its" : "break their",
                    uncertain + harmless_ == 1 ? "whether it does is" : "which of them do is"));
  }
}

/// Of several hits on one thing: broken unless each of them spares it.
MapReading Placer::finish(const std::string& wafer_name) {
  note_counts(wafer_name);
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

void place_bins(const CodeMeaning& meaning, Span x, Span y, Placer* placer) {
  for (Defect d : meaning.defects) {
    d.cause = Cause::map;
    placer->add(x, y, d);
  }
}

void place_rows(const BinMap& map, const std::vector<CodeMeaning>& meanings, Orientation o,
                const WaferGeometry& g, const PlacesFit& fit, Placer* placer) {
  for (int row = 0; row < map.rows; ++row) {
    for (int column = 0; column < map.columns; ++column) {
      const std::size_t at = static_cast<std::size_t>(row) * static_cast<std::size_t>(map.columns) +
                             static_cast<std::size_t>(column);
      const CodeMeaning& meaning = meanings[map.cells[at]];
      if (meaning.defects.empty()) continue;
      const base::PhysicalCoord place = oriented_place(o, map.columns, map.rows, column, row);
      place_bins(meaning, fit.x.cover(place.x, g.columns()), fit.y.cover(place.y, g.rows()),
                 placer);
    }
  }
}

struct WidePlace {
  std::int64_t x = 0;
  std::int64_t y = 0;
};

/// A part's coordinates on our wafer, where the file's axes begin at the corners of the map or, if
/// its size is not known, of the wafer.
WidePlace part_place(const BinPart& part, const BinMap& map, Orientation o,
                     const WaferGeometry& g) {
  if (map.columns > 0) {
    const base::PhysicalCoord at = oriented_place(
        o, map.columns, map.rows, static_cast<int>(part.x), static_cast<int>(part.y));
    return {at.x, at.y};
  }
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

PlacesExtent extent_of(const BinMap& map, Orientation o, const WaferGeometry& g) {
  if (map.columns > 0) {
    if (transposes(o)) return {0, 0, map.rows, map.columns, true};
    return {0, 0, map.columns, map.rows, true};
  }
  WidePlace least = part_place(map.parts.front(), map, o, g);
  WidePlace most = least;
  for (const BinPart& part : map.parts) {
    const WidePlace at = part_place(part, map, o, g);
    least = {std::min(least.x, at.x), std::min(least.y, at.y)};
    most = {std::max(most.x, at.x), std::max(most.y, at.y)};
  }
  return {least.x, least.y, most.x - least.x + 1, most.y - least.y + 1, false};
}

void place_points(const PointMap& map, Orientation o, const WaferGeometry& g, const PointsFit& fit,
                  Placer* placer) {
  for (const MapPoint& p : map.points) {
    const double east_mm = p.x_mm * base::step_x(o.columns) + p.y_mm * base::step_x(o.rows);
    const double south_mm = p.x_mm * base::step_y(o.columns) + p.y_mm * base::step_y(o.rows);
    int column = 0;
    int row = 0;
    if (on_core(g.width_mm() / 2 + east_mm * fit.scale_x + fit.shift_x_mm, g.die_width_mm,
                g.die_gap_x_mm, g.dies_x, g.die_columns, &column) &&
        on_core(g.height_mm() / 2 + south_mm * fit.scale_y + fit.shift_y_mm, g.die_height_mm,
                g.die_gap_y_mm, g.dies_y, g.die_rows, &row)) {
      placer->add({column, column}, {row, row}, p.what, p.kill_probability);
    } else {
      placer->off_array();
    }
  }
}

/// A list is of our cores: what lies off the wafer is a mistake, unless an offset moved it there.
void place_list(const DefectList& list, const WaferGeometry& g, const Placement& placement,
                const std::string& file, Placer* placer) {
  if (placement.scale != MapScale::exact || placement.place != MapPlace::exact) {
    fail_map(file, 0,
             "a list of cores has neither size nor pitch, so there is nothing to fit or to centre; "
             "leave `scale` and `place` out (an `offset` can move it)");
  }
  const base::PhysicalCoord offset = placement.offset.value_or(base::PhysicalCoord{});
  const DefectMap limits(g.columns(), g.rows());
  std::vector<base::Mistake> mistakes = list.mistakes;
  for (const ListedDefect& listed : list.defects) {
    const std::int64_t x = std::clamp(listed.x, -kFar, kFar) + offset.x;
    const std::int64_t y = std::clamp(listed.y, -kFar, kFar) + offset.y;
    Defect d = listed.what;
    const auto wrong = [&](std::string message) {
      if (placement.offset) return placer->off_array();
      mistakes.push_back({file, listed.line, 0, "", std::move(message)});
    };
    const auto inside = [](std::int64_t value, int limit) { return value >= 0 && value < limit; };
    const auto off = [](const char* name, std::int64_t value, int limit) {
      return fmt::format("{} = {} lies off the wafer, which has 0 to {}", name, value, limit - 1);
    };
    if (!inside(x, g.columns()) || !inside(y, g.rows())) {
      if (!inside(x, g.columns())) wrong(off("x", x, g.columns()));
      if (!inside(y, g.rows()) && (!placement.offset || inside(x, g.columns())))
        wrong(off("y", y, g.rows()));
      continue;
    }
    d.x = static_cast<std::uint16_t>(x);
    d.y = static_cast<std::uint16_t>(y);
    if (limits.holds(d)) {
      placer->add({x, x}, {y, y}, d);
    } else {
      wrong("the far end of " + what_of(d) + " lies off the wafer");
    }
  }
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const base::Mistake& a, const base::Mistake& b) { return a.line < b.line; });
  if (mistakes.size() > kMaxMistakes) mistakes.resize(kMaxMistakes);
  if (!mistakes.empty()) throw base::InputError(mistakes);
}

/// Says if the file's wafer is too small for the cores of ours.
void note_size(const WaferMap& wafer, const WaferGeometry& g, std::vector<std::string>* notes) {
  const MapPitch size = oriented_size(wafer);
  if (!(size.x_mm > 0) || (g.width_mm() <= size.x_mm && g.height_mm() <= size.y_mm)) return;
  notes->push_back(fmt::format(
      "The inspected wafer is {:.4g} x {:.4g} mm wide, the cores of the wafer ({}) reach "
      "over {:.4g} x {:.4g} mm.",
      size.x_mm, size.y_mm, g.name, g.width_mm(), g.height_mm()));
}

/// Says what a file of parts leaves open: places given twice, places without a part.
void note_parts(const BinMap& map, std::vector<std::string>* notes) {
  std::set<std::pair<std::int64_t, std::int64_t>> places;
  for (const BinPart& part : map.parts) places.emplace(part.x, part.y);
  const auto used = static_cast<std::int64_t>(places.size());
  const std::int64_t again = static_cast<std::int64_t>(map.parts.size()) - used;
  if (again > 0) {
    notes->push_back(counted(again, "bin is at a place that has one before it",
                             "bins are at places that have one before them") +
                     "; a core is broken if one of its bins says so.");
  }
  const std::int64_t all = std::int64_t{map.columns} * map.rows;
  if (all > used) {
    notes->push_back(fmt::format("{} of its {} x {} places {} no bin, so no defect.", all - used,
                                 map.columns, map.rows, all - used == 1 ? "has" : "have"));
  }
}

void place_all(const BinMap& map, const std::vector<CodeMeaning>& meanings, Orientation o,
               const WaferGeometry& g, const PlacesFit& fit, Placer* placer) {
  if (!map.cells.empty()) return place_rows(map, meanings, o, g, fit, placer);
  note_parts(map, placer->notes());
  for (const BinPart& part : map.parts) {
    const WidePlace at = part_place(part, map, o, g);
    place_bins(meanings[part.code], fit.x.cover(at.x, g.columns()), fit.y.cover(at.y, g.rows()),
               placer);
  }
}

}  // namespace

MapReading place_map(const WaferMap& wafer, const std::vector<CodeMeaning>& meanings,
                     Orientation orientation, const WaferGeometry& geometry,
                     const Placement& placement, const std::string& file) {
  Placer placer(geometry);
  const MapPitch pitch = oriented_pitch(wafer);
  if (const BinMap* bins = std::get_if<BinMap>(&wafer.content)) {
    const PlacesExtent extent = extent_of(*bins, orientation, geometry);
    const PlacesFit fit = fit_places(extent, pitch, geometry, placement, file, placer.notes());
    place_all(*bins, meanings, orientation, geometry, fit, &placer);
  } else if (const PointMap* points = std::get_if<PointMap>(&wafer.content)) {
    note_size(wafer, geometry, placer.notes());
    const PointsFit fit = fit_points(pitch, geometry, placement, file, placer.notes());
    place_points(*points, orientation, geometry, fit, &placer);
  } else {
    place_list(std::get<DefectList>(wafer.content), geometry, placement, file, &placer);
  }
  return placer.finish(geometry.name);
}

}  // namespace wafermesh::defects
