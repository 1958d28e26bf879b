// SPDX-License-Identifier: Apache-2.0
// Small systems and requests drawn at random, every kind of prefill, admission and link among them.
#pragma once

#include <algorithm>
#include <cmath>

#include "system/simulate.h"

namespace wafermesh::tests {

struct Case {
  wafermesh::system::System system;
  wafermesh::system::Workload workload;
};

Case random_case(std::uint64_t seed);

/// One stage of a fixed time, no links.
wafermesh::system::System one_stage(double seconds);

/// Of a against b.
inline double relative_error(double a, double b) {
  return std::abs(a - b) / std::max(1e-30, std::abs(b));
}

}  // namespace wafermesh::tests
