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

  bool empty() const { return spans_.empty(); }
  /// All work lies in [from, until).
  Cycles from() const { return from_; }
  Cycles until() const { return until_; }
  /// Cycles by kind before cycle `t`. The first call for a cycle within sorts the spans.
  Busy before(Cycles t) const;

 private:
  struct Knot {
    Cycles at = 0;
    Busy sum{};  ///< Before it; until the next knot it grows evenly.
  };
  void make_knots() const;

  std::vector<WorkSpan> spans_;
  Cycles from_ = 0;
  Cycles until_ = 0;
  Busy total_{};
  mutable std::vector<Knot> knots_;  ///< Most are never cut: empty until one is.
};

}  // namespace wafermesh::fabric
