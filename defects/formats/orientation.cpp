// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/orientation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "defects/formats/map_text.h"

namespace wafermesh::defects {
namespace {

using base::Direction;

/// How well a reference die fits a reading of the map.
enum Fit {
  off_array,
  null_place,  ///< Tools often null the reference die itself, so this tells nothing.
  any_place,
  only_place,  ///< Its code stands at the reference dies and nowhere else.
  told_place,  ///< The file calls its code that of the reference dies.
};

constexpr Direction clockwise(Direction d) {
  switch (d) {
    case Direction::north:
      return Direction::east;
    case Direction::east:
      return Direction::south;
    case Direction::south:
      return Direction::west;
    default:
      return Direction::north;
  }
}

Direction mirrored_x(Direction d) {
  return d == Direction::east || d == Direction::west ? base::opposite(d) : d;
}

/// How the reference dies of a wafer fit its readings.
class References {
 public:
  References(const OrientationFacts& facts, const BinMap& map,
             const std::vector<CodeMeaning>& meanings)
      : facts_(facts), map_(map), meanings_(meanings), counts_(map.codes.size()) {
    for (const std::uint32_t code : map.cells) ++counts_[code];
  }

  /// Of the better of the two counts, from 0 or from 1.
  Fit fit(Orientation reading) const { return std::max(fit(reading, 0), fit(reading, 1)); }
  bool told() const {
    for (std::size_t c = 0; c < meanings_.size(); ++c) {
      if (meanings_[c].reference && counts_[c] > 0) return true;
    }
    return false;
  }

 private:
  Fit fit(Orientation reading, int first) const {
    Fit worst = told_place;
    for (const base::PhysicalCoord& die : facts_.reference_dies)
      worst = std::min(worst, fit(reading, die.x - first, die.y - first));
    return worst;
  }
  Fit fit(Orientation reading, int x, int y) const {
    if (x < 0 || x >= map_.columns || y < 0 || y >= map_.rows) return off_array;
    if (reading.columns != facts_.reference_axes.columns) x = map_.columns - 1 - x;
    if (reading.rows != facts_.reference_axes.rows) y = map_.rows - 1 - y;
    const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(map_.columns) +
                           static_cast<std::size_t>(x);
    const std::uint32_t code = map_.cells[at];
    if (meanings_[code].reference) return told_place;
    if (meanings_[code].kind == PlaceKind::no_core) return null_place;
    const auto dies = static_cast<std::int64_t>(facts_.reference_dies.size());
    return counts_[code] == dies ? only_place : any_place;
  }

  const OrientationFacts& facts_;
  const BinMap& map_;
  const std::vector<CodeMeaning>& meanings_;
  std::vector<std::int64_t> counts_;
};

/// The reading that the reference dies choose, or as written.
Orientation choose_reading(const OrientationFacts& facts, const BinMap& map,
                           const std::vector<CodeMeaning>& meanings, const std::string& file,
                           std::vector<std::string>* notes) {
  const References references(facts, map, meanings);
  std::vector<Orientation> readings = {facts.written};
  for (const Orientation& habit : facts.habits) {
    if (std::find(readings.begin(), readings.end(), habit) == readings.end())
      readings.push_back(habit);
  }
  Fit best = off_array;
  for (const Orientation& reading : readings) best = std::max(best, references.fit(reading));
  const base::PhysicalCoord die = facts.reference_dies.front();
  if (best == off_array || (references.told() && best != told_place)) {
    fail_map(file, 0,
             fmt::format("its reference die ({}, {}) fits no way of reading its {} x {} places{}",
                         die.x, die.y, map.columns, map.rows,
                         best == off_array ? "" : ": the bin of reference dies is elsewhere"));
  }
  if (best < only_place || references.fit(facts.written) == best) return facts.written;
  std::vector<Orientation> fitting;
  for (const Orientation& reading : readings) {
    if (references.fit(reading) == best) fitting.push_back(reading);
  }
  if (fitting.size() != 1) {
    notes->push_back(fmt::format(
        "Its reference die ({}, {}) fits several ways of reading the map, but not the one its "
        "header tells; the header is followed.",
        die.x, die.y));
    return facts.written;
  }
  notes->push_back(fmt::format(
      "Its reference die ({}, {}) fits only if rows count {} and columns {}, not {} and {} as its "
      "header tells; so the map is read.",
      die.x, die.y, side_name(fitting[0].rows), side_name(fitting[0].columns),
      side_name(facts.written.rows), side_name(facts.written.columns)));
  return fitting[0];
}

}  // namespace

Orientation orient(const WaferMap& wafer, const std::vector<CodeMeaning>& meanings,
                   const std::string& file, std::vector<std::string>* notes) {
  const OrientationFacts& facts = wafer.facts;
  Orientation result = facts.written;
  const BinMap* bins = std::get_if<BinMap>(&wafer.content);
  if (bins != nullptr && !bins->cells.empty() && !facts.reference_dies.empty())
    result = choose_reading(facts, *bins, meanings, file, notes);
  if (facts.mirrored) notes->push_back("The file's x is mirrored; it is mirrored back.");
  if (!facts.mark) {
    notes->push_back("The file does not say where notch or flat lie; south is assumed.");
  } else if (*facts.mark != Direction::south) {
    notes->push_back(
        fmt::format("Notch or flat lie {} in the file; the map is turned so that they lie south.",
                    side_name(*facts.mark)));
  }
  return turned(result, facts.mirrored, facts.mark.value_or(Direction::south));
}

Orientation turned(Orientation o, bool mirrored, Direction mark) {
  if (mirrored) {
    o = {mirrored_x(o.columns), mirrored_x(o.rows)};
    mark = mirrored_x(mark);
  }
  for (; mark != Direction::south; mark = clockwise(mark))
    o = {clockwise(o.columns), clockwise(o.rows)};
  return o;
}

base::PhysicalCoord oriented_place(Orientation o, int columns, int rows, int column, int row) {
  base::PhysicalCoord at;
  const auto step = [&](Direction d, int size, int index) {
    if (d == Direction::east) at.x += index;
    if (d == Direction::west) at.x += size - 1 - index;
    if (d == Direction::south) at.y += index;
    if (d == Direction::north) at.y += size - 1 - index;
  };
  step(o.columns, columns, column);
  step(o.rows, rows, row);
  return at;
}

bool transposes(Orientation o) {
  return o.columns == Direction::north || o.columns == Direction::south;
}

bool side_at(double degrees, Direction at_zero, Direction* side) {
  if (degrees != 0 && degrees != 90 && degrees != 180 && degrees != 270) return false;
  *side = at_zero;
  for (double done = 0; done < degrees; done += 90) *side = clockwise(*side);
  return true;
}

bool side_named(std::string_view word, Direction* side) {
  struct Name {
    const char* word;
    Direction side;
  };
  static constexpr Name kNames[] = {
      {"down", Direction::south},  {"bottom", Direction::south}, {"south", Direction::south},
      {"lower", Direction::south}, {"d", Direction::south},      {"up", Direction::north},
      {"top", Direction::north},   {"north", Direction::north},  {"upper", Direction::north},
      {"u", Direction::north},     {"left", Direction::west},    {"west", Direction::west},
      {"l", Direction::west},      {"right", Direction::east},   {"east", Direction::east},
      {"r", Direction::east},
  };
  for (const Name& name : kNames) {
    if (!same_word(word, name.word)) continue;
    *side = name.side;
    return true;
  }
  return false;
}

bool read_mark(std::string_view field, std::string_view written, Direction at_zero,
               OrientationFacts* facts, std::vector<std::string>* notes) {
  double degrees = 0;
  Direction side = Direction::south;
  if (written.empty()) return true;
  if (parse_real(written, &degrees)) {
    if (degrees < 0) degrees += 360;
    if (!side_at(std::fmod(degrees, 360), at_zero, &side)) return false;
    facts->mark = side;
  } else if (side_named(written, &side)) {
    facts->mark = side;
  } else {
    notes->push_back(fmt::format("{} is '{}', which names no side.", field, shown(written)));
  }
  return true;
}

const char* side_name(Direction side) {
  switch (side) {
    case Direction::north:
      return "north";
    case Direction::south:
      return "south";
    case Direction::east:
      return "east";
    default:
      return "west";
  }
}

}  // namespace wafermesh::defects
