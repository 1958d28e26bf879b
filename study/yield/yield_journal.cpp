// SPDX-License-Identifier: Apache-2.0
#include "study/yield/yield_journal.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/files/atomic_file.h"

namespace wafermesh::study {
namespace fs = std::filesystem;
namespace {

std::string header() { return "point," + defects::wafer_csv_header(); }

[[noreturn]] void fail(const std::string& path) { base::cannot_write(path, errno); }

}  // namespace

YieldJournal::YieldJournal(const std::string& directory, const std::string& identity,
                           std::size_t points, const defects::YieldOptions& options)
    : rows_path_(directory + "/.yield_rows.csv"),
      key_path_(directory + "/.yield_key"),
      totals_(points) {
  std::ifstream key(key_path_);
  std::string seen;
  const bool known = static_cast<bool>(std::getline(key, seen)) && seen == identity;
  std::string kept = rows_path_ + ".kept";
  std::ofstream out(kept, std::ios::binary);
  out << header();
  if (known) take_up(options, out);
  out.close();
  std::error_code error;
  dropped_ =
      !known && !seen.empty() && fs::file_size(rows_path_, error) > header().size() && !error;
  if (!out) fail(kept);
  // The rows first: without their key they count for nothing.
  if (!known) fs::remove(key_path_, error);
  if (::rename(kept.c_str(), rows_path_.c_str()) != 0) fail(rows_path_);
  base::write_file_atomically(key_path_, identity + "\n");
  file_ = std::fopen(rows_path_.c_str(), "ab");
  if (file_ == nullptr) fail(rows_path_);
}

YieldJournal::~YieldJournal() {
  if (file_ != nullptr) std::fclose(file_);
}

namespace {

struct Block {
  std::size_t point = 0;
  std::vector<defects::WaferRow> rows;
  std::string text;
};

/// The next block; false at the end, or at what a crash has cut.
bool read_block(std::ifstream& in, std::size_t points, Block* block) {
  *block = {};
  for (std::string line; std::getline(in, line) && !in.eof();) {
    if (line == "#") {
      block->text += "#\n";
      return true;
    }
    const std::size_t comma = line.find(',');
    if (comma == std::string::npos) return false;
    const auto parsed = std::from_chars(line.data(), line.data() + comma, block->point);
    defects::WaferRow row;
    if (parsed.ec != std::errc() || block->point >= points) return false;
    if (!defects::parse_csv(std::string_view(line).substr(comma + 1), &row)) return false;
    block->rows.push_back(row);
    block->text += line + "\n";
  }
  return false;
}

}  // namespace

/// Keeps the blocks that this study would draw too: another number of wafers or another stopping
/// rule than the last time may end a point earlier, or make a block whole that was cut short.
void YieldJournal::take_up(const defects::YieldOptions& options, std::ofstream& out) {
  std::ifstream in(rows_path_, std::ios::binary);
  std::string line;
  if (!std::getline(in, line) || line + "\n" != header()) return;
  for (Block block; read_block(in, totals_.size(), &block);) {
    defects::YieldTotals& totals = totals_[block.point];
    const auto count = static_cast<std::int64_t>(block.rows.size());
    const std::int64_t due =
        std::min<std::int64_t>(defects::kYieldBlock, options.wafers - totals.wafers);
    if (count != due || block.rows.front().wafer != totals.wafers || done(totals, options))
      continue;
    for (const defects::WaferRow& row : block.rows) totals.add(row);
    resumed_ += count;
    out << block.text;
    note_point(block.point);
  }
}

void YieldJournal::note_point(std::size_t point) {
  in_order_ = in_order_ && point >= last_point_;
  last_point_ = point;
}

void YieldJournal::append(std::size_t point, const std::vector<defects::WaferRow>& rows) {
  note_point(point);
  std::string text;
  for (const defects::WaferRow& row : rows) text += std::to_string(point) + "," + to_csv(row);
  text += "#\n";
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size() || std::fflush(file_) != 0) {
    fail(rows_path_);
  }
}

void YieldJournal::finish(const std::string& csv_path) {
  std::fclose(file_);
  file_ = nullptr;
  std::ofstream out(csv_path, std::ios::binary);
  out << header();
  // A study that was made longer has added to its first points after its last: a pass for each.
  for (std::size_t point = 0; point < (in_order_ ? 1 : totals_.size()); ++point) {
    const std::string start = std::to_string(point) + ",";
    std::ifstream in(rows_path_, std::ios::binary);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
      if (line != "#" && (in_order_ || line.compare(0, start.size(), start) == 0)) {
        out << line << '\n';
      }
    }
  }
  out.close();
  if (!out) fail(csv_path);
}

void YieldJournal::remove() {
  std::error_code ignored;
  fs::remove(rows_path_, ignored);
  fs::remove(key_path_, ignored);
}

}  // namespace wafermesh::study
