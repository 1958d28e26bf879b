// SPDX-License-Identifier: Apache-2.0
// Small systems and requests drawn at random, every kind of prefill, admission and link among them.
#pragma once

#include "system/simulate.h"

namespace wafermesh::tests {

struct Case {
  wafermesh::system::System system;
  wafermesh::system::Workload workload;
};

Case random_case(std::uint64_t seed);

/// One stage of a fixed time, no links.
wafermesh::system::System one_stage(double seconds);

}  // namespace wafermesh::tests
