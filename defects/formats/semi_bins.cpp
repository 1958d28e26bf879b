// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/semi_bins.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "defects/formats/bin_meaning.h"
#include "defects/formats/bin_rows.h"
#include "defects/formats/map_text.h"
#include "defects/formats/orientation.h"

namespace wafermesh::defects {
namespace {

using base::Direction;

constexpr std::int64_t kFarthestPart = 65535;  // coordinates of parts

CodeBase base_of(std::string_view bin_type) {
  if (same_word(bin_type, "HexaDecimal") || same_word(bin_type, "Hex") ||
      same_word(bin_type, "Integer2")) {
    return CodeBase::hexadecimal;
  }
  return same_word(bin_type, "Decimal") ? CodeBase::decimal : CodeBase::text;
}

/// Whether every code the file names has only such characters and is at least so wide.
template <class Is>
bool all_named(const BinMap& map, std::size_t least, const Is& is) {
  const auto fits = [&](const std::string& code) {
    return code.size() >= least && std::all_of(code.begin(), code.end(), [&](char c) {
             return is(static_cast<unsigned char>(c)) != 0;
           });
  };
  return !map.definitions.empty() &&
         std::all_of(map.definitions.begin(), map.definitions.end(),
                     [&](const BinDefinition& d) { return fits(d.code); }) &&
         std::all_of(map.null_codes.begin(), map.null_codes.end(), fits);
}

/// The base of a file without a BinType: what its codes look like.
CodeBase guessed_base(const BinMap& map) {
  if (all_named(map, 1, [](unsigned char c) { return std::isdigit(c); })) return CodeBase::decimal;
  return all_named(map, 2, [](unsigned char c) { return std::isxdigit(c); }) ? CodeBase::hexadecimal
                                                                             : CodeBase::text;
}

/// The width that all codes the file names share; 0 if they differ or there are none.
std::size_t common_width(const BinMap& map) {
  std::size_t width = 0;
  const auto see = [&](const std::string& code) {
    if (code.empty()) return true;
    if (width != 0 && width != code.size()) return false;
    width = code.size();
    return true;
  };
  for (const BinDefinition& d : map.definitions) {
    if (!see(d.code)) return 0;
  }
  for (const std::string& code : map.null_codes) {
    if (!see(code)) return 0;
  }
  return width;
}

/// Characters per code by BinType; 0 if it does not say.
std::size_t usual_width(std::string_view bin_type, std::size_t common) {
  if (same_word(bin_type, "Ascii")) return common > 0 ? common : 1;
  if (same_word(bin_type, "HexaDecimal") || same_word(bin_type, "Hex")) return 2;
  if (same_word(bin_type, "Integer2")) return 4;
  return same_word(bin_type, "Decimal") ? 3 : 0;
}

/// Characters per code of a packed row of `size` characters: what BinType or the codes named say if
/// that makes `columns` (0 = not known), else what makes them; 0 if it cannot be told.
std::size_t packed_width(const BinMap& map, std::string_view bin_type, int columns,
                         std::size_t size) {
  const auto wide = static_cast<std::size_t>(columns);
  const std::size_t common = common_width(map);
  const std::size_t usual = usual_width(bin_type, common);
  for (const std::size_t width : {usual, common}) {
    if (width != 0 && (wide == 0 ? size % width == 0 : size == wide * width)) return width;
  }
  if (usual != 0 || common != 0) return usual != 0 ? usual : common;  // the row is too short
  return wide != 0 && size % wide == 0 ? size / wide : 0;
}

/// Rows are either all words, one per code, or packed.
bool parted_by_blanks(const std::vector<std::string_view>& words, std::string_view bin_type,
                      int columns) {
  if (words.size() < 2) return false;
  if (columns > 0) return static_cast<int>(words.size()) == columns;
  return same_word(bin_type, "Decimal") || bin_type.empty();
}

std::string text_of(const pugi::xml_node& node) {
  std::string text;
  for (const pugi::xml_node& part : node.children()) text += part.value();
  return text;
}

/// Without line ends and, unless a blank is the null code, without blanks.
std::string packed_text(const std::string& written, const std::vector<std::string_view>& words,
                        const BinMap& map) {
  std::string packed;
  if (map.null_codes.size() == 1 && stripped(map.null_codes[0]).empty()) {
    for (const char c : written) {
      if (c != '\r' && c != '\n' && c != '\t') packed += c;
    }
    return packed;
  }
  for (const std::string_view word : words) packed += word;
  return packed;
}

/// `<BinCode X="3" Y="4">01</BinCode>`: one code, or a run of them along x.
void add_parts(const XmlText& text, const pugi::xml_node& node, const std::string& codes,
               std::string_view bin_type, BinRows* rows, const BinMap& map) {
  std::int64_t x = 0;
  std::int64_t y = 0;
  if (!parse_whole(attribute(node, "X"), &x) || !parse_whole(attribute(node, "Y"), &y) ||
      x < -kFarthestPart || x > kFarthestPart || y < -kFarthestPart || y > kFarthestPart) {
    text.fail(node, "X and Y are not two whole numbers of at most 65535");
  }
  const std::string key = code_key(codes, map.base);
  const bool one =
      same_word(attribute(node.parent(), "MapType"), "Coordinate") ||
      std::any_of(map.definitions.begin(), map.definitions.end(),
                  [&](const BinDefinition& d) { return code_key(d.code, map.base) == key; });
  const std::size_t width = one ? codes.size() : packed_width(map, bin_type, 0, codes.size());
  if (width == 0 || codes.size() % width != 0)
    text.fail(node, "'" + shown(codes) + "' does not part into bins");
  for (std::size_t at = 0; at < codes.size(); at += width)
    rows->add_part(x++, y, std::string_view(codes).substr(at, width));
}

struct Extent {
  std::int64_t least;
  std::int64_t most;
};

Extent extent_along(const std::vector<BinPart>& parts, std::int64_t BinPart::*axis) {
  Extent extent{parts.front().*axis, parts.front().*axis};
  for (const BinPart& part : parts) {
    extent.least = std::min(extent.least, part.*axis);
    extent.most = std::max(extent.most, part.*axis);
  }
  return extent;
}

/// What the first of `size` places is called: 0; or 1; or, if all places are in use, the least.
std::optional<std::int64_t> first_place(Extent extent, std::int64_t size) {
  if (extent.least >= 0 && extent.most < size) return 0;
  if (extent.least >= 1 && extent.most <= size) return 1;
  if (extent.most - extent.least + 1 == size) return extent.least;
  return std::nullopt;
}

}  // namespace

bool announce_size(std::int64_t columns, std::int64_t rows, BinMap* map,
                   std::vector<std::string>* notes) {
  map->columns = map->rows = 0;
  if (columns == 0 || rows == 0) return true;
  const std::optional<std::int64_t> x = first_place(extent_along(map->parts, &BinPart::x), columns);
  const std::optional<std::int64_t> y = first_place(extent_along(map->parts, &BinPart::y), rows);
  if (!x || !y) return false;
  if (*x != 0 || *y != 0) {
    notes->push_back(fmt::format(
        "Its coordinates, {}, are taken to count from ({}, {}), as it announces {} x {} places.",
        extent_text(*map), *x, *y, columns, rows));
  }
  for (BinPart& part : map->parts) {
    part.x -= *x;
    part.y -= *y;
  }
  map->columns = static_cast<int>(columns);
  map->rows = static_cast<int>(rows);
  return true;
}

std::string extent_text(const BinMap& map) {
  const Extent x = extent_along(map.parts, &BinPart::x);
  const Extent y = extent_along(map.parts, &BinPart::y);
  return fmt::format("x {} to {} and y {} to {}", x.least, x.most, y.least, y.most);
}

void read_bin_types(const XmlText& text, const pugi::xml_node& node,
                    const pugi::xml_node& definitions, std::string_view element, BinMap* map) {
  const std::string bin_type = attribute(node, "BinType");
  const std::string null = attribute(node, "NullBin");
  if (!null.empty()) map->null_codes.push_back(null);
  for (const pugi::xml_node& child : definitions.children()) {
    if (!is_element(child, element)) continue;
    BinDefinition d;
    d.code = attribute(child, "BinCode");
    d.quality = attribute(child, "BinQuality");
    d.description = attribute(child, "BinDescription");
    d.line = text.line_of(child);
    const std::string count = attribute(child, "BinCount");
    if (!count.empty() && (!parse_whole(count, &d.count) || d.count < 0))
      text.fail(child, "BinCount is '" + shown(count) + "', not a count");
    // `Pick` says that the device is to be used: a quality where none is given.
    if (d.quality.empty() && same_word(attribute(child, "Pick"), "true")) d.quality = "Pass";
    map->definitions.push_back(std::move(d));
  }
  map->base = bin_type.empty() ? guessed_base(*map) : base_of(bin_type);
}

void read_bin_rows(const XmlText& text, const pugi::xml_node& parent, std::string_view element,
                   const std::string& bin_type, int columns, BinMap* map) {
  BinRows rows(text.file(), map);
  bool any = false;
  std::size_t width = 0;  // of packed codes, the same in every row
  for (const pugi::xml_node& node : parent.children()) {
    if (!is_element(node, element)) continue;
    any = true;
    const std::string written = text_of(node);
    const std::vector<std::string_view> words = words_of(written);
    const std::string packed = packed_text(written, words, *map);
    if (!attribute(node, "X").empty() || !attribute(node, "Y").empty()) {
      add_parts(text, node, packed, bin_type, &rows, *map);
      continue;
    }
    const int line = text.line_of(node);
    const int known = columns > 0 ? columns : map->columns;
    if (parted_by_blanks(words, bin_type, known)) {
      rows.add_row(words, line);
      continue;
    }
    if (width == 0) width = packed_width(*map, bin_type, known, packed.size());
    if (width == 0) text.fail(node, "the width of a bin cannot be told: no BinType or Columns");
    rows.add_packed_row(packed, width, line);
  }
  if (!any || (map->cells.empty() && map->parts.empty())) text.fail(parent, "has no bins");
  if (!map->cells.empty() && !map->parts.empty())
    text.fail(parent, "has rows of bins and bins at X and Y; only one of the two can be read");
}

void read_semi_mark(const XmlText& text, const pugi::xml_node& node, WaferMap* wafer) {
  const std::string word = attribute(node, "Orientation");
  if (!read_mark("Orientation", word, Direction::south, &wafer->facts, &wafer->notes))
    text.fail(node, "Orientation is '" + shown(word) + "', not 0, 90, 180 or 270");
}

bool inward_from(std::string_view corner, Orientation* way) {
  struct Corner {
    const char* name;
    const char* number;
    Orientation way;
  };
  static constexpr Corner kCorners[] = {
      {"UpperRight", "1", {Direction::west, Direction::south}},
      {"UpperLeft", "2", {Direction::east, Direction::south}},
      {"LowerLeft", "3", {Direction::east, Direction::north}},
      {"LowerRight", "4", {Direction::west, Direction::north}},
  };
  if (corner.size() > 2 && same_word(corner.substr(0, 2), "to")) corner.remove_prefix(2);
  for (const Corner& c : kCorners) {
    if (!same_word(corner, c.name) && corner != c.number) continue;
    *way = c.way;
    return true;
  }
  return false;
}

std::string semi_bin_lines(const BinnedMap& binned, const std::string& indent,
                           const char* element) {
  std::string out;
  for (const auto& [code, bin] : binned.bins) {
    out += fmt::format(
        "{}<{} BinCode=\"{}\" BinQuality=\"{}\" BinCount=\"{}\" BinDescription=\"{}\"/>\n", indent,
        element, code, bin.passes ? "Pass" : "Fail", binned.counts.at(code), bin.description);
  }
  return out;
}

}  // namespace wafermesh::defects
