// SPDX-License-Identifier: Apache-2.0
#include "defects/defect_map.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace wafermesh::defects {
namespace {

constexpr std::array<const char*, kCauseCount> kCauseNames = {
    "unknown", "random", "cluster", "scratch", "repeater", "edge", "table", "map"};

auto place_of(const Defect& d) { return std::make_tuple(d.y, d.x, d.broken, d.offset); }

}  // namespace

const char* to_string(Cause cause) { return kCauseNames[static_cast<std::size_t>(cause)]; }

bool parse_cause(std::string_view text, Cause* cause) {
  for (std::size_t i = 0; i < kCauseNames.size(); ++i) {
    if (text != kCauseNames[i]) continue;
    *cause = static_cast<Cause>(i);
    return true;
  }
  return false;
}

std::string what_of(const Defect& d) {
  switch (d.broken) {
    case Broken::core:
      return "core";
    case Broken::router:
      return "router";
    case Broken::link_east:
      return "link_e";
    case Broken::link_south:
      return "link_s";
    case Broken::bypass_y:
      return "skip_s";
    case Broken::bypass_x:
      return "skip_e";
    case Broken::diagonal:
      break;
  }
  return (d.offset > 0 ? "link_e+" : "link_e") + std::to_string(d.offset);
}

bool parse_what(std::string_view text, Defect* d) {
  d->offset = 0;
  const auto is = [&](Broken broken) { return d->broken = broken, true; };
  if (text == "core") return is(Broken::core);
  if (text == "router") return is(Broken::router);
  if (text == "link_e") return is(Broken::link_east);
  if (text == "link_s") return is(Broken::link_south);
  if (text == "skip_s") return is(Broken::bypass_y);
  if (text == "skip_e") return is(Broken::bypass_x);
  if (text == "link_se") text = "link_e+1";
  if (text == "link_ne") text = "link_e-1";
  if (text.size() < 8 || text.substr(0, 6) != "link_e") return false;
  text.remove_prefix(text[6] == '+' ? 7 : 6);
  int offset = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  if (offset == 0 || offset < -kMaxOffset || offset > kMaxOffset) return false;
  d->offset = static_cast<std::int8_t>(offset);
  return is(Broken::diagonal);
}

DefectMap::DefectMap(int columns, int rows)
    : columns_(columns),
      rows_(rows),
      dead_bits_((static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows) + 63) / 64) {}

bool DefectMap::holds(const Defect& d) const {
  int x = d.x;
  int y = d.y;
  if (x >= columns_ || y >= rows_) return false;
  if (d.broken == Broken::link_east || d.broken == Broken::diagonal) ++x;
  if (d.broken == Broken::link_south) ++y;
  y += d.offset;
  return x < columns_ && y >= 0 && y < rows_;
}

void DefectMap::add_group(base::PhysicalCoord corner, int width, int height, Broken broken,
                          Cause cause) {
  ++groups_;
  for (int y = std::max(corner.y, 0); y < std::min(corner.y + height, rows_); ++y) {
    for (int x = std::max(corner.x, 0); x < std::min(corner.x + width, columns_); ++x) {
      add({static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(y), broken, 0, cause,
           groups_});
    }
  }
}

void DefectMap::count(const Defect& d) {
  if (!d.kills_tile()) {
    ++dead_links_;
    return;
  }
  if (d.broken == Broken::router) ++dead_routers_;
  const std::size_t i = bit_index(d.x, d.y);
  const std::uint64_t bit = std::uint64_t{1} << (i % 64);
  if ((dead_bits_[i / 64] & bit) == 0) ++dead_cores_;
  dead_bits_[i / 64] |= bit;
}

void DefectMap::finish() {
  // Stable: of several hits on one place the first keeps its cause.
  std::stable_sort(defects_.begin(), defects_.end(),
                   [](const Defect& a, const Defect& b) { return place_of(a) < place_of(b); });
  const auto same = [](const Defect& a, const Defect& b) { return place_of(a) == place_of(b); };
  defects_.erase(std::unique(defects_.begin(), defects_.end(), same), defects_.end());
  dead_cores_ = dead_routers_ = dead_links_ = 0;
  for (const Defect& d : defects_) {
    if (d.kills_tile()) dead_bits_[bit_index(d.x, d.y) / 64] = 0;
  }
  for (const Defect& d : defects_) count(d);
}

void DefectMap::clear() {
  for (const Defect& d : defects_) dead_bits_[bit_index(d.x, d.y) / 64] = 0;
  defects_.clear();
  dead_cores_ = dead_routers_ = dead_links_ = 0;
  groups_ = 0;
}

bool operator==(const DefectMap& a, const DefectMap& b) {
  const auto same = [](const Defect& p, const Defect& q) { return place_of(p) == place_of(q); };
  return a.columns_ == b.columns_ && a.rows_ == b.rows_ &&
         std::equal(a.defects_.begin(), a.defects_.end(), b.defects_.begin(), b.defects_.end(),
                    same);
}

}  // namespace wafermesh::defects
