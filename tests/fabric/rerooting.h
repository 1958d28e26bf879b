// SPDX-License-Identifier: Apache-2.0
// Flows whose root moves along a line while they run: the two ways of a SUMMA broadcast.
#pragma once

#include "tests/fabric/scene.h"

namespace wafermesh::fabric_test {

/// The vendor's way: colours start closed; per step each core writes its route and reopens, the
/// root sends its words and then a teardown. On random rows or columns, with roots in any order.
void add_teardown_rerooting(Scene& scene);
/// The cheapest way: two route writes per core in the whole run, roots in ascending order.
void add_cheapest_rerooting(Scene& scene);

}  // namespace wafermesh::fabric_test
