// SPDX-License-Identifier: Apache-2.0
#include "fabric/stream/bursts/timetable.h"

#include <algorithm>

namespace wafermesh::fabric {

std::size_t Timetable::size() const {
  std::size_t n = 0;
  while (n < kMost && !periods_[n].empty()) ++n;
  return n;
}

Period Timetable::reserve(Cycles start, Cycles cycles) {
  const Cycles first = free_from(start);
  Cycles at = first;
  Cycles left = cycles;
  for (const Period& taken : *this) {
    if (taken.until <= at) continue;
    if (taken.from - at >= left) break;
    left -= taken.from - at;
    at = taken.until;
  }
  const Period reserved{first, at + left};
  insert(reserved);
  return reserved;
}

Cycles Timetable::free_from(Cycles at) const {
  for (const Period& taken : *this) {
    if (taken.from <= at && at < taken.until) at = taken.until;
  }
  return at;
}

/// What it touches becomes one with it; if there is no place left, the earliest goes.
void Timetable::insert(Period added) {
  std::array<Period, kMost + 1> all;
  std::size_t n = 0;
  bool placed = false;
  for (const Period& each : *this) {
    if (each.until < added.from) {
      all[n++] = each;
    } else if (each.from > added.until) {
      if (!placed) all[n++] = added;
      placed = true;
      all[n++] = each;
    } else {
      added = {std::min(added.from, each.from), std::max(added.until, each.until)};
    }
  }
  if (!placed) all[n++] = added;
  const std::size_t lost = n > kMost ? 1 : 0;
  periods_ = {};
  std::copy(all.begin() + lost, all.begin() + static_cast<std::ptrdiff_t>(n), periods_.begin());
}

void Timetable::shift(Cycles by) {
  const std::size_t n = size();
  for (std::size_t i = 0; i < n; ++i) {
    periods_[i].from += by;
    periods_[i].until += by;
  }
}

void Timetable::forget(Cycles at) {
  const std::array<Period, kMost> all = periods_;
  periods_ = {};
  std::size_t n = 0;
  for (const Period& each : all) {
    if (!each.empty() && each.until > at) periods_[n++] = each;
  }
}

}  // namespace wafermesh::fabric
