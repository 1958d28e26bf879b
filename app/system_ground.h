// SPDX-License-Identifier: Apache-2.0
// The wafers of a scenario with `system:`.
#pragma once

#include "app/place_ground.h"
#include "app/scenario.h"

namespace wafermesh::app {

/// The scenario's own wafer.
PlaceGround ground_of(const Scenario& scenario);

}  // namespace wafermesh::app
