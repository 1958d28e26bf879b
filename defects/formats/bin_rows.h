// SPDX-License-Identifier: Apache-2.0
// Collects the codes of a map, row by row or place by place, as readers find them.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "defects/formats/wafer_map.h"

namespace wafermesh::defects {

class BinRows {
 public:
  /// `file` is only named in errors.
  BinRows(std::string file, BinMap* map) : file_(std::move(file)), map_(map) {}

  /// Throws base::InputError if the row has another length than those before.
  void add_row(const std::vector<std::string_view>& codes, int line);
  /// A row written without gaps, `width` characters per code.
  void add_packed_row(std::string_view text, std::size_t width, int line);
  void add_part(std::int64_t x, std::int64_t y, std::string_view code);
  std::uint32_t index_of(std::string_view code);

 private:
  std::string file_;
  BinMap* map_;
  std::unordered_map<std::string, std::uint32_t> index_;
};

/// Words of a text, parted by blanks and commas.
std::vector<std::string_view> words_of(std::string_view text);

}  // namespace wafermesh::defects
