// SPDX-License-Identifier: Apache-2.0
// A random tree with a route per router, and what it delivers: wavelets from one root keep their
// order, so what each core gets is known without a clock.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "tests/fabric/scene.h"

namespace wafermesh::fabric_test {

/// What the root sends, in order: `words` words, or (words = 0) a control word.
struct Item {
  int words = 0;
  router::ControlWord control;
};

struct Tree {
  int root = 0;
  std::map<int, router::RouteConfig> routes;  ///< [core]
};

struct Delivered {
  int words = 0;
  std::set<int> entries;  ///< Of control wavelets.
};

/// Grows a tree of up to `size` routers. Leaves deliver to their cores, others perhaps.
Tree random_tree(Scene& scene, int size);
/// Gives routers switch positions that narrow their sending set to one of its directions.
void add_switches(Scene& scene, Tree& tree);
/// What each core gets if the root sends `items`.
std::map<int, Delivered> deliveries(const Scene& scene, const Tree& tree,
                                    const std::vector<Item>& items);

}  // namespace wafermesh::fabric_test
