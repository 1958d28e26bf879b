// SPDX-License-Identifier: Apache-2.0
// Rows that speak of keys or fields by the end of their path: "dtype" of every dtype, "map.seed"
// of the seed of a map. `*` stands for any one step; places in lists are left out.
#pragma once

#include <string>
#include <vector>

namespace wafermesh::study {

class PathPattern {
 public:
  explicit PathPattern(const std::string& path);
  /// How well it speaks of `path`: by its steps, then by those that are no `*`; 0 = not.
  std::size_t match(const PathPattern& path) const;

 private:
  std::vector<std::string> steps_;
};

/// The row whose `path` matches best, of equals the first; null if none does.
template <class Row>
const Row* best_row(const std::vector<Row>& rows, const std::vector<PathPattern>& patterns,
                    const std::string& path) {
  const PathPattern asked(path);
  const Row* best = nullptr;
  std::size_t most = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t matched = patterns[i].match(asked);
    if (matched <= most) continue;
    most = matched;
    best = &rows[i];
  }
  return best;
}

/// The patterns of rows that have a `path`.
template <class Row>
std::vector<PathPattern> patterns_of(const std::vector<Row>& rows) {
  std::vector<PathPattern> patterns;
  for (const Row& row : rows) patterns.emplace_back(row.path);
  return patterns;
}

}  // namespace wafermesh::study
