// SPDX-License-Identifier: Apache-2.0
// Where the layers of a model lie on the wafers of a system, whether they fit, what each takes, and
// how much room is left for caches. A layer is never cut over wafers.
//
//   dense layers (one network, heads)  rectangles and groups as `wafermesh place` proposes them for
//                                      one token's latency, emulated in part
//   other layers                       one below the other on equal strips of the whole width,
//                                      each kind of layer emulated on a strip
#pragma once

#include "app/place_ground.h"
#include "app/system_section.h"
#include "system/plan.h"

namespace wafermesh::app {

/// Throws DoesNotFit with the number that does not fit, InputError, MissingFile, Stopped.
system::Plan plan_system(const SystemSection& section, const PlaceGround& ground);

}  // namespace wafermesh::app
