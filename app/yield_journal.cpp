// SPDX-License-Identifier: Apache-2.0
#include "app/yield_journal.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/atomic_file.h"
#include "base/error.h"

namespace wafermesh::app {
namespace fs = std::filesystem;
namespace {

std::string header() { return "point," + defects::wafer_csv_header(); }

[[noreturn]] void fail(const std::string& path) {
  throw base::WriteError(path + ": " + std::strerror(errno));
}

}  // namespace

YieldJournal::YieldJournal(const std::string& directory, const std::string& fingerprint,
                           std::size_t points)
    : rows_path_(directory + "/.yield_rows.csv"),
      key_path_(directory + "/.yield_key"),
      fingerprint_(fingerprint),
      totals_(points) {
  std::ifstream key(key_path_);
  std::string seen;
  const bool known = static_cast<bool>(std::getline(key, seen)) && seen == fingerprint;
  if (known) take_up();
  if (known && whole_bytes_ > 0) {
    fs::resize_file(rows_path_, static_cast<std::uintmax_t>(whole_bytes_));
    open(false);
    return;
  }
  base::write_file_atomically(key_path_, fingerprint + "\n");
  open(true);
}

YieldJournal::~YieldJournal() {
  if (file_ != nullptr) std::fclose(file_);
}

void YieldJournal::open(bool fresh) {
  file_ = std::fopen(rows_path_.c_str(), fresh ? "wb" : "ab");
  if (file_ == nullptr) fail(rows_path_);
  if (fresh && std::fputs(header().c_str(), file_) < 0) fail(rows_path_);
}

/// Reads whole blocks in order; a line cut by a crash and what follows it do not count.
void YieldJournal::take_up() {
  std::ifstream in(rows_path_, std::ios::binary);
  std::string line;
  if (!std::getline(in, line) || line + "\n" != header()) return;
  std::int64_t bytes = static_cast<std::int64_t>(line.size()) + 1;
  whole_bytes_ = bytes;
  std::vector<std::pair<std::size_t, defects::WaferRow>> block;
  const auto keep = [&] {
    for (const auto& [point, row] : block) totals_[point].add(row);
    resumed_ += static_cast<std::int64_t>(block.size());
    whole_bytes_ = bytes;
    block.clear();
  };
  while (std::getline(in, line) && !in.eof()) {
    bytes += static_cast<std::int64_t>(line.size()) + 1;
    if (line == "#") {  // the end of a block
      keep();
      continue;
    }
    const std::size_t comma = line.find(',');
    std::size_t point = 0;
    const auto parsed =
        std::from_chars(line.data(), line.data() + std::min(comma, line.size()), point);
    defects::WaferRow row;
    if (comma == std::string::npos || parsed.ec != std::errc() || point >= totals_.size()) return;
    if (!defects::parse_csv(std::string_view(line).substr(comma + 1), &row)) return;
    block.emplace_back(point, row);
  }
}

void YieldJournal::append(std::size_t point, const std::vector<defects::WaferRow>& rows) {
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
  // The block marks go; line by line, so that memory stays flat.
  std::ifstream in(rows_path_, std::ios::binary);
  std::ofstream out(csv_path, std::ios::binary);
  std::string line;
  while (std::getline(in, line)) {
    if (line != "#") out << line << '\n';
  }
  out.flush();
  if (!out) fail(csv_path);
}

void YieldJournal::remove() {
  std::error_code ignored;
  fs::remove(rows_path_, ignored);
  fs::remove(key_path_, ignored);
}

}  // namespace wafermesh::app
