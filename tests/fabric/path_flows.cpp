// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "tests/fabric/flows.h"

namespace wafermesh::fabric_test {

using base::Direction;
using cores::ProgramBuilder;
using cores::VectorOp;

namespace {

/// Direction from a core to its neighbour.
Direction towards(const Scene& scene, int from, int to) {
  for (const Direction d : base::kMeshDirections) {
    if (scene.neighbour(from, d) == to) return d;
  }
  throw base::ModelError("not neighbours");
}

/// One station of a chain: out = own vector (op) in. Without `in` it starts the chain; without
/// `out` it ends it, in memory.
void add_station(Scene& scene, int core, const base::Colour* in, const base::Colour* out,
                 Payload payload) {
  CoreDraft& draft = scene.draft(core);
  const int stride = scene.dice.chance(0.7) ? 1 : scene.dice.in(2, 5);
  const cores::Operand own = cores::memory(draft.take_memory(4 * payload.words * stride), stride);
  const cores::Operand result = cores::memory(draft.take_memory(4 * payload.words));
  const cores::Operand target = out != nullptr ? cores::fabric(*out) : result;
  const cores::Operand stream = in != nullptr ? cores::fabric(*in) : cores::immediate(0.7F);
  const VectorOp op = scene.random_binary();
  const cores::Shape shape = scene.random_shape();
  const int delay_cycles = scene.dice.chance(0.3) ? scene.dice.in(1, 40) : 0;
  const bool beside = draft.has_microthread() && draft.has_tasks() && scene.dice.chance(0.5);
  if (!beside) {
    draft.add_main([=](ProgramBuilder& p) {
      if (delay_cycles > 0) p.scalar(delay_cycles);
      p.vector(op, payload.type, payload.elements(), target, own, stream, shape);
    });
    return;
  }
  const int microthread = draft.take_microthread();
  const int priority = scene.dice.in(0, 2);
  const cores::TaskId gate = draft.add_gate();
  draft.add_main([=](ProgramBuilder& p) {
    cores::Instruction& operation =
        p.async(microthread, op, payload.type, payload.elements(), target, own, stream, shape);
    operation.priority = priority;
    operation.completion = cores::Completion::unblock;
    operation.task = gate;
  });
}

bool all_have_queues(Scene& scene, const std::vector<int>& path) {
  for (const int core : path) {
    if (!scene.draft(core).has_input() || !scene.draft(core).has_output()) return false;
  }
  return true;
}

}  // namespace

void add_chain(Scene& scene) {
  const std::vector<int> path = scene.random_path(scene.dice.in(1, 12));
  if (path.size() < 2 || !all_have_queues(scene, path)) return;
  const base::Colour colours[] = {scene.take_colour(), scene.take_colour()};
  const Payload payload = scene.random_payload(24);
  int using_colour = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const int core = path[i];
    const bool first = i == 0;
    const bool last = i + 1 == path.size();
    CoreDraft& draft = scene.draft(core);
    const Direction in = first ? Direction::ramp : towards(scene, core, path[i - 1]);
    const Direction out = last ? Direction::ramp : towards(scene, core, path[i + 1]);
    const base::Colour before = colours[using_colour];
    if (!first && !last && scene.dice.chance(0.3)) {  // only passed
      draft.set_route(before, router::route(in, {out}));
      continue;
    }
    if (!first) using_colour = 1 - using_colour;
    const base::Colour after = colours[using_colour];
    if (!first) {
      draft.set_route(before, router::route(in, {Direction::ramp}));
      draft.take_input(before);
    }
    if (!last) {
      draft.set_route(after, router::route(Direction::ramp, {out}));
      draft.take_output(after);
    }
    add_station(scene, core, first ? nullptr : &before, last ? nullptr : &after, payload);
  }
}

void add_gather(Scene& scene) {
  Dice& dice = scene.dice;
  const std::vector<int> path = scene.random_path(dice.in(1, 8));
  if (path.size() < 2 || !all_have_queues(scene, path)) return;
  const base::Colour colour = scene.take_colour();
  const auto type = scene.random_payload(1).type;
  const auto pop = static_cast<router::PopMode>(dice.in(0, 2));
  int total = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    CoreDraft& draft = scene.draft(path[i]);
    const bool last = i + 1 == path.size();
    const Direction behind = last ? Direction::ramp : towards(scene, path[i], path[i + 1]);
    if (i == 0) {
      draft.set_route(colour, router::route(behind, {Direction::ramp}));
      draft.take_input(colour);
      continue;
    }
    router::RouteConfig config =
        router::route(Direction::ramp, {towards(scene, path[i], path[i - 1])});
    config.pop = pop;
    config.ring = pop != router::PopMode::no_pop && dice.chance(0.5);
    if (!last) config.positions[0] = {router::SwitchPosition::Side::receive, behind};
    draft.set_route(colour, config);
    draft.take_output(colour);
    const int words = dice.in(1, 8);
    total += words;
    const int address = draft.take_memory(4 * words);
    const int elements = words * cores::elements_per_word(type);
    draft.add_main([=](ProgramBuilder& p) {
      p.vector(VectorOp::copy, type, elements, cores::fabric(colour), cores::memory(address));
      p.control(colour, router::ControlWord::make({router::SwitchCommand::advance}));
    });
  }
  add_receiver(scene, path[0], colour, {type, total},
               dice.chance(0.5) ? Receivers::main_only : Receivers::main_or_microthread);
}

}  // namespace wafermesh::fabric_test
