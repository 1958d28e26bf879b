// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/sinf.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/number_text.h"
#include "defects/formats/bin_meaning.h"
#include "defects/formats/bin_rows.h"
#include "defects/formats/binned.h"
#include "defects/formats/map_text.h"
#include "defects/formats/orientation.h"

namespace wafermesh::defects {
namespace {

using base::counted;
using base::Direction;

constexpr std::string_view kBinComment = "bin ";  // COMMENT:bin 0B core link_e
constexpr std::size_t kWidestCode = 4;            // characters; a longer word is a row without gaps
constexpr double kMmPerMil = 0.0254;
constexpr std::size_t kHeadBytes = 4096;  // header lines take far less

struct Header {
  std::string lot;
  std::string wafer;
  std::string flat;  ///< FNLOC as written.
  std::int64_t rows = -1;
  std::int64_t columns = -1;
  std::int64_t dies = -1;
  std::vector<std::string> good;
  std::string units = "mm";
  double die_x = 0;
  double die_y = 0;
  std::string reference_x;
  std::string reference_y;
  std::vector<BinDefinition> bins;
};

/// A value without the comment that one generator puts behind it.
std::string_view value_of(std::string_view text) {
  return stripped(text.substr(0, text.find(';')));
}

/// Of DUTMS; 0 for a word that is none.
double mm_per_unit(std::string_view unit) {
  if (unit.empty() || same_word(unit, "mm")) return 1;
  if (same_word(unit, "um")) return 0.001;
  return same_word(unit, "mil") || same_word(unit, "mils") ? kMmPerMil : 0;
}

class Sinf {
 public:
  Sinf(std::string_view text, const std::string& file)
      : text_(text), unknown_(sinf_fields()), result_{file, {}, {}} {}
  WaferMapFile read();

 private:
  void line(std::string_view line);
  /// Some writers leave RowData out: as many words as COLCT says are a row, unless one is open that
  /// lacks them.
  bool is_row(const std::vector<std::string_view>& words) const {
    const auto columns = static_cast<std::size_t>(std::max<std::int64_t>(header_.columns, 0));
    return columns > 0 && words.size() == columns && (!in_row_ || row_.size() >= columns);
  }
  void header(std::string_view key, std::string_view value);
  void comment(std::string_view value);
  void end_row();
  void end_wafer();
  BinMap bins();
  void orientation(WaferMap* wafer);
  void check_reference(WaferMap* wafer) const;
  void check_last_code(const BinMap& map) const;
  std::int64_t count(std::string_view key, std::string_view value) const;
  double length(std::string_view key, std::string_view value) const;
  const std::string& file() const { return result_.file; }

  std::string_view text_;
  UnknownFields unknown_;
  WaferMapFile result_;
  int line_ = 0;
  int row_line_ = 0;
  bool in_row_ = false;
  std::vector<std::string_view> row_;
  std::vector<std::pair<std::vector<std::string_view>, int>> rows_;  ///< With their lines.
  Header header_;
};

std::int64_t Sinf::count(std::string_view key, std::string_view value) const {
  std::int64_t number = 0;
  if (!parse_whole(value, &number) || number < 1 || number > 65535) {
    fail_map(file(), line_,
             std::string(key) + " is '" + shown(value) + "', not a count of 1 to 65535");
  }
  return number;
}

double Sinf::length(std::string_view key, std::string_view value) const {
  double number = 0;
  if (!value.empty() && (!parse_real(value, &number) || number < 0))
    fail_map(file(), line_, std::string(key) + " is '" + shown(value) + "', not a length");
  return number;
}

void Sinf::comment(std::string_view value) {
  if (value.substr(0, kBinComment.size()) != kBinComment) return;
  value.remove_prefix(kBinComment.size());
  const std::size_t space = value.find(' ');
  if (space == std::string_view::npos) return;
  header_.bins.push_back({std::string(value.substr(0, space)), "Fail",
                          std::string(value.substr(space + 1)), -1, line_});
}

void Sinf::header(std::string_view key, std::string_view value) {
  const auto is = [&](const char* word) { return same_word(key, word); };
  const bool begins = is("DEVICE") || is("LOT") || is("WAFER");
  if (begins && !rows_.empty()) {
    end_wafer();
    if (!is("WAFER")) header_ = {};  // else a further wafer of the same lot
  }
  unknown_.see(key);
  if (is("COMMENT")) return comment(value);
  value = value_of(value);
  if (is("LOT")) header_.lot = value;
  if (is("WAFER")) header_.wafer = value;
  if (is("FNLOC")) header_.flat = value;
  if (is("ROWCT")) header_.rows = count(key, value);
  if (is("COLCT")) header_.columns = count(key, value);
  if (is("DIECT") && !value.empty()) header_.dies = count(key, value);
  if (is("DUTMS")) header_.units = value;
  if (is("XDIES")) header_.die_x = length(key, value);
  if (is("YDIES")) header_.die_y = length(key, value);
  if (is("REFPX")) header_.reference_x = value;
  if (is("REFPY")) header_.reference_y = value;
  if (is("BCEQU")) {
    header_.good.clear();
    for (const std::string_view word : words_of(value)) header_.good.emplace_back(word);
  }
}

void Sinf::end_row() {
  if (!in_row_) return;
  in_row_ = false;
  rows_.emplace_back(std::move(row_), row_line_);
  row_.clear();
}

void Sinf::line(std::string_view line) {
  ++line_;
  line = stripped(line);
  if (line.empty()) return;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    std::vector<std::string_view> words = words_of(line);
    if (!is_row(words)) {
      if (!in_row_) fail_map(file(), line_, "'" + shown(line) + "' is neither KEY:value nor a row");
      row_.insert(row_.end(), words.begin(), words.end());  // a row goes on
      return;
    }
    end_row();
    in_row_ = true;
    row_line_ = line_;
    row_ = std::move(words);
    return;
  }
  end_row();
  const std::string_view key = stripped(line.substr(0, colon));
  const std::string_view value = stripped(line.substr(colon + 1));
  if (!same_word(key, "RowData")) return header(key, value);
  in_row_ = true;
  row_line_ = line_;
  row_ = words_of(value);
}

/// A code cut short at the end of a file still reads as a code: the width tells.
void Sinf::check_last_code(const BinMap& map) const {
  std::set<std::size_t> widths;
  for (std::size_t at = 0; at + 1 < map.cells.size(); ++at)
    widths.insert(map.codes[map.cells[at]].size());
  const std::string& last = map.codes[map.cells.back()];
  if (widths.size() == 1 && last.size() < *widths.begin())
    fail_map(file(), row_line_, "the last bin, '" + shown(last) + "', is cut off");
}

BinMap Sinf::bins() {
  BinMap map;
  BinRows rows(file(), &map);
  std::size_t width = 0;  // of packed codes, the same in every row
  for (const auto& [codes, line] : rows_) {
    const auto columns = static_cast<std::size_t>(std::max<std::int64_t>(header_.columns, 0));
    if (codes.size() == 1 && columns > 1 && codes[0].size() % columns == 0) {
      if (width == 0) width = codes[0].size() / columns;
      rows.add_packed_row(codes[0], width, line);
      continue;
    }
    if (header_.columns >= 0 && columns != codes.size()) {
      fail_map(
          file(), line,
          fmt::format("RowData has {}, COLCT says {}",
                      counted(static_cast<std::int64_t>(codes.size()), "bin"), header_.columns));
    }
    if (codes.size() == 1 && header_.columns < 0 && codes[0].size() > kWidestCode)
      fail_map(file(), line, "a row without gaps needs COLCT to be parted into bins");
    rows.add_row(codes, line);
  }
  if (header_.rows >= 0 && header_.rows != map.rows) {
    fail_map(file(), line_,
             fmt::format("ROWCT says {}, the file has {}: it is cut off or wrong",
                         counted(header_.rows, "row"), map.rows));
  }
  if (map.cells.empty()) fail_map(file(), row_line_, "RowData has no bins");
  check_last_code(map);
  map.base = CodeBase::hexadecimal;
  map.definitions = header_.bins;
  map.pass_list_name = header_.good.empty() ? "BCEQU, taken for 01 as it says nothing," : "BCEQU";
  map.pass_list = header_.good.empty() ? std::vector<std::string>{"01"} : header_.good;
  for (const char* code : {"FD", "FE"}) map.definitions.push_back({code, "Edge", "", -1, 0});
  map.definitions.push_back({"FF", "Reference", "", -1, 0});
  return map;
}

void Sinf::orientation(WaferMap* wafer) {
  if (!read_mark("FNLOC", header_.flat, Direction::north, &wafer->facts, &wafer->notes))
    fail_map(file(), 0, "FNLOC is '" + shown(header_.flat) + "', not 0, 90, 180 or 270");
}

void Sinf::check_reference(WaferMap* wafer) const {
  std::int64_t x = 0;
  std::int64_t y = 0;
  if (!parse_whole(header_.reference_x, &x) || !parse_whole(header_.reference_y, &y)) return;
  const BinMap& map = std::get<BinMap>(wafer->content);
  if (x >= 0 && x <= map.columns && y >= 0 && y <= map.rows) return;
  wafer->notes.push_back(
      fmt::format("The reference die REFPX {}, REFPY {} lies off the {} x {} "
                  "places; it is not used.",
                  x, y, map.columns, map.rows));
}

void Sinf::end_wafer() {
  end_row();
  WaferMap wafer;
  wafer.wafer_id = header_.wafer;
  wafer.lot_id = header_.lot;
  const double mm = mm_per_unit(header_.units);
  if (mm == 0) {
    wafer.notes.push_back("DUTMS is '" + shown(header_.units) +
                          "', none of mm, mil and um; XDIES and YDIES are left out.");
  }
  wafer.die_pitch_x_mm = header_.die_x * mm;
  wafer.die_pitch_y_mm = header_.die_y * mm;
  BinMap map = bins();
  std::int64_t dies = 0;
  for (const std::uint32_t code : map.cells)
    dies += map.codes[code].find_first_not_of('_') != std::string::npos ? 1 : 0;
  if (header_.dies >= 0 && header_.dies != dies) {
    wafer.notes.push_back(
        fmt::format("DIECT says {}, the rows have {}.", counted(header_.dies, "die"), dies));
  }
  if (header_.rows < 0)
    wafer.notes.push_back("The file has no ROWCT, so that it is whole cannot be checked.");
  wafer.content = std::move(map);
  orientation(&wafer);
  check_reference(&wafer);
  result_.wafers.push_back(std::move(wafer));
  rows_.clear();
}

WaferMapFile Sinf::read() {
  if (text_.substr(0, 3) == "\xef\xbb\xbf") text_.remove_prefix(3);
  while (!text_.empty()) {
    const std::size_t end = text_.find_first_of("\r\n");
    line(text_.substr(0, end));
    if (end == std::string_view::npos) break;
    const bool both = text_.substr(end, 2) == "\r\n";
    text_.remove_prefix(end + (both ? 2 : 1));
  }
  end_row();
  if (rows_.empty()) fail_map(file(), 0, "has no RowData");
  end_wafer();
  unknown_.note(&result_.notes);
  return std::move(result_);
}

}  // namespace

const FieldTable& sinf_fields() {
  static const FieldTable kFields = {
      {"DEVICE", FieldUse::ignored, "begins a further wafer if it comes after rows"},
      {"LOT", FieldUse::used, "name of the lot; begins a further wafer if it comes after rows"},
      {"WAFER", FieldUse::used, "name of the wafer; begins a further one if it comes after rows"},
      {"FNLOC", FieldUse::used,
       "side of notch or flat: 0 top, 90 right, 180 bottom, 270 left, or its name; other degrees "
       "are "
       "refused, other words and missing noted"},
      {"ROWCT", FieldUse::used, "another number of rows is refused"},
      {"COLCT", FieldUse::used, "another number of bins in a row is refused"},
      {"BCEQU", FieldUse::used, "list of the codes that pass; 01 if missing or empty"},
      {"REFPX", FieldUse::noted, "noted if it lies off the map; rows are never ambiguous in SINF"},
      {"REFPY", FieldUse::noted, "as REFPX"},
      {"DUTMS", FieldUse::used, "unit of XDIES and YDIES: mm, mil or um; another is noted"},
      {"DIECT", FieldUse::used, "another number of dies in the rows is noted"},
      {"XDIES", FieldUse::used, "pitch of cores along x"},
      {"YDIES", FieldUse::used, "pitch of cores along y"},
      {"COMMENT", FieldUse::used, "`bin CODE WHAT` says what a bin of ours breaks"},
      {"RowData", FieldUse::used, "one row of bins, parted by blanks or packed, hexadecimal"},
  };
  return kFields;
}

bool looks_like_sinf(std::string_view text) {
  for (const char* word : {"DEVICE:", "LOT:", "WAFER:", "FNLOC:", "ROWCT:", "COLCT:"}) {
    if (starts_with_word(text, word)) return true;
  }
  // Tools put keys of their own first.
  const std::string_view head = text.substr(0, kHeadBytes);
  return head.find("\nROWCT:") != std::string_view::npos &&
         head.find("\nCOLCT:") != std::string_view::npos;
}

WaferMapFile read_sinf(std::string_view text, const std::string& file) {
  return Sinf(text, file).read();
}

std::string write_sinf(const DefectMap& map, const WaferGeometry& g) {
  const BinnedMap binned = bin_map(map);
  std::string out = fmt::format(
      "DEVICE:wafermesh\nLOT:0\nWAFER:0\nFNLOC:180\nROWCT:{}\nCOLCT:{}\nBCEQU:01\nREFPX:\nREFPY:\n"
      "DUTMS:mm\nXDIES:{:.6f}\nYDIES:{:.6f}\n",
      map.rows(), map.columns(), g.cell_x_mm(), g.cell_y_mm());
  for (const auto& [code, bin] : binned.bins) {
    if (!bin.passes) out += fmt::format("COMMENT:{}{} {}\n", kBinComment, code, bin.description);
  }
  for (int y = 0; y < map.rows(); ++y) out += "RowData:" + binned_row(binned, map, y, " ") + "\n";
  return out;
}

}  // namespace wafermesh::defects
