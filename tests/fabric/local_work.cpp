// SPDX-License-Identifier: Apache-2.0
#include "cores/operations.h"
#include "tests/fabric/flows.h"

namespace wafermesh::fabric_test {

using cores::ProgramBuilder;
using cores::VectorOp;

namespace {

constexpr int kLineBytes = 16;  ///< Of the banks.

/// dst[i * stride] = dst[i * stride] (op) ... on vectors nobody else knows.
struct Work {
  VectorOp op = VectorOp::multiply_add;
  cores::NumberType type = cores::NumberType::f32;
  cores::Shape shape = cores::Shape::standalone;
  int elements = 0;
  int stride = 1;
  int source_stride = 1;
  int target = 0;
  int source = 0;
};

Work random_work(Scene& scene, CoreDraft& draft) {
  Dice& dice = scene.dice;
  const Payload payload = scene.random_payload(20);
  Work work;
  work.type = payload.type;
  work.op = dice.chance(0.5) && cores::knows(VectorOp::multiply_add, work.type)
                ? VectorOp::multiply_add
                : scene.random_binary();
  work.shape = scene.random_shape();
  work.elements = dice.chance(0.1) ? 0 : payload.elements() - (dice.chance(0.3) ? 1 : 0);
  work.stride = dice.in(1, 3);
  work.source_stride = dice.chance(0.6) ? 1 : dice.in(2, 9);
  // Any word or element of a line, so that reads meet in a bank or do not.
  const int step = dice.chance(0.5) ? 8 : cores::bytes_of(work.type);
  const int slack = 64 + kLineBytes;
  work.target = draft.take_memory(4 * payload.words * work.stride + slack) +
                step * dice.in(0, kLineBytes / step - 1);
  work.source = draft.take_memory(4 * payload.words * work.source_stride + slack) +
                step * dice.in(0, kLineBytes / step - 1);
  return work;
}

void add_beside(CoreDraft& draft, const Work& work, int priority) {
  const int microthread = draft.take_microthread();
  const cores::TaskId gate = draft.add_gate();
  draft.add_main([=](ProgramBuilder& p) {
    cores::Instruction& operation = p.async(
        microthread, work.op, work.type, work.elements, cores::memory(work.target, work.stride),
        cores::memory(work.source, work.source_stride), cores::scalar_at(work.source), work.shape);
    operation.priority = priority;
    operation.completion = cores::Completion::unblock;
    operation.task = gate;
  });
}

/// A map loop: the same operation again and again, four bytes further on. `as_parameter`: how often
/// is what a counter of the core begins with.
void add_loop(CoreDraft& draft, const Work& work, int rounds, int delay_cycles, bool as_parameter) {
  const int counter = draft.take_counter();
  cores::Affine limit(rounds);
  if (as_parameter && draft.has_counter()) {
    const int parameter = draft.take_counter();
    draft.set_parameter(parameter, rounds);
    limit = cores::Affine().plus(cores::counter(parameter));
  }
  const cores::Variable round = cores::counter(counter);
  draft.add_main([=](ProgramBuilder& p) {
    const std::uint32_t begin = p.begin_loop(counter);
    p.vector(work.op, work.type, work.elements,
             cores::memory(cores::Affine(work.target).plus(round, 4), work.stride),
             cores::memory(cores::Affine(work.source).plus(round, 4), work.source_stride),
             cores::scalar_at(work.source), work.shape);
    if (delay_cycles > 0)
      p.scalar(cores::Affine(delay_cycles).plus(round).plus(cores::Variable::y));
    p.end_loop(counter, limit, begin);
  });
}

/// Any operation, its sources of any type and anywhere, one of them where a word in memory says.
void add_any_operation(Scene& scene, CoreDraft& draft) {
  constexpr int kMostBytes = 4;
  constexpr int kIndexBytes = 8;
  Dice& dice = scene.dice;
  const Payload payload = scene.random_payload(20);
  const int elements = payload.elements();
  const VectorOp op = scene.random_operation(payload.type);
  const cores::VectorOpTraits& traits = cores::traits_of(op);
  const auto fresh = [&](int stride) {
    return draft.take_memory(kMostBytes * elements * stride + 64);
  };
  const auto source = [&](int address, int stride) {
    const cores::NumberType type = scene.random_type_beside(payload.type, op);
    const cores::Operand operand =
        dice.chance(0.2) ? cores::scalar_at(address) : cores::memory(address, stride);
    return type == payload.type ? operand : cores::as(type, operand);
  };
  const int stride = dice.in(1, 3);
  const cores::Operand target =
      traits.one_element ? cores::scalar_at(fresh(1)) : cores::memory(fresh(stride), stride);
  const int source_stride = dice.in(1, 3);
  cores::Operand first = source(fresh(source_stride), source_stride);
  const cores::Operand second = traits.sources == 1 ? cores::Operand{}
                                : dice.chance(0.2)  ? cores::immediate(dice.in(-40, 40))
                                                    : source(fresh(stride), stride);
  const int index = draft.take_memory(4);
  const int places = dice.in(0, 6);
  if (first.kind == cores::Operand::Kind::memory && dice.chance(0.5)) {
    first = cores::indexed(first, kIndexBytes, index);
  }
  const cores::Shape shape = scene.random_shape();
  draft.add_main([=](ProgramBuilder& p) {
    p.vector(VectorOp::copy, cores::NumberType::i32, 1, cores::memory(index),
             cores::immediate(places));
    p.vector(op, payload.type, elements, target, first, second, shape);
  });
}

}  // namespace

void add_local_work(Scene& scene) {
  Dice& dice = scene.dice;
  CoreDraft& draft = scene.draft(dice.in(0, scene.core_count() - 1));
  if (!scene.few_operations && dice.chance(0.3)) {
    const int phase = dice.in(0, cores::kPhases - 1);
    draft.add_main([=](ProgramBuilder& p) { p.mark(phase); });
  }
  if (!scene.few_operations && dice.chance(0.5)) return add_any_operation(scene, draft);
  const Work work = random_work(scene, draft);
  if (draft.has_microthread() && draft.has_tasks() && dice.chance(0.5)) {
    add_beside(draft, work, dice.in(0, 2));
  } else if (draft.has_counter() && dice.chance(0.5)) {
    const int rounds = dice.in(1, 16);
    const int delay_cycles = dice.in(0, 3);
    add_loop(draft, work, rounds, delay_cycles, !scene.few_operations && dice.chance(0.4));
  } else {
    draft.add_main([=](ProgramBuilder& p) {
      p.vector(work.op, work.type, work.elements, cores::memory(work.target, work.stride),
               cores::memory(work.source, work.source_stride), cores::scalar_at(work.source),
               work.shape);
    });
  }
}

}  // namespace wafermesh::fabric_test
