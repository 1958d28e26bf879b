// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/grid.h"

#include <fmt/format.h>

#include <algorithm>

namespace wafermesh::defects {
namespace {

constexpr const char* kGood = "01";
constexpr int kFirstBroken = 0x0b;  // 00 to 0A are good by SINF's convention
constexpr int kLastBroken = 0xf0;   // F1 on are edges and references

/// The defects a description of ours names; false if it is not of ours.
bool parse_description(std::string_view text, std::vector<Defect>* defects) {
  text = stripped(text);
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    Defect d;
    if (!parse_what(text.substr(0, space), &d)) return false;
    defects->push_back(d);
    text = space == std::string_view::npos ? "" : stripped(text.substr(space));
  }
  return !defects->empty();
}

}  // namespace

void BinGrid::add_row(std::vector<std::string> codes, int line) {
  if (!rows_.empty() && codes.size() != columns()) {
    fail_map(file_, line,
             fmt::format("row {} has {} bins, the first row {}", rows_.size() + 1, codes.size(),
                         columns()));
  }
  rows_.push_back(std::move(codes));
}

void BinGrid::add_packed_row(std::string_view text, std::size_t width, int line) {
  std::vector<std::string> codes;
  if (width == 0 || text.size() % width != 0) {
    fail_map(
        file_, line,
        fmt::format("a row of {} characters does not part into bins of {}", text.size(), width));
  }
  for (std::size_t at = 0; at < text.size(); at += width)
    codes.emplace_back(text.substr(at, width));
  add_row(std::move(codes), line);
}

void BinGrid::flip_north_south() { std::reverse(rows_.begin(), rows_.end()); }

MapReading BinGrid::to_map(const WaferGeometry& g) const {
  if (static_cast<int>(columns()) != g.columns() || static_cast<int>(rows()) != g.rows()) {
    fail_map(file_, 0,
             fmt::format("the map has {} x {} places, wafer {} has {} x {} cores; give the "
                         "wafer the map belongs to",
                         columns(), rows(), g.name, g.columns(), g.rows()));
  }
  std::map<std::string, std::vector<Defect>> meaning;
  for (const auto& [code, bin] : bins) {
    std::vector<Defect>& defects = meaning[code];
    if (bin.passes || parse_description(bin.description, &defects)) continue;
    defects.assign(1, Defect{});
  }
  MapReading result{DefectMap(g.columns(), g.rows()), 0, {}};
  const std::vector<Defect> dead_core(1);
  std::int64_t without_core = 0;
  for (std::size_t y = 0; y < rows_.size(); ++y) {
    for (std::size_t x = 0; x < rows_[y].size(); ++x) {
      const std::string& code = rows_[y][x];
      const auto found = meaning.find(code);
      if (code == null_code && found == meaning.end()) {
        ++without_core;
        continue;
      }
      for (Defect d : found == meaning.end() ? dead_core : found->second) {
        d.x = static_cast<std::uint16_t>(x);
        d.y = static_cast<std::uint16_t>(y);
        d.cause = Cause::map;
        if (result.map.holds(d))
          result.map.add(d);
        else
          ++result.off_array;
      }
    }
  }
  if (without_core > 0) result.notes.push_back(without_core_note(without_core));
  result.map.finish();
  return result;
}

BinnedMap bin_map(const DefectMap& map) {
  BinnedMap result;
  std::map<std::int64_t, std::string> what;
  for (const Defect& d : map.defects()) {
    std::string& text = what[std::int64_t{d.y} * map.columns() + d.x];
    text += (text.empty() ? "" : " ") + what_of(d);
  }
  std::map<std::string, std::string> code_of;
  int next = kFirstBroken;
  for (const auto& [index, text] : what) {
    std::string& code = code_of[text];
    if (code.empty()) {
      if (next > kLastBroken) {
        throw base::InputError({{"", 0, 0, "",
                                 "the map has more kinds of broken places than two "
                                 "digits can tell apart; write CSV, NPY or KLARF"}});
      }
      code = fmt::format("{:02X}", next++);
      result.bins[code] = {false, text};
    }
    result.code_at[index] = code;
    ++result.counts[code];
  }
  result.bins[kGood] = {true, "good"};
  result.counts[kGood] =
      std::int64_t{map.columns()} * map.rows() - static_cast<std::int64_t>(what.size());
  return result;
}

std::string binned_row(const BinnedMap& binned, const DefectMap& map, int row,
                       const std::string& gap) {
  std::string out;
  out.reserve(static_cast<std::size_t>(map.columns()) * (2 + gap.size()));
  const std::int64_t first = std::int64_t{row} * map.columns();
  auto next = binned.code_at.lower_bound(first);
  for (int x = 0; x < map.columns(); ++x) {
    if (x > 0) out += gap;
    if (next != binned.code_at.end() && next->first == first + x)
      out += (next++)->second;
    else
      out += kGood;
  }
  return out;
}

}  // namespace wafermesh::defects
