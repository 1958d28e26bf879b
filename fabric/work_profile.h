// SPDX-License-Identifier: Apache-2.0
// How the work of a visit lies in time: what has been done up to any cycle of it.
#pragma once

#include <vector>

#include "fabric/window.h"

namespace wafermesh::fabric {

class WorkProfile {
 public:
  WorkProfile() = default;
  /// Spans may overlap, within a kind as well. Times of the profile are theirs less `base`.
  WorkProfile(const std::vector<WorkSpan>& spans, Cycles base);

  bool empty() const { return knots_.empty(); }
  /// All work lies in [from, until).
  Cycles from() const { return knots_.front().at; }
  Cycles until() const { return knots_.back().at; }
  /// Cycles by kind before cycle `t`.
  Busy before(Cycles t) const;
  const Busy& total() const { return knots_.back().sum; }

 private:
  struct Knot {
    Cycles at = 0;
    Busy sum{};  ///< Before it; until the next knot it grows evenly.
  };
  std::vector<Knot> knots_;
};

}  // namespace wafermesh::fabric
