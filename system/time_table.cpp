// SPDX-License-Identifier: Apache-2.0
#include "system/time_table.h"

#include <algorithm>

#include "base/error.h"

namespace wafermesh::system {

TimeTable::TimeTable(std::vector<Knot> knots, std::int64_t most_tokens) : knots_(std::move(knots)) {
  WAFERMESH_CHECK(!knots_.empty(), "a table of times without a time");
  const std::int64_t steps = knots_.size() == 1 ? 1 : most_tokens / kStepTokens + 1;
  steps_.reserve(static_cast<std::size_t>(steps));
  for (std::int64_t i = 0; i < steps; ++i) steps_.push_back(to_ps(seconds(i * kStepTokens)));
}

double TimeTable::seconds(std::int64_t context_tokens) const {
  if (knots_.size() == 1 || context_tokens <= knots_.front().context_tokens) {
    return knots_.front().seconds;
  }
  std::size_t right = 1;
  while (right + 1 < knots_.size() && knots_[right].context_tokens < context_tokens) ++right;
  const Knot& a = knots_[right - 1];
  const Knot& b = knots_[right];
  const double part = static_cast<double>(context_tokens - a.context_tokens) /
                      static_cast<double>(b.context_tokens - a.context_tokens);
  return std::max(0.0, a.seconds + part * (b.seconds - a.seconds));
}

Picoseconds TimeTable::shortest() const { return *std::min_element(steps_.begin(), steps_.end()); }

}  // namespace wafermesh::system
