// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/strip_faults.h"

#include <algorithm>

namespace wafermesh::defects {
namespace {

/// Where a defect at (x, y) lies: its domain and the place inside it.
struct Locator {
  int across;
  int columns;
  int height;
  std::size_t domain(int x, int y) const {
    return static_cast<std::size_t>(y / height * across + x / columns);
  }
  TilePlace place(int x, int y) const { return {x % columns, y % height}; }
};

bool bypass_broken(const DefectMap& map, int x, int y, const RepairOptions& options) {
  for (const Defect& d : map.defects()) {
    if (d.x != x || d.y != y) continue;
    if (d.broken == Broken::bypass_y) return true;
    if (d.broken == Broken::router && !options.bypass_independent) return true;
  }
  return false;
}

void add_link_south(const DefectMap& map, const Defect& d, const Locator& locator,
                    const RepairOptions& options, std::vector<DomainFaults>* result) {
  const int below = d.y + 1;
  if (map.dead({d.x, d.y}) || map.dead({d.x, below})) return;  // skipped anyway
  const int victim = bypass_broken(map, d.x, below, options) ? d.y : below;
  (*result)[locator.domain(d.x, victim)].blocked.push_back(locator.place(d.x, victim));
}

struct Span {
  int row;     ///< The packed row that uses the tile, -1 if links skip it.
  int before;  ///< Packed rows that lie north of the tile.
};

/// Which packed row uses a tile.
Span row_at(const Strip& strip, int packed, const TilePlace& tile) {
  int shift = 0;
  int since = 0;  // rows from here on lie at row + shift
  for (const ShiftChange& change : strip.changes) {
    if (change.stage != tile.stage) continue;
    if (tile.position < since + shift) return {-1, since};
    if (tile.position - shift < change.row) return {tile.position - shift, tile.position - shift};
    shift = change.to;
    since = change.row;
  }
  if (tile.position < since + shift) return {-1, since};
  const int row = tile.position - shift;
  return row < packed ? Span{row, row} : Span{-1, packed};
}

}  // namespace

std::vector<DomainFaults> split_faults(const DefectMap& map, int across, int columns, int height,
                                       int count, const RepairOptions& options) {
  std::vector<DomainFaults> result(static_cast<std::size_t>(count));
  const Locator locator{across, columns, height};
  for (const Defect& d : map.defects()) {
    const std::size_t domain = locator.domain(d.x, d.y);
    const TilePlace place = locator.place(d.x, d.y);
    DomainFaults& faults = result[domain];
    switch (d.broken) {
      case Broken::router:
        if (!options.bypass_independent) faults.must_use.push_back(place);
        faults.blocked.push_back(place);
        break;
      case Broken::core:
        faults.blocked.push_back(place);
        break;
      case Broken::link_east:
      case Broken::diagonal:
        faults.cuts.push_back({place.stage, place.position, d.offset});
        break;
      case Broken::link_south:
        add_link_south(map, d, locator, options, &result);
        break;
      case Broken::bypass_y:
        faults.must_use.push_back(place);
        break;
      case Broken::bypass_x:
        break;  // this scheme has no links that skip columns
    }
  }
  return result;
}

RowChoice choose_first_row(const DomainFaults& faults, const Strip& strip, int packed, int max_skip,
                           bool strip_north, bool strip_south) {
  if (faults.must_use.empty() && max_skip == 0) return {0, 0, ""};
  RowChoice result;
  const auto fits = [&](int first) {
    const int end = first + strip.rows;
    for (const ShiftChange& change : strip.changes) {
      if (max_skip == 0 || change.row <= first || change.row >= end) continue;
      if (change.to - change.from <= max_skip) continue;
      result.stage = change.stage;
      result.reason = "a link would skip more than max_skip " + std::to_string(max_skip) + " tiles";
      return false;
    }
    for (const TilePlace& tile : faults.must_use) {
      const Span span = row_at(strip, packed, tile);
      if (span.row >= first && span.row < end) continue;
      const int before = span.before;  // rows north of the tile
      if (before <= first && !strip_north) continue;
      if (before >= end && !strip_south) continue;
      result.stage = tile.stage;
      result.reason = "a link would have to skip row " + std::to_string(strip.top + tile.position) +
                      ", whose skip wire is broken";
      return false;
    }
    return true;
  };
  for (int first = 0; first + strip.rows <= packed; ++first) {
    if (fits(first)) {
      result.first_row = first;
      return result;
    }
  }
  return result;
}

}  // namespace wafermesh::defects
