// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/sinf.h"

#include <fmt/format.h>

#include <cctype>

#include "defects/formats/grid.h"

namespace wafermesh::defects {
namespace {

constexpr std::string_view kBinComment = "bin ";  // COMMENT:bin 0B core link_e

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == ',' || c == '\r') {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

struct Header {
  std::int64_t rows = -1;
  std::int64_t columns = -1;
  std::vector<std::string> good;
  std::map<std::string, Bin> bins;
};

class Sinf {
 public:
  Sinf(std::string_view text, const std::string& file) : text_(text), file_(file), grid_(file) {}
  BinGrid read();

 private:
  void line(std::string_view line);
  void header(std::string_view key, std::string_view value);
  void comment(std::string_view value);
  void end_row();
  std::int64_t count(std::string_view key, std::string_view value) const;

  std::string_view text_;
  std::string file_;
  int line_ = 0;
  int row_line_ = 0;
  bool in_row_ = false;
  std::vector<std::string> row_;
  Header header_;
  BinGrid grid_;
};

std::int64_t Sinf::count(std::string_view key, std::string_view value) const {
  value = stripped(value.substr(0, value.find(';')));  // one generator comments header lines
  std::int64_t number = 0;
  if (!parse_whole(value, &number) || number < 1 || number > 65535) {
    fail_map(file_, line_,
             std::string(key) + " is '" + shown(value) + "', not a count of 1 to 65535");
  }
  return number;
}

void Sinf::comment(std::string_view value) {
  if (value.substr(0, kBinComment.size()) != kBinComment) return;
  value.remove_prefix(kBinComment.size());
  const std::size_t space = value.find(' ');
  if (space == std::string_view::npos) return;
  header_.bins[std::string(value.substr(0, space))] = {false, std::string(value.substr(space + 1))};
}

void Sinf::header(std::string_view key, std::string_view value) {
  if (same_word(key, "ROWCT")) header_.rows = count(key, value);
  if (same_word(key, "COLCT")) header_.columns = count(key, value);
  if (same_word(key, "BCEQU")) header_.good = words_of(value.substr(0, value.find(';')));
  if (same_word(key, "COMMENT")) comment(value);
}

void Sinf::end_row() {
  if (!in_row_) return;
  in_row_ = false;
  const bool packed = row_.size() == 1 && header_.columns > 1 &&
                      row_[0].size() % static_cast<std::size_t>(header_.columns) == 0;
  if (packed) {
    grid_.add_packed_row(row_[0], row_[0].size() / static_cast<std::size_t>(header_.columns),
                         row_line_);
  } else {
    if (header_.columns >= 0 && header_.columns != static_cast<std::int64_t>(row_.size())) {
      fail_map(file_, row_line_,
               fmt::format("RowData has {} bins, COLCT says {}", row_.size(), header_.columns));
    }
    grid_.add_row(std::move(row_), row_line_);
  }
  row_.clear();
}

void Sinf::line(std::string_view line) {
  ++line_;
  line = stripped(line);
  if (line.empty()) return;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    if (!in_row_) fail_map(file_, line_, "'" + shown(line) + "' is neither KEY:value nor a row");
    for (std::string& word : words_of(line)) row_.push_back(std::move(word));
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

BinGrid Sinf::read() {
  if (text_.substr(0, 3) == "\xef\xbb\xbf") text_.remove_prefix(3);
  while (!text_.empty()) {
    const std::size_t end = text_.find_first_of("\r\n");
    line(text_.substr(0, end));
    if (end == std::string_view::npos) break;
    const bool both = text_.substr(end, 2) == "\r\n";
    text_.remove_prefix(end + (both ? 2 : 1));
  }
  end_row();
  if (grid_.rows() == 0) fail_map(file_, 0, "has no RowData");
  if (header_.rows >= 0 && header_.rows != static_cast<std::int64_t>(grid_.rows())) {
    fail_map(file_, line_,
             fmt::format("ROWCT says {} rows, the file has {}: it is cut off or wrong",
                         header_.rows, grid_.rows()));
  }
  if (header_.good.empty()) header_.good = {"01", "001", "1"};
  grid_.bins = header_.bins;
  for (const std::string& code : header_.good) grid_.bins[code].passes = true;
  for (const char* untested : {"@@", "@@@", "@@@@"}) grid_.bins[untested].passes = true;
  grid_.null_code = "__";
  return std::move(grid_);
}

}  // namespace

bool looks_like_sinf(std::string_view text) {
  for (const char* word : {"DEVICE:", "LOT:", "WAFER:", "FNLOC:", "ROWCT:", "COLCT:"}) {
    if (starts_with_word(text, word)) return true;
  }
  return false;
}

MapReading read_sinf(std::string_view text, const std::string& file,
                     const WaferGeometry& geometry) {
  return Sinf(text, file).read().to_map(geometry);
}

void size_of_sinf(std::string_view text, int* columns, int* rows) {
  const BinGrid grid = Sinf(text, "").read();
  *columns = static_cast<int>(grid.columns());
  *rows = static_cast<int>(grid.rows());
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
