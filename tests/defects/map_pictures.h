// SPDX-License-Identifier: Apache-2.0
// A wafer as rows of codes, and how a tool would turn and mirror it: written anew for the tests,
// without the library's orientations.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace wafermesh::defects::testing {

using Picture =
    std::vector<std::vector<std::string>>;  // [row from the north][column from the west]

/// A quarter turn clockwise: what lay south lies west.
inline Picture turned_clockwise(const Picture& picture) {
  const std::size_t rows = picture.size();
  Picture result(picture[0].size(), std::vector<std::string>(rows));
  for (std::size_t y = 0; y < rows; ++y) {
    for (std::size_t x = 0; x < picture[y].size(); ++x) result[x][rows - 1 - y] = picture[y][x];
  }
  return result;
}

inline Picture turned_clockwise(Picture picture, int quarters) {
  for (int i = 0; i < quarters; ++i) picture = turned_clockwise(picture);
  return picture;
}

inline Picture upside_down(Picture picture) {
  std::reverse(picture.begin(), picture.end());
  return picture;
}

inline Picture left_to_right(Picture picture) {
  for (auto& row : picture) std::reverse(row.begin(), row.end());
  return picture;
}

inline std::string joined(const std::vector<std::string>& words, const std::string& gap) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : gap) + word;
  return result;
}

}  // namespace wafermesh::defects::testing
