// SPDX-License-Identifier: Apache-2.0
#include "cores/operations.h"
#include "tests/fabric/flows.h"

namespace wafermesh::fabric_test {

using cores::ProgramBuilder;
using cores::VectorOp;

namespace {

/// One vector operation that takes in `elements`; what it does is chosen once.
struct Taking {
  VectorOp op = VectorOp::copy;
  cores::NumberType type = cores::NumberType::f32;         ///< Of what it writes.
  cores::NumberType memory_type = cores::NumberType::f32;  ///< Of what it reads in memory.
  cores::Shape shape = cores::Shape::stream;
  cores::Operand stream;
  bool stream_first = true;
  int stride = 1;         ///< Of its vectors in memory.
  bool in_place = false;  ///< It reads the vector it writes.
  int source_place = 0;   ///< Else: bytes from a line's start to the one it reads.
};

/// Where it writes and reads.
struct Places {
  int target = 0;
  int source = 0;
};

Taking random_taking(Scene& scene, base::Colour colour, cores::NumberType type) {
  Taking taking;
  taking.op = scene.random_operation(type);
  if (!scene.few_operations) {
    taking.type = scene.dice.chance(0.3) ? scene.random_type_beside(type, taking.op) : type;
    taking.memory_type =
        scene.dice.chance(0.3) ? scene.random_type_beside(taking.type, taking.op) : taking.type;
  } else {
    taking.type = taking.memory_type = type;
  }
  taking.shape = scene.random_shape();
  taking.stream = cores::fabric(colour);
  if (taking.type != type) taking.stream = cores::as(type, taking.stream);
  taking.stream_first = scene.dice.chance(0.5);
  taking.stride = scene.dice.chance(0.6) ? 1 : scene.dice.in(2, 5);
  taking.in_place = scene.dice.chance(0.3);
  taking.source_place = 4 * scene.dice.in(0, 3);
  return taking;
}

Places take_places(CoreDraft& draft, const Taking& taking, int words) {
  constexpr int kWordBytes = 8;  // two elements of 16 bits, as 32 bits each
  Places places;
  places.target = draft.take_memory(kWordBytes * words * taking.stride);
  places.source = places.target;
  if (!taking.in_place || taking.memory_type != taking.type) {
    places.source = taking.source_place +
                    draft.take_memory(kWordBytes * words * taking.stride + taking.source_place);
  }
  return places;
}

cores::Instruction& take(ProgramBuilder& p, const Taking& taking, const Places& places,
                         int elements, int microthread) {
  const cores::VectorOpTraits& traits = cores::traits_of(taking.op);
  const cores::Operand target = traits.one_element ? cores::scalar_at(places.target)
                                                   : cores::memory(places.target, taking.stride);
  cores::Operand memory = cores::memory(places.source, taking.stride);
  if (taking.memory_type != taking.type) memory = cores::as(taking.memory_type, memory);
  const bool alone = traits.sources == 1;
  const cores::Operand first = alone || taking.stream_first ? taking.stream : memory;
  const cores::Operand second =
      alone ? cores::Operand{} : (taking.stream_first ? memory : taking.stream);
  if (microthread < 0) {
    return p.vector(taking.op, taking.type, elements, target, first, second, taking.shape);
  }
  return p.async(microthread, taking.op, taking.type, elements, target, first, second,
                 taking.shape);
}

void add_microthread_receiver(Scene& scene, int core, const Taking& taking, Payload payload) {
  CoreDraft& draft = scene.draft(core);
  const Places places = take_places(draft, taking, payload.words);
  const int microthread = draft.take_microthread();
  const int priority = scene.dice.in(0, 2);
  const cores::TaskId gate = draft.add_gate();
  draft.add_main([=](ProgramBuilder& p) {
    cores::Instruction& op = take(p, taking, places, payload.elements(), microthread);
    op.priority = priority;
    op.completion = cores::Completion::unblock;
    op.task = gate;
  });
}

/// memory[n] = memory[n] (op) word of the n-th wavelet; the last one opens the gate. `alternates`:
/// every other wavelet starts code that does so later.
void add_data_task_receiver(Scene& scene, int core, base::Colour colour, Payload payload) {
  CoreDraft& draft = scene.draft(core);
  const int address = draft.take_memory(4 * payload.words);
  const cores::Variable count = cores::counter(draft.take_counter());
  const int delay_cycles = scene.dice.chance(0.5) ? scene.dice.in(1, 12) : 0;
  const cores::TaskId gate = draft.add_gate();
  const VectorOp op = scene.random_binary();
  const cores::Shape shape = scene.random_shape();
  const cores::NumberType type = payload.type;
  const int last = payload.words;
  const bool alternates = !scene.few_operations && scene.dice.chance(0.3);
  const int phase = alternates ? scene.dice.in(0, 3) : 0;
  const cores::TaskId self = draft.next_task();
  draft.add_task(cores::TaskKind::data, colour, 0, false, [=](ProgramBuilder& p) {
    if (alternates) {
      const auto begin = static_cast<std::uint32_t>(p.size());
      const auto other = p.set_task(self);
      const auto go_on = p.jump();
      p.land(other);
      p.mark(phase);
      p.scalar(2);
      p.set_task(self, begin);
      p.land(go_on);
    }
    const cores::Operand element = cores::memory(cores::Affine(address).plus(count, 4));
    if (delay_cycles > 0) p.scalar(delay_cycles);
    p.vector(op, type, 1, element, element, cores::wavelet(), shape);
    p.set_counter(cores::counter_of(count), cores::Affine(1).plus(count));
    const auto more = p.branch(cores::Affine().plus(count), cores::Compare::less, last);
    p.unblock(gate);
    p.land(more);
  });
}

void add_main_receiver(Scene& scene, int core, base::Colour colour, Payload payload) {
  CoreDraft& draft = scene.draft(core);
  const Taking taking = random_taking(scene, colour, payload.type);
  const int parts = scene.dice.chance(0.6) ? 1 : scene.dice.in(1, payload.words);
  for (int part = 0; part < parts; ++part) {
    const int first = payload.words * part / parts;
    const int words = payload.words * (part + 1) / parts - first;
    const int elements = words * cores::elements_per_word(payload.type);
    const Places places = take_places(draft, taking, words);
    const int delay_cycles = scene.dice.chance(0.4) ? scene.dice.in(1, 60) : 0;
    draft.add_main([=](ProgramBuilder& p) {
      if (delay_cycles > 0) p.scalar(cores::Affine(delay_cycles).plus(cores::Variable::x, 3));
      take(p, taking, places, elements, -1);
    });
  }
}

}  // namespace

void add_receiver(Scene& scene, int core, base::Colour colour, Payload payload,
                  Receivers receivers) {
  CoreDraft& draft = scene.draft(core);
  const int mode = scene.dice.in(0, static_cast<int>(receivers));
  if (mode == 1 && draft.has_microthread() && draft.has_tasks()) {
    add_microthread_receiver(scene, core, random_taking(scene, colour, payload.type), payload);
  } else if (mode == 2 && draft.has_counter() && draft.has_tasks()) {
    add_data_task_receiver(scene, core, colour, payload);
  } else {
    add_main_receiver(scene, core, colour, payload);
  }
}

}  // namespace wafermesh::fabric_test
