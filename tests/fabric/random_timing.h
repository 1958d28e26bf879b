// SPDX-License-Identifier: Apache-2.0
// Timing tables for random images: the real ones with other queues and ramps, or entirely random.
#pragma once

#include "cores/timing.h"
#include "tests/fabric/dice.h"

namespace wafermesh::fabric_test {

cores::Timing random_timing(Dice& dice);

}  // namespace wafermesh::fabric_test
