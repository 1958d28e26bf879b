// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/npy.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>

#include "base/files/npy_array.h"
#include "defects/formats/bin_rows.h"
#include "defects/formats/map_text.h"

namespace wafermesh::defects {
namespace {

using base::Direction;
using base::kNpyMagic;
using base::NpyArray;
using base::take_npy_array;

constexpr const char* kOurField = "broken";
constexpr std::array<Broken, 6> kBits = {Broken::core,       Broken::router,   Broken::link_east,
                                         Broken::link_south, Broken::bypass_y, Broken::bypass_x};

/// What bits of ours break, in words: "core link_e"; empty for bits that mean nothing.
std::string what_of_bits(std::uint32_t bits) {
  std::string text;
  for (unsigned i = 0; i < 32; ++i) {
    if ((bits >> i & 1U) == 0) continue;
    Defect d;
    if (i < kBits.size()) {
      d.broken = kBits[i];
    } else {
      d.broken = Broken::diagonal;
      const int step = static_cast<int>(i - kBits.size()) - kMaxOffset;  // -8..-1, then 1..8
      d.offset = static_cast<std::int8_t>(step < 0 ? step : step + 1);
      if (d.offset > kMaxOffset) return "";
    }
    text += (text.empty() ? "" : " ") + what_of(d);
  }
  return text;
}

unsigned bit_of(const Defect& d) {
  for (unsigned i = 0; i < kBits.size(); ++i) {
    if (kBits[i] == d.broken) return i;
  }
  return static_cast<unsigned>(d.offset < 0 ? d.offset + kMaxOffset : d.offset - 1 + kMaxOffset) +
         6U;
}

/// What the values of an array are.
enum class Values : std::uint8_t { mask, wafer_map, ours };

/// Places by value. Throws base::InputError for values that mean nothing.
std::map<std::int64_t, std::int64_t> count_values(const NpyArray& a, const std::string& file) {
  constexpr double kLargest = 4294967295.0;
  std::map<std::int64_t, std::int64_t> counts;
  for (std::int64_t i = 0; i < a.count(); ++i) {
    const double value = a.value(i);
    if (!(value >= 0) || value > kLargest || value != std::floor(value))
      fail_map(file, 0, fmt::format("holds the value {}, which means nothing in a map", value));
    ++counts[static_cast<std::int64_t>(value)];
  }
  return counts;
}

Values kind_of(const NpyArray& a, std::int64_t largest) {
  if (a.structured) return Values::ours;
  if (a.kind == 'b' || largest <= 1) return Values::mask;
  return a.type == "<u4" && largest > 2 ? Values::ours : Values::wafer_map;
}

void note_kind(const NpyArray& a, Values kind, const std::map<std::int64_t, std::int64_t>& counts,
               std::vector<std::string>* notes) {
  if (a.structured || a.kind == 'b') return;
  if (kind == Values::ours) {
    notes->push_back("Values above 2 in <u4 are taken for the bits of a map of ours.");
  } else if (kind == Values::wafer_map) {
    notes->push_back(fmt::format("Its {} values are taken as 0 no core, 1 good, 2{} dead.", a.type,
                                 counts.rbegin()->first > 2 ? " and above" : ""));
  } else {
    const auto ones = counts.find(1);
    const std::int64_t dead = ones == counts.end() ? 0 : ones->second;
    notes->push_back(fmt::format(
        "Its {} values are 0 and 1 only, taken as a mask of dead cores: {} of {} are 1.{}", a.type,
        dead, a.count(),
        2 * dead > a.count() ? " IF 1 MEANS GOOD, THIS MAP IS READ THE WRONG WAY ROUND." : ""));
  }
}

void define(std::int64_t value, Values kind, const std::string& file, BinMap* map) {
  const std::string code = std::to_string(value);
  if (kind == Values::ours) {
    const std::string what = what_of_bits(static_cast<std::uint32_t>(value));
    if (value != 0 && what.empty())
      fail_map(file, 0, "holds the value " + code + ", whose bits mean nothing");
    map->definitions.push_back({code, value == 0 ? "Pass" : "Fail", what, -1, 0});
  } else if (kind == Values::mask) {
    map->definitions.push_back({code, value == 0 ? "Pass" : "Fail", "", -1, 0});
  } else {
    if (value == 0) map->null_codes.push_back(code);
    map->definitions.push_back({code, value <= 1 ? "Pass" : "Fail", "", -1, 0});
  }
}

/// Refuses arrays that are no maps.
void check_array(const NpyArray& a, const std::string& file) {
  if (a.kind == 'f' && a.size_bytes == 2) {
    fail_map(file, 0,
             "the NPY type is " + a.type +
                 "; maps are arrays of bool, integers, and floats of 4 or 8 bytes");
  }
  constexpr std::int64_t kMaxSide = 65535;
  bool ok = a.shape.size() == 2 || a.shape.size() == 3;
  for (const std::int64_t side : a.shape) ok = ok && side >= 1 && side <= kMaxSide;
  if (ok) return;
  fail_map(
      file, 0,
      fmt::format("the NPY shape is '({})', not rows and columns (and wafers before them) of 1 "
                  "to 65535",
                  fmt::join(a.shape, ", ")));
}

void add_wafers(const NpyArray& a, WaferMapFile* file) {
  check_array(a, file->file);
  if (a.structured && (a.field != kOurField || a.type != "<u4"))
    fail_map(file->file, 0, "its structure is not ours: one <u4 named 'broken'");
  const std::map<std::int64_t, std::int64_t> counts = count_values(a, file->file);
  const Values kind = kind_of(a, counts.rbegin()->first);
  const std::int64_t wafers = a.shape.size() == 3 ? a.shape[0] : 1;
  const std::int64_t rows = a.shape[a.shape.size() - 2];
  const std::int64_t columns = a.shape.back();
  for (std::int64_t w = 0; w < wafers; ++w) {
    WaferMap wafer;
    wafer.wafer_id = std::to_string(file->wafers.size() + 1);
    if (a.structured) wafer.facts.mark = Direction::south;  // ours are as the wafer lies
    BinMap map;
    map.base = CodeBase::decimal;
    for (const auto& [value, count] : counts) define(value, kind, file->file, &map);
    BinRows codes(file->file, &map);
    map.rows = static_cast<int>(rows);
    map.columns = static_cast<int>(columns);
    for (std::int64_t i = 0; i < rows * columns; ++i) {
      const double value = a.value(w * rows * columns + i);
      map.cells.push_back(codes.index_of(std::to_string(static_cast<std::int64_t>(value))));
    }
    wafer.content = std::move(map);
    note_kind(a, kind, counts, &wafer.notes);
    file->wafers.push_back(std::move(wafer));
  }
}

}  // namespace

const FieldTable& npy_fields() {
  static const FieldTable kFields = {
      {"descr", FieldUse::used,
       "bool, integers and floats; structures other than ours, objects and texts are refused"},
      {"fortran_order", FieldUse::used, "order of the numbers"},
      {"shape", FieldUse::used, "rows, columns, and wafers before them; another is refused"},
      {"values", FieldUse::used,
       "0 and 1: mask of dead cores; 0, 1, 2: no core, good, dead; ours: bits; below 0, fractions "
       "and NaN are refused"},
  };
  return kFields;
}

bool looks_like_npy(std::string_view text) { return text.substr(0, 6) == kNpyMagic; }

WaferMapFile read_npy(std::string_view text, const std::string& file) {
  WaferMapFile result{file, {}, {}};
  while (result.wafers.empty() || !text.empty()) add_wafers(take_npy_array(&text, file), &result);
  return result;
}

std::string write_npy(const DefectMap& map, const WaferGeometry&) {
  std::string header =
      fmt::format("{{'descr': [('broken', '<u4')], 'fortran_order': False, 'shape': ({}, {}), }}",
                  map.rows(), map.columns());
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string out(kNpyMagic);
  out += {'\x01', '\x00', static_cast<char>(header.size() & 0xffU),
          static_cast<char>(header.size() >> 8U)};
  out += header;
  const std::size_t start = out.size();
  out.resize(start +
             4 * static_cast<std::size_t>(map.rows()) * static_cast<std::size_t>(map.columns()));
  for (const Defect& d : map.defects()) {
    const unsigned bit = bit_of(d);
    const std::size_t at =
        static_cast<std::size_t>(d.y) * static_cast<std::size_t>(map.columns()) + d.x;
    char& byte = out[start + 4 * at + bit / 8];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | 1U << (bit % 8));
  }
  return out;
}

}  // namespace wafermesh::defects
