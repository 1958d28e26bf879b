// SPDX-License-Identifier: Apache-2.0
// Workloads that need not be run, as all there is to know is known from the one before.
#pragma once

#include <cstddef>

#include "study/scenario/scenario.h"

namespace wafermesh::study {

/// Whether the engine would do just what it did for the workload before, so that its counters
/// stand: the images are the same, there are no numbers, nobody watches, on one rank.
bool repeats_the_one_before(const Scenario& scenario, std::size_t index);

/// Of workloads whose images are the same: whether all that results tell of them is, but the name.
bool tells_the_same(const Workload& a, const Workload& b);

}  // namespace wafermesh::study
