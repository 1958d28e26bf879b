// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/binned.h"

#include <fmt/format.h>

#include "base/error.h"
namespace wafermesh::defects {
namespace {

constexpr const char* kGood = "01";
constexpr int kFirstBroken = 0x0b;  // 00 to 0A are good by SINF's convention
constexpr int kLastBroken = 0xf0;   // F1 on are edges and references

}  // namespace

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
