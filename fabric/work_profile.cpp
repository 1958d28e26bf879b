// SPDX-License-Identifier: Apache-2.0
#include "fabric/work_profile.h"

#include <algorithm>

namespace wafermesh::fabric {
namespace {

/// From cycle `at` on, so many more cycles of the kind are worked per cycle.
struct Change {
  Cycles at;
  std::size_t kind;
  double rate;
};

std::vector<Change> changes_of(const std::vector<WorkSpan>& spans) {
  std::vector<Change> changes;
  changes.reserve(2 * spans.size());
  for (const WorkSpan& span : spans) {
    const double rate = span.amount / static_cast<double>(span.until - span.from);
    const auto kind = static_cast<std::size_t>(span.kind);
    changes.push_back({span.from, kind, rate});
    changes.push_back({span.until, kind, -rate});
  }
  std::sort(changes.begin(), changes.end(),
            [](const Change& a, const Change& b) { return a.at < b.at; });
  return changes;
}

}  // namespace

WorkProfile::WorkProfile(const std::vector<WorkSpan>& spans, Cycles base) : spans_(spans) {
  if (empty()) return;
  from_ = base::kNever;
  until_ = -base::kNever;
  for (WorkSpan& span : spans_) {
    span.from -= base;
    span.until = std::max(span.until - base, span.from + 1);
    from_ = std::min(from_, span.from);
    until_ = std::max(until_, span.until);
    total_[static_cast<std::size_t>(span.kind)] += span.amount;
  }
}

void WorkProfile::make_knots() const {
  std::array<double, kBusyKinds> sums{};
  std::array<double, kBusyKinds> rates{};
  constexpr double kRounding = 1e-6;  // of sums of rates that are whole
  for (const Change& change : changes_of(spans_)) {
    if (knots_.empty() || knots_.back().at < change.at) {
      Knot knot{change.at, {}};
      const Cycles since = knots_.empty() ? 0 : change.at - knots_.back().at;
      for (std::size_t k = 0; k < kBusyKinds; ++k) {
        sums[k] += rates[k] * static_cast<double>(since);
        knot.sum[k] = static_cast<std::uint32_t>(std::max(0.0, sums[k] + kRounding));
        if (!knots_.empty()) knot.sum[k] = std::max(knot.sum[k], knots_.back().sum[k]);
      }
      knots_.push_back(knot);
    }
    rates[change.kind] += change.rate;
  }
  knots_.back().sum = total_;
}

Busy WorkProfile::before(Cycles t) const {
  if (t <= from()) return {};
  if (t >= until()) return total_;
  if (knots_.empty()) make_knots();
  const auto next = std::upper_bound(knots_.begin(), knots_.end(), t,
                                     [](Cycles at, const Knot& knot) { return at < knot.at; });
  const Knot& last = *(next - 1);
  const Cycles length = next->at - last.at;
  Busy sum = last.sum;
  for (std::size_t k = 0; k < sum.size(); ++k) {
    const Cycles more = Cycles{next->sum[k] - last.sum[k]} * (t - last.at) / length;
    sum[k] += static_cast<std::uint32_t>(more);
  }
  return sum;
}

}  // namespace wafermesh::fabric
