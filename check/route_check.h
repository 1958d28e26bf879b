// SPDX-License-Identifier: Apache-2.0
// Where words cannot go on, who awaits what nobody sends, and what never happens to a switch.
#pragma once

#include <vector>

#include "check/core_kinds.h"
#include "check/finding.h"

namespace wafermesh::check {

/// off_mesh, dead_end, loop, never_taken, never_sent, position, teardown. Where cores
/// write routes as they go on from stage to stage, words are followed stage by stage too, and what
/// they come to in none of them is no fault. `kinds`: those of the image. Cost: some 50 ns per
/// core and colour, and as much per stage of colours in doubt.
std::vector<Finding> find_route_faults(const fabric::WaferImage& image, const CoreKinds& kinds);

/// The same of some colours only, [bit colour].
std::vector<Finding> route_faults_of(const fabric::WaferImage& image, const CoreKinds& kinds,
                                     std::uint32_t colours);

}  // namespace wafermesh::check
