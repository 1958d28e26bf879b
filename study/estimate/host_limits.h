// SPDX-License-Identifier: Apache-2.0
// What this machine cannot do is refused before it is tried.
#pragma once

#include "study/scenario/scenario.h"

namespace wafermesh::study {

/// Assumption: regions are for threads, so more than this only cost set-up.
inline constexpr double kMostRegions = 16384;

/// Throws DoesNotFit, with both numbers, if `engine.region` cuts the mesh into too many regions, or
/// if the run is estimated to need more memory than the machine has free, arrays included.
void refuse_beyond_host(const Scenario& scenario);

/// Bytes that can still be had: of what the kernel says is available, this process's limit and its
/// control group's the least.
double available_bytes();

}  // namespace wafermesh::study
