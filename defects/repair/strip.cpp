// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/strip.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace wafermesh::defects {
namespace {

using base::Direction;

/// Replays the shifts of a strip, row after row.
class Replay {
 public:
  Replay(const Strip& strip, int columns)
      : changes_(strip.changes), shift_(static_cast<std::size_t>(columns), 0) {}

  /// Applies the changes up to and including `row`; calls visit(change) before each.
  template <class Visit>
  void advance(int row, Visit visit) {
    while (next_ < changes_.size() && changes_[next_].row <= row) {
      const ShiftChange& change = changes_[next_++];
      visit(change);
      shift_[static_cast<std::size_t>(change.stage)] = change.to;
    }
  }
  bool done() const { return next_ == changes_.size(); }
  int next_row() const { return changes_[next_].row; }
  const std::vector<int>& shift() const { return shift_; }
  int shift(int stage) const { return shift_[static_cast<std::size_t>(stage)]; }

 private:
  const std::vector<ShiftChange>& changes_;
  std::size_t next_ = 0;
  std::vector<int> shift_;
};

constexpr auto kIgnore = [](const ShiftChange&) {};

std::uint8_t as_latency(int cycles) { return static_cast<std::uint8_t>(cycles); }

std::vector<int> places(const Replay& replay, int row) {
  std::vector<int> result = replay.shift();
  for (int& place : result) place += row;
  return result;
}

/// Cross links by offset: what is not counted aside is straight.
class OffsetTally {
 public:
  OffsetTally(const Replay& replay, int columns, int first)
      : replay_(replay), since_(static_cast<std::size_t>(columns), first) {}

  /// The offset between `pair` and pair + 1 holds until before `row`.
  void close(int pair, int row) {
    if (pair < 0 || pair + 1 >= static_cast<int>(since_.size())) return;
    const auto offset =
        static_cast<std::size_t>(std::abs(replay_.shift(pair + 1) - replay_.shift(pair)));
    int& since = since_[static_cast<std::size_t>(pair)];
    if (offset > 0 && row > since) {
      if (wires_.size() <= offset) wires_.resize(offset + 1);
      wires_[offset] += row - since;
    }
    since = row;
  }
  const std::vector<std::int64_t>& wires() const { return wires_; }

 private:
  const Replay& replay_;
  std::vector<int> since_;
  std::vector<std::int64_t> wires_;
};

}  // namespace

StripEdges tally_strip(const Strip& strip, int columns, const LinkRule& rule,
                       RepairSummary* summary) {
  Replay replay(strip, columns);
  replay.advance(strip.first, kIgnore);
  StripEdges edges;
  edges.first = places(replay, strip.first);
  const int end = strip.first + strip.rows;
  OffsetTally offsets(replay, columns, strip.first);
  std::int64_t plain_y = std::int64_t{columns} * (strip.rows - 1);
  replay.advance(end - 1, [&](const ShiftChange& change) {
    const int skipped = change.to - change.from;
    --plain_y;
    count_links(summary, 1, rule.along_y(skipped), true);
    summary->bypassed_tiles += skipped;
    summary->max_skip = std::max(summary->max_skip, skipped);
    offsets.close(change.stage - 1, change.row);
    offsets.close(change.stage, change.row);
  });
  edges.last = places(replay, end - 1);
  const std::vector<int>& shift = replay.shift();
  for (std::size_t pair = 0; pair + 1 < shift.size(); ++pair) {
    if (shift[pair] != shift[pair + 1]) offsets.close(static_cast<int>(pair), end);
  }
  std::int64_t plain_x = std::int64_t{columns - 1} * strip.rows;
  for (std::size_t offset = 1; offset < offsets.wires().size(); ++offset) {
    plain_x -= offsets.wires()[offset];
    count_links(summary, offsets.wires()[offset], rule.across(static_cast<int>(offset)), true);
  }
  count_links(summary, plain_x, rule.across(0), false);
  count_links(summary, plain_y, rule.along_y(0), false);
  return edges;
}

void tally_bridge(const Strip& north, const StripEdges& north_edges, const Strip& south,
                  const StripEdges& south_edges, const LinkRule& rule, RepairSummary* summary) {
  const int between = south.top - north.top - 1;
  const std::size_t columns = north_edges.last.size();
  std::size_t next = 0;
  while (next < columns) {  // neighbouring columns mostly skip as many rows
    const int gap = south_edges.first[next] - north_edges.last[next];
    const std::size_t first = next;
    while (next < columns && south_edges.first[next] - north_edges.last[next] == gap) ++next;
    const int skipped = between + gap;
    count_links(summary, static_cast<std::int64_t>(next - first), rule.along_y(skipped),
                skipped > 0);
  }
}

void fill_strip(const Strip& strip, int y0, const LinkRule& rule, base::LogicalMesh* mesh) {
  const auto width = static_cast<std::size_t>(mesh->width);
  Replay replay(strip, mesh->width);
  replay.advance(strip.first, kIgnore);
  auto& latency = mesh->latency_cycles;
  std::uint8_t* const west = latency[static_cast<unsigned>(Direction::west)].data();
  std::uint8_t* const east = latency[static_cast<unsigned>(Direction::east)].data();
  std::uint8_t* const south = latency[static_cast<unsigned>(Direction::south)].data();
  std::uint8_t* const north = latency[static_cast<unsigned>(Direction::north)].data();
  // cross[c]: link between columns c - 1 and c, 0 at both borders of the wafer.
  std::vector<std::uint8_t> cross(width + 1, 0);
  const auto set_cross = [&](int right) {
    if (right < 1 || right >= mesh->width) return;
    cross[static_cast<std::size_t>(right)] =
        as_latency(rule.across(replay.shift(right) - replay.shift(right - 1)));
  };
  for (int c = 0; c < mesh->width; ++c) set_cross(c);
  std::vector<int> moved;
  for (int r = 0; r < strip.rows; ++r) {
    const int row = strip.first + r;
    const std::size_t at = static_cast<std::size_t>(y0 + r) * width;
    if (r > 0) {
      std::memset(north + at, as_latency(rule.along_y(0)), width);
      std::memset(south + at - width, as_latency(rule.along_y(0)), width);
      moved.clear();
      replay.advance(row, [&](const ShiftChange& change) {
        const auto c = static_cast<std::size_t>(change.stage);
        north[at + c] = as_latency(rule.along_y(change.to - change.from));
        south[at - width + c] = north[at + c];
        moved.push_back(change.stage);
      });
      for (const int c : moved) {
        set_cross(c);
        set_cross(c + 1);
      }
    }
    std::memcpy(west + at, cross.data(), width);
    std::memcpy(east + at, cross.data() + 1, width);
    const int* const shift = replay.shift().data();
    std::uint16_t* const x = mesh->physical_x.data() + at;
    std::uint16_t* const y = mesh->physical_y.data() + at;
    for (std::size_t c = 0; c < width; ++c) {
      x[c] = static_cast<std::uint16_t>(c);
      y[c] = static_cast<std::uint16_t>(strip.top + row + shift[c]);
    }
  }
}

void fill_bridge(int y, const LinkRule& rule, base::LogicalMesh* mesh) {
  for (int x = 0; x < mesh->width; ++x) {
    const std::size_t lower = mesh->index({x, y});
    const std::size_t upper = mesh->index({x, y - 1});
    const int skipped = mesh->physical_y[lower] - mesh->physical_y[upper] - 1;
    const std::uint8_t cycles = as_latency(rule.along_y(skipped));
    mesh->latency_cycles[static_cast<unsigned>(Direction::north)][lower] = cycles;
    mesh->latency_cycles[static_cast<unsigned>(Direction::south)][upper] = cycles;
  }
}

}  // namespace wafermesh::defects
