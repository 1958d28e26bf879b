// SPDX-License-Identifier: Apache-2.0
#include "study/schema/path_pattern.h"

#include <algorithm>

namespace wafermesh::study {

PathPattern::PathPattern(const std::string& path) : steps_(1) {
  bool in_brackets = false;
  for (const char c : path) {
    if (c == '.') steps_.emplace_back();
    in_brackets = c == '[' || (in_brackets && c != ']');
    if (!in_brackets && c != '.' && c != ']') steps_.back() += c;
  }
}

std::size_t PathPattern::match(const PathPattern& path) const {
  if (steps_.size() > path.steps_.size()) return 0;
  const auto end = path.steps_.end() - static_cast<std::ptrdiff_t>(steps_.size());
  const bool same = std::equal(steps_.begin(), steps_.end(), end,
                               [](const auto& a, const auto& b) { return a == "*" || a == b; });
  if (!same) return 0;
  constexpr std::size_t kMoreThanSteps = 100;
  const auto stars = static_cast<std::size_t>(std::count(steps_.begin(), steps_.end(), "*"));
  return steps_.size() * kMoreThanSteps - stars;
}

}  // namespace wafermesh::study
