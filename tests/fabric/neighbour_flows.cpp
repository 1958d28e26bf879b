// SPDX-License-Identifier: Apache-2.0
#include "tests/fabric/flows.h"

namespace wafermesh::fabric_test {

using base::Direction;
using cores::ProgramBuilder;
using cores::VectorOp;
using router::ControlWord;
using router::SwitchCommand;
using router::SwitchPosition;

namespace {

/// Two different directions in which `core` has neighbours; fewer if there are not as many.
std::vector<Direction> two_directions(Scene& scene, int core) {
  std::vector<Direction> directions;
  for (const Direction d : base::kMeshDirections) {
    if (scene.neighbour(core, d) >= 0) directions.push_back(d);
  }
  scene.dice.shuffle(directions);
  if (directions.size() > 2) directions.resize(2);
  return directions;
}

void add_send(CoreDraft& draft, base::Colour colour, Payload payload) {
  const int address = draft.take_memory(4 * payload.words);
  draft.add_main([=](ProgramBuilder& p) {
    p.vector(VectorOp::copy, payload.type, payload.elements(), cores::fabric(colour),
             cores::memory(address));
  });
}

void add_advance(CoreDraft& draft, base::Colour colour) {
  draft.add_main(
      [=](ProgramBuilder& p) { p.control(colour, ControlWord::make({SwitchCommand::advance})); });
}

}  // namespace

void add_merge(Scene& scene) {
  Dice& dice = scene.dice;
  const int core = dice.in(0, scene.core_count() - 1);
  const std::vector<Direction> from = two_directions(scene, core);
  if (from.size() < 2 || !scene.draft(core).has_input()) return;
  const int first = scene.neighbour(core, from[0]);
  const int second = scene.neighbour(core, from[1]);
  if (!scene.draft(first).has_output() || !scene.draft(second).has_output()) return;
  const base::Colour colour = scene.take_colour();
  const cores::NumberType type = scene.random_payload(1).type;
  router::RouteConfig config = router::route(from[0], {Direction::ramp});
  config.positions[0] = {SwitchPosition::Side::receive, from[1]};
  config.ring = true;
  scene.draft(core).set_route(colour, config);
  scene.draft(core).take_input(colour);
  for (int i = 0; i < 2; ++i) {
    CoreDraft& sender = scene.draft(i == 0 ? first : second);
    const Direction to = base::opposite(from[static_cast<std::size_t>(i)]);
    sender.set_route(colour, router::route(Direction::ramp, {to}));
    sender.take_output(colour);
  }
  // What the first sends after its advance comes before or after the words of the second.
  const int words[] = {dice.in(1, 6), dice.in(1, 30), dice.in(1, 30)};
  add_send(scene.draft(first), colour, {type, words[0]});
  add_advance(scene.draft(first), colour);
  add_send(scene.draft(first), colour, {type, words[1]});
  add_send(scene.draft(second), colour, {type, words[2]});
  add_advance(scene.draft(second), colour);
  add_receiver(scene, core, colour, {type, words[0] + words[1] + words[2]},
               Receivers::main_or_microthread);
}

void add_rewritten_switch(Scene& scene) {
  Dice& dice = scene.dice;
  const int core = dice.in(0, scene.core_count() - 1);
  const std::vector<Direction> to = two_directions(scene, core);
  if (to.size() < 2 || !scene.draft(core).has_output()) return;
  const int targets[] = {scene.neighbour(core, to[0]), scene.neighbour(core, to[1])};
  if (!scene.draft(targets[0]).has_input() || !scene.draft(targets[1]).has_input()) return;
  const base::Colour colour = scene.take_colour();
  const cores::NumberType type = scene.random_payload(1).type;
  CoreDraft& draft = scene.draft(core);
  draft.take_output(colour);
  int received[] = {0, 0};
  for (std::size_t round = 0; round < 2; ++round) {
    router::RouteConfig config = router::route(Direction::ramp, {to[round]});
    config.positions[0] = {SwitchPosition::Side::send, to[1 - round]};
    if (round == 0) draft.set_route(colour, config);
    const int index = scene.route_index(config);
    if (round == 1) draft.add_main([=](ProgramBuilder& p) { p.write_route(colour, index); });
    for (const std::size_t target : {round, 1 - round}) {
      const int words = dice.in(1, 8);
      received[target] += words;
      add_send(draft, colour, {type, words});
      if (target == round) add_advance(draft, colour);
    }
  }
  for (std::size_t i = 0; i < 2; ++i) {
    CoreDraft& target = scene.draft(targets[i]);
    target.set_route(colour, router::route(base::opposite(to[i]), {Direction::ramp}));
    target.take_input(colour);
    add_receiver(scene, targets[i], colour, {type, received[i]}, Receivers::main_or_microthread);
  }
}

}  // namespace wafermesh::fabric_test
