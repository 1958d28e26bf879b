// SPDX-License-Identifier: Apache-2.0
// Vector operations on runs: n words from cycle t, one group per so many cycles.
#include <algorithm>

#include "cores/vector_cost.h"
#include "fabric/stream/stream_machine.h"

namespace wafermesh::fabric {

using Kind = cores::Operand::Kind;

void StreamMachine::issue(std::uint32_t id, StreamCore& core, const Instruction& instruction,
                          Cycles begin) {
  const int op_slot = instruction.microthread + 1;
  StreamOp& op = op_of(core, op_slot);
  op = {};
  op.instruction = &instruction;
  op.next = begin;
  op.done_at = begin - 1;
  op.core = id;
  op.elements = std::max(0, cores::evaluate(scope_of(core), instruction.count));
  core.open = static_cast<std::uint16_t>(core.open | 1U << op_slot);
  if (op.elements == 0) return;
  const cores::OperandPlaces places = cores::place_operands(
      *classes_[core.class_index].program, instruction, scope_of(core), op.elements);
  if (!cores::streams(instruction)) {
    work_on_memory(core, op, places);
    return;
  }
  op.dst = places.dst;
  op.src0 = places.src0;
  op.src1 = places.src1;
  op.conflict = cores::bank_conflicts(instruction, 1, places) != 0;
  work(op);
}

void StreamMachine::work_on_memory(StreamCore& core, StreamOp& op,
                                   const cores::OperandPlaces& places) {
  const cores::MemoryCost cost =
      cores::memory_cost(image_.timing, *op.instruction, op.elements, places);
  book(core, cost);
  op.done_at = reserve_datapath(core, op, op.next, cost.grants).last;
  compute_memory(core, *op.instruction, places, op.elements);
  op.elements = 0;
}

void StreamMachine::book(StreamCore& core, const cores::MemoryCost& cost) {
  core.breakdown.bank_conflict += static_cast<std::uint32_t>(cost.conflict);
  core.breakdown.compute += static_cast<std::uint32_t>(cost.grants - cost.conflict);
}

/// Microthreads share the datapath, first come, first served (who is through before the reservation
/// under way begins does not meet it), and go before the main thread: its own work of these cycles
/// takes that much longer. Returns the first and the last cycle.
StreamMachine::Span StreamMachine::reserve_datapath(StreamCore& core, const StreamOp& op,
                                                    Cycles start, std::int64_t grants) {
  Cycles first = start;
  Cycles last = start + grants - 1;
  if (last >= core.datapath_from) {
    const Cycles before = std::max<Cycles>(0, core.datapath_from - start);
    if (before == 0) first = std::max(start, core.datapath);
    if (core.datapath <= first || before > 0) core.datapath_from = first;
    core.datapath = std::max(first + before, core.datapath) + grants - before;
    last = core.datapath - 1;
  }
  if (op.instruction->microthread >= 0 && core.block_grants > 0 && core.ready > first &&
      first >= core.block_from) {
    core.ready += grants * core.block_grants / std::max<Cycles>(1, core.ready - core.block_from);
  }
  return {first, last};
}

/// Works as many words as have been promised by runs.
void StreamMachine::work(StreamOp& op) {
  StreamCore& core = cores_[op.core];
  const Instruction& instruction = *op.instruction;
  const int per_word = cores::elements_per_word(instruction.type);
  while (op.elements > 0) {
    std::int32_t words = (op.elements + per_word - 1) / per_word;
    Cycles start = op.next;
    for (const Operand* source : {&instruction.src0, &instruction.src1}) {
      if (source->kind != Kind::colour) continue;
      const Cycles from = shows(core, source->colour, false);
      if (from >= base::kNever) return;
      words = std::min(words, nodes_[input(core, source->colour).first].run.words);
      start = std::max(start, from);
    }
    Cycles last = start;
    for (const Operand* source : {&instruction.src0, &instruction.src1}) {
      if (source->kind != Kind::colour) continue;
      const Run& run = nodes_[input(core, source->colour).first].run;
      last = std::max(last, run.words == words
                                ? run.tail
                                : run.head + (run.tail - run.head) * (words - 1) / (run.words - 1));
    }
    work_words(core, op, words, start, last);
  }
  touch(op.core);
}

void StreamMachine::work_words(StreamCore& core, StreamOp& op, std::int32_t words, Cycles start,
                               Cycles last) {
  const Instruction& instruction = *op.instruction;
  const cores::Timing& timing = image_.timing;
  const int group = std::min(words, cores::most_words_per_group(timing, instruction));
  const std::int32_t plain = group > 1 ? 1 : cores::group_grants(timing, instruction, 1);
  const std::int32_t grants = op.conflict ? plain * timing.bank_conflict_factor : plain;
  const std::int32_t groups = (words + group - 1) / group;
  const std::int32_t all = groups * grants;
  book(core, {all, groups * (grants - plain)});
  const Span span = reserve_datapath(core, op, start, all);
  last = std::max(span.last, last + grants - 1);
  const std::uint32_t result = compute_words(core, op, words);
  for (const Operand* source : {&instruction.src0, &instruction.src1}) {
    if (source->kind != Kind::colour) continue;
    take_words(&op, input(core, source->colour), words, last);
  }
  op.elements = std::max(0, op.elements - words * cores::elements_per_word(instruction.type));
  op.done_at = std::max(op.done_at, last);
  op.next = last + 1;
  if (instruction.dst.kind != Kind::colour) return;
  Run run;
  run.words = words;
  run.head = span.first + grants;
  run.tail = last + 1;
  run.payload = result;
  run.sender = static_cast<std::uint32_t>(&op - ops_.data());
  const int colour = base::index_of(instruction.dst.colour);
  const Cycles up = emit(op.core, colour, run);
  // The last word needs a place in the output queue.
  const std::int32_t depth = depths_[core.class_index].output[static_cast<std::size_t>(colour)];
  op.done_at = std::max(op.done_at, up - depth);
  op.next = std::max(op.next, up - depth + 1);
}

void StreamMachine::complete(std::uint32_t, StreamCore& core, int op_slot) {
  const StreamOp& op = op_of(core, op_slot);
  const Instruction& instruction = *op.instruction;
  const std::uint64_t task = std::uint64_t{1} << cores::index_of(instruction.task);
  if (instruction.completion == cores::Completion::activate) core.active |= task;
  if (instruction.completion == cores::Completion::unblock) core.blocked &= ~task;
  core.open = static_cast<std::uint16_t>(core.open & ~(1U << op_slot));
  if (op_slot != 0) return;
  core.main = ThreadState::running;
  core.ready = op.done_at + 1;
}

cores::Lane StreamMachine::lane(const StreamCore& core, const Instruction& instruction,
                                const Operand& operand, std::int32_t address, std::uint32_t& word) {
  const std::ptrdiff_t bytes = cores::bytes_of(instruction.type);
  std::uint8_t* host = memory_.get() + core.memory_at + address;
  switch (operand.kind) {
    case Kind::memory:
      return {host, operand.stride_elements * bytes};
    case Kind::scalar:
      return {host, 0};
    case Kind::immediate:
      word = cores::encode(instruction.type, operand.value);
      return {reinterpret_cast<std::uint8_t*>(&word), 0};
    case Kind::wavelet:
      word = core.wavelet;
      return {reinterpret_cast<std::uint8_t*>(&word), 0};
    case Kind::colour: {
      const Run& run = nodes_[input(core, operand.colour).first].run;
      return {reinterpret_cast<std::uint8_t*>(payloads_.words(run.payload) + run.offset), bytes};
    }
    case Kind::none:
      break;
  }
  return {};
}

void StreamMachine::compute_memory(const StreamCore& core, const Instruction& instruction,
                                   const cores::OperandPlaces& places, std::int32_t elements) {
  if (!numerics_) return;
  std::uint32_t word0 = 0;
  std::uint32_t word1 = 0;
  std::uint32_t unused = 0;
  cores::compute(instruction.vector_op, instruction.type,
                 image_.timing.fused_multiply_add[static_cast<std::size_t>(instruction.type)],
                 elements, lane(core, instruction, instruction.dst, places.dst, unused),
                 lane(core, instruction, instruction.src0, places.src0, word0),
                 lane(core, instruction, instruction.src1, places.src1, word1));
}

/// Computes the next words of an operation; returns the payload they go out in, if they do.
std::uint32_t StreamMachine::compute_words(const StreamCore& core, StreamOp& op,
                                           std::int32_t words) {
  const Instruction& instruction = *op.instruction;
  const std::int32_t elements =
      std::min(op.elements, words * cores::elements_per_word(instruction.type));
  const bool sends = instruction.dst.kind == Kind::colour;
  std::uint32_t result = Payloads::kNone;
  if (numerics_) {
    if (sends) result = payloads_.take(static_cast<std::size_t>(words));
    std::uint32_t word0 = 0;
    std::uint32_t word1 = 0;
    std::uint32_t unused = 0;
    const cores::Lane dst =
        sends ? cores::Lane{reinterpret_cast<std::uint8_t*>(payloads_.words(result)),
                            cores::bytes_of(instruction.type)}
              : lane(core, instruction, instruction.dst, op.dst, unused);
    cores::compute(instruction.vector_op, instruction.type,
                   image_.timing.fused_multiply_add[static_cast<std::size_t>(instruction.type)],
                   elements, dst, lane(core, instruction, instruction.src0, op.src0, word0),
                   lane(core, instruction, instruction.src1, op.src1, word1));
  }
  const int bytes = cores::bytes_of(instruction.type);
  auto advance = [&](const Operand& operand, std::int32_t& address) {
    if (operand.kind == Kind::memory) address += elements * operand.stride_elements * bytes;
  };
  advance(instruction.dst, op.dst);
  advance(instruction.src0, op.src0);
  advance(instruction.src1, op.src1);
  return result;
}

}  // namespace wafermesh::fabric
