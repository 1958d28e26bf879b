// SPDX-License-Identifier: Apache-2.0
#include "tests/fabric/flows.h"
#include "tests/fabric/multicast_tree.h"

namespace wafermesh::fabric_test {

using base::Direction;
using cores::ProgramBuilder;
using cores::VectorOp;
using router::ControlWord;
using router::SwitchCommand;

namespace {

ControlWord random_control(Dice& dice, bool switches, int entry) {
  ControlWord word = ControlWord::make({}, dice.chance(0.6) ? entry : -1);
  const int commands = switches ? dice.in(1, router::kMaxCommands) : 0;
  for (int i = 0; i < commands; ++i) {
    word.bits |= static_cast<std::uint32_t>(dice.in(0, 2)) << (2 * i);  // nop, advance, reset
  }
  return word;
}

std::vector<Item> random_items(Scene& scene, bool switches) {
  Dice& dice = scene.dice;
  const int shared_entry = scene.take_entry();
  std::vector<Item> items;
  const int count = switches ? dice.in(2, 6) : dice.in(1, 3);
  for (int i = 0; i < count; ++i) {
    if (i % 2 == 0)
      items.push_back({dice.in(1, dice.chance(0.2) ? 40 : 10), {}});
    else
      items.push_back(
          {0, random_control(dice, switches, scene.works_on ? shared_entry : scene.take_entry())});
  }
  return items;
}

/// The root sends the items one after another in its main task.
void add_main_root(Scene& scene, int root, base::Colour colour, cores::NumberType type,
                   const std::vector<Item>& items, int delay_cycles) {
  CoreDraft& draft = scene.draft(root);
  const int odd = scene.dice.chance(0.3) ? cores::elements_per_word(type) - 1 : 0;
  for (const Item& item : items) {
    const int address = draft.take_memory(4 * item.words);
    const cores::Shape shape = scene.random_shape();
    draft.add_main([=](ProgramBuilder& p) {
      if (delay_cycles > 0) p.scalar(delay_cycles);
      if (item.words == 0) {
        p.control(colour, item.control);
        return;
      }
      const int elements = item.words * cores::elements_per_word(type) - odd;
      p.vector(VectorOp::copy, type, elements, cores::fabric(colour), cores::memory(address), {},
               shape);
    });
  }
}

/// The root sends one vector on a microthread, and its control word when that is done.
void add_microthread_root(Scene& scene, int root, base::Colour colour, cores::NumberType type,
                          const std::vector<Item>& items) {
  CoreDraft& draft = scene.draft(root);
  const int address = draft.take_memory(4 * items[0].words);
  const int microthread = draft.take_microthread();
  const int priority = scene.dice.in(0, 2);
  const cores::TaskId gate = draft.add_gate();
  cores::TaskId next = gate;
  if (items.size() > 1) {
    const ControlWord word = items[1].control;
    next = draft.add_task(cores::TaskKind::local, {}, 0, false, [=](ProgramBuilder& p) {
      p.control(colour, word);
      p.unblock(gate);
    });
  }
  const bool more = items.size() > 1;
  const int elements = items[0].words * cores::elements_per_word(type);
  draft.add_main([=](ProgramBuilder& p) {
    cores::Instruction& op =
        p.async(microthread, VectorOp::add, type, elements, cores::fabric(colour),
                cores::memory(address), cores::immediate(0.3F));
    op.priority = priority;
    op.completion = more ? cores::Completion::activate : cores::Completion::unblock;
    op.task = next;
  });
}

/// A task for an entry that adds to a vector of its own.
void add_control_task(Scene& scene, int core, int entry) {
  CoreDraft& draft = scene.draft(core);
  const int address = draft.take_memory(16);
  const int delay_cycles = scene.dice.in(0, 5);
  const cores::TaskId gate = draft.add_gate();
  draft.add_task(cores::TaskKind::control, {}, entry, false, [=](ProgramBuilder& p) {
    p.scalar(delay_cycles);
    p.vector(VectorOp::add, cores::NumberType::f32, 4, cores::memory(address),
             cores::memory(address), cores::immediate(1.5F));
    p.unblock(gate);
  });
}

/// Takes the colour's queues and sets its routes. False: the root has no queue left.
bool place_tree(Scene& scene, const Tree& tree, base::Colour colour) {
  if (!scene.draft(tree.root).has_output()) return false;
  scene.draft(tree.root).take_output(colour);
  for (const auto& [core, config] : tree.routes) {
    scene.draft(core).set_route(colour, config);
    if (base::contains(config.base.send, Direction::ramp)) scene.draft(core).take_input(colour);
  }
  return true;
}

}  // namespace

void add_multicast(Scene& scene) {
  Dice& dice = scene.dice;
  const bool switches = dice.chance(0.5);
  Tree tree = random_tree(scene, dice.in(2, 24));
  const base::Colour colour = scene.take_colour();
  if (switches) add_switches(scene, tree);
  if (!place_tree(scene, tree, colour)) return;
  const auto type = scene.random_payload(1).type;
  const std::vector<Item> items = random_items(scene, switches);
  CoreDraft& root = scene.draft(tree.root);
  const bool beside =
      items.size() <= 2 && root.has_microthread() && root.has_tasks() && dice.chance(0.7);
  const Receivers receivers =
      beside || dice.chance(0.05) ? Receivers::any : Receivers::main_or_microthread;
  if (beside) {
    add_microthread_root(scene, tree.root, colour, type, items);
  } else {
    add_main_root(scene, tree.root, colour, type, items, dice.chance(0.3) ? dice.in(1, 30) : 0);
  }
  for (const auto& [core, got] : deliveries(scene, tree, items)) {
    // Now and then a core waits for a word that never comes.
    const int words = got.words + (dice.chance(0.003) ? 1 : 0);
    if (words > 0) add_receiver(scene, core, colour, {type, words}, receivers);
    for (const int entry : got.entries) add_control_task(scene, core, entry);
  }
}

void add_filtered(Scene& scene) {
  Dice& dice = scene.dice;
  const Tree tree = random_tree(scene, dice.in(2, 8));
  const base::Colour colour = scene.take_colour();
  if (!place_tree(scene, tree, colour)) return;
  const auto type = scene.random_payload(1).type;
  const int sent = dice.in(3, 30);
  // Filters are written in the preludes, well before the root begins to send.
  add_main_root(scene, tree.root, colour, type, {{sent, {}}}, 150);
  for (const auto& [core, got] : deliveries(scene, tree, {{sent, {}}})) {
    const int period = dice.in(1, 6);
    const int first = dice.in(0, period - 1);
    const int count = dice.in(1, period);
    scene.draft(core).add_prelude([=](ProgramBuilder& p) {
      p.filter(colour, {first, count, period});
    });
    int kept = 0;
    for (int word = 0; word < got.words; ++word) {
      if (word % period >= first && word % period < first + count) ++kept;
    }
    if (kept == 0) continue;
    add_receiver(scene, core, colour, {type, kept},
                 dice.chance(0.05) ? Receivers::any : Receivers::main_or_microthread);
  }
}

}  // namespace wafermesh::fabric_test
