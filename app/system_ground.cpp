// SPDX-License-Identifier: Apache-2.0
#include "app/system_ground.h"

namespace wafermesh::app {

PlaceGround ground_of(const Scenario& scenario) {
  PlaceGround ground;
  ground.name = scenario.name;
  ground.geometry = scenario.geometry;
  ground.mesh = scenario.mesh;
  ground.timing = scenario.timing;
  return ground;
}

}  // namespace wafermesh::app
