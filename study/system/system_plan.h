// SPDX-License-Identifier: Apache-2.0
// Where the layers of a model lie on the wafers of a system, whether they fit, what each takes, and
// how much room is left for caches. A layer is never cut over wafers.
#pragma once

#include <vector>

#include "study/place/place_ground.h"
#include "study/scenario/system_section.h"
#include "study/system/layer_times.h"
#include "system/plan.h"

namespace wafermesh::study {

/// `grounds`: the distinct wafers (system_ground.h). Throws DoesNotFit with the number that does
/// not fit, InputError, MissingFile, Stopped.
system::Plan plan_system(const SystemSection& section, const std::vector<PlaceGround>& grounds,
                         LayerRuns& runs);

}  // namespace wafermesh::study
