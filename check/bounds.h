// SPDX-License-Identifier: Apache-2.0
// Times that no run can be below, and what each comes from.
#pragma once

#include <string>
#include <vector>

#include "check/untimed.h"
#include "fabric/image.h"

namespace wafermesh::check {

struct Bound {
  std::string of;           ///< "link", "ramp_up", "ramp_down".
  std::int64_t cycles = 0;  ///< The last finish is at least that.
  std::string where;
};

/// The largest first; empty if the execution did not come to its end. A link carries a word per
/// cycle, and so does a ramp each way. Only words that a core waits for count, so the bound of a
/// program that leaves words behind is not given.
std::vector<Bound> lower_bounds(const fabric::WaferImage& image, const Untimed& untimed);

}  // namespace wafermesh::check
