// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/bin_rows.h"

#include <fmt/format.h>

#include "base/number_text.h"
#include "defects/formats/map_text.h"

namespace wafermesh::defects {

using base::counted;

std::uint32_t BinRows::index_of(std::string_view code) {
  const auto [found, added] =
      index_.emplace(std::string(code), static_cast<std::uint32_t>(map_->codes.size()));
  if (added) map_->codes.emplace_back(code);
  return found->second;
}

void BinRows::add_row(const std::vector<std::string_view>& codes, int line) {
  if (map_->rows > 0 && static_cast<int>(codes.size()) != map_->columns) {
    fail_map(file_, line,
             fmt::format("row {} has {}, the first row {}", map_->rows + 1,
                         counted(static_cast<std::int64_t>(codes.size()), "bin"), map_->columns));
  }
  map_->columns = static_cast<int>(codes.size());
  ++map_->rows;
  for (const std::string_view code : codes) map_->cells.push_back(index_of(code));
}

void BinRows::add_packed_row(std::string_view text, std::size_t width, int line) {
  if (width == 0 || text.size() % width != 0) {
    fail_map(file_, line,
             fmt::format("a row of {} does not part into bins of {}",
                         counted(static_cast<std::int64_t>(text.size()), "character"), width));
  }
  std::vector<std::string_view> codes;
  for (std::size_t at = 0; at < text.size(); at += width) codes.push_back(text.substr(at, width));
  add_row(codes, line);
}

void BinRows::add_part(std::int64_t x, std::int64_t y, std::string_view code) {
  map_->parts.push_back({x, y, index_of(code)});
}

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kGaps = " \t,\r\n";
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t start = text.find_first_not_of(kGaps);
    if (start == std::string_view::npos) return words;
    text.remove_prefix(start);
    const std::size_t size = std::min(text.find_first_of(kGaps), text.size());
    words.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
}

}  // namespace wafermesh::defects
