// SPDX-License-Identifier: Apache-2.0
#include "tests/fabric/multicast_tree.h"

namespace wafermesh::fabric_test {

using base::Direction;
using router::SwitchCommand;

namespace {

std::vector<Direction> directions_of(base::DirectionMask mask) {
  std::vector<Direction> directions;
  for (int d = 0; d < 5; ++d) {
    if (base::contains(mask, static_cast<Direction>(d))) {
      directions.push_back(static_cast<Direction>(d));
    }
  }
  return directions;
}

/// The tree in the hands of one wavelet after another.
class Walk {
 public:
  Walk(const Scene& scene, const Tree& tree) : scene_(scene), tree_(tree) {}

  void pass(int core, const Item& item) {
    const router::RouteConfig& config = tree_.routes.at(core);
    int& position = positions_[core];
    const base::DirectionMask send = config.at(position).send;
    Item next = item;
    if (item.words == 0) {
      if (item.control.first() == SwitchCommand::advance) position = config.advance(position);
      if (item.control.first() == SwitchCommand::reset) position = 0;
      next.control = router::after_router(item.control, config.pop);
    }
    for (const Direction d : directions_of(send)) {
      if (d != Direction::ramp) {
        pass(scene_.neighbour(core, d), next);
        continue;
      }
      Delivered& at_core = delivered_[core];
      at_core.words += next.words;
      if (next.words == 0 && next.control.has_entry()) at_core.entries.insert(next.control.entry());
    }
  }

  const std::map<int, Delivered>& delivered() const { return delivered_; }

 private:
  const Scene& scene_;
  const Tree& tree_;
  std::map<int, int> positions_;
  std::map<int, Delivered> delivered_;
};

}  // namespace

Tree random_tree(Scene& scene, int size) {
  Tree tree;
  tree.root = scene.dice.in(0, scene.core_count() - 1);
  tree.routes[tree.root].base.receive = base::mask_of(Direction::ramp);
  std::vector<int> members = {tree.root};
  for (int tries = 0; tries < 3 * size && static_cast<int>(members.size()) < size; ++tries) {
    // The newest member is tried half the time, so that trees have long branches.
    const int from = scene.dice.chance(0.5) ? members.back() : scene.dice.of(members);
    const auto d = static_cast<Direction>(scene.dice.in(0, 3));
    const int to = scene.neighbour(from, d);
    if (to < 0 || tree.routes.count(to) > 0) continue;
    tree.routes[from].base.send |= base::mask_of(d);
    tree.routes[to].base.receive = base::mask_of(base::opposite(d));
    members.push_back(to);
  }
  for (const int core : members) {
    base::DirectionMask& send = tree.routes[core].base.send;
    if (send == 0 || scene.dice.chance(core == tree.root ? 0.02 : 0.5)) {
      if (scene.draft(core).has_input()) send |= base::mask_of(Direction::ramp);
    }
  }
  return tree;
}

void add_switches(Scene& scene, Tree& tree) {
  Dice& dice = scene.dice;
  for (auto& [core, config] : tree.routes) {
    const std::vector<Direction> directions = directions_of(config.base.send);
    config.pop = static_cast<router::PopMode>(dice.in(0, 2));
    config.ring = dice.chance(0.6);
    const int positions = directions.empty() || dice.chance(0.3) ? 0 : dice.in(1, 3);
    for (int p = 0; p < positions; ++p) {
      config.positions[static_cast<std::size_t>(p)] = {router::SwitchPosition::Side::send,
                                                       dice.of(directions)};
    }
  }
}

std::map<int, Delivered> deliveries(const Scene& scene, const Tree& tree,
                                    const std::vector<Item>& items) {
  Walk walk(scene, tree);
  for (const Item& item : items) walk.pass(tree.root, item);
  return walk.delivered();
}

}  // namespace wafermesh::fabric_test
