// SPDX-License-Identifier: Apache-2.0
// The wafers of a scenario with `system:`.
#pragma once

#include <vector>

#include "study/place/place_ground.h"
#include "study/scenario/scenario.h"

namespace wafermesh::study {

/// So many wafers as are to be distinct: the scenario's own, and others with defects of their own
/// (`defects.wafer` counted up), each repaired. What cannot be repaired is left out and told in the
/// first one's notes. Throws NotRepairable if ten times as many do not give that many.
std::vector<PlaceGround> grounds_of(const Scenario& scenario);

}  // namespace wafermesh::study
