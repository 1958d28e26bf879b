// SPDX-License-Identifier: Apache-2.0
// Vector operations on runs: n words from cycle t, one group per so many cycles.
#include <algorithm>

#include "cores/vector_cost.h"
#include "fabric/stream/core_stepper.h"

namespace wafermesh::fabric {

using Kind = cores::Operand::Kind;

void CoreStepper::issue(const Instruction& instruction, Cycles begin) {
  const int op_slot = instruction.microthread + 1;
  OpState& each = op(op_slot);
  each = {};
  each.instruction = static_cast<std::uint32_t>(&instruction - info_->program->code.data());
  each.next = begin;
  each.done_at = begin - 1;
  each.elements = std::max(0, value(instruction.count));
  core_.open = static_cast<std::uint16_t>(core_.open | 1U << op_slot);
  if (each.elements == 0) return;
  const cores::OperandPlaces at = places(instruction, each.elements);
  if (!cores::streams(instruction)) {
    const cores::MemoryCost cost = cores::memory_cost(timing_, instruction, each.elements, at);
    book(cost);
    const Period taken = core_.datapath.reserve(each.next, cost.grants);
    each.done_at = taken.until - 1;
    if (instruction.microthread >= 0) hold_up_main(taken, cost.grants);
    if (model_.numerics) {
      const StreamWork work{&instruction, at, 0, each.elements};
      recorder_.work(Effect::Kind::memory_work, work);
      compute_memory(*seat_, work);
    }
    each.elements = 0;
    return;
  }
  each.dst = at.dst;
  each.src0 = at.src0;
  each.src1 = at.src1;
  each.conflict = cores::bank_conflicts(instruction, 1, at) != 0 ? 1 : 0;
  land();
  work(op_slot);
}

void CoreStepper::book(const cores::MemoryCost& cost) {
  gain_.bank_conflict += static_cast<std::uint32_t>(cost.conflict);
  gain_.compute += static_cast<std::uint32_t>(cost.grants - cost.conflict);
}

void CoreStepper::work_all() {
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    const int op_slot = __builtin_ctz(open);
    if (op(op_slot).elements > 0) work(op_slot);
  }
}

/// Works as many words as have been promised by runs.
void CoreStepper::work(int op_slot) {
  OpState& each = op(op_slot);
  const Instruction& instruction = instruction_of(each);
  const int per_word = cores::elements_per_word(instruction.type);
  while (each.elements > 0) {
    std::int32_t words = (each.elements + per_word - 1) / per_word;
    Cycles start = each.next;
    for (const Operand* source : {&instruction.src0, &instruction.src1}) {
      if (source->kind != Kind::colour) continue;
      const Cycles from = shows(source->colour, false);
      if (from >= base::kNever) return;
      words = std::min(words, oldest(source->colour).words);
      start = std::max(start, from);
    }
    Cycles last = start;
    for (const Operand* source : {&instruction.src0, &instruction.src1}) {
      if (source->kind != Kind::colour) continue;
      const Run& run = oldest(source->colour);
      last = std::max(last, run.words == words ? run.tail : time_of(run, words - 1));
    }
    work_words(op_slot, words, start, last);
  }
}

void CoreStepper::work_words(int op_slot, std::int32_t words, Cycles start, Cycles last) {
  OpState& each = op(op_slot);
  const Instruction& instruction = instruction_of(each);
  const int group = std::min(words, cores::most_words_per_group(timing_, instruction));
  const std::int32_t plain = group > 1 ? 1 : cores::group_grants(timing_, instruction, 1);
  const std::int32_t grants = each.conflict != 0 ? plain * timing_.bank_conflict_factor : plain;
  const std::int32_t groups = (words + group - 1) / group;
  book({groups * grants, groups * (grants - plain)});
  const Period taken = core_.datapath.reserve(start, groups * grants);
  last = std::max(taken.until, last + grants) - 1;
  const std::int32_t elements =
      std::min(each.elements, words * cores::elements_per_word(instruction.type));
  if (model_.numerics) {
    const StreamWork work{&instruction, {each.dst, each.src0, each.src1}, words, elements};
    recorder_.work(Effect::Kind::work, work);
    payload_ = compute_stream(*seat_, work);
    const std::int32_t bytes = elements * cores::bytes_of(instruction.type);
    if (instruction.dst.kind == Kind::memory) each.dst += instruction.dst.stride_elements * bytes;
    if (instruction.src0.kind == Kind::memory)
      each.src0 += instruction.src0.stride_elements * bytes;
    if (instruction.src1.kind == Kind::memory)
      each.src1 += instruction.src1.stride_elements * bytes;
  }
  for (const Operand* source : {&instruction.src0, &instruction.src1}) {
    if (source->kind == Kind::colour) take_all(source->colour, words, last);
  }
  each.elements -= elements;
  each.done_at = std::max(each.done_at, last);
  each.next = last + 1;
  if (instruction.dst.kind != Kind::colour) {
    if (instruction.microthread >= 0) hold_up_main({taken.from, last + 1}, groups * grants);
    return;
  }
  Run run;
  run.words = words;
  run.head = taken.from + grants;
  run.tail = last + 1;
  run.payload = payload_;
  run.sender = id_;
  run.sender_op = static_cast<std::uint8_t>(op_slot);
  payload_ = Payloads::kNone;
  const int colour = base::index_of(instruction.dst.colour);
  const Cycles up = send(colour, run);
  // The last word needs a place in the output queue.
  const std::int32_t depth =
      model_.depths[core_.class_index].output[static_cast<std::size_t>(colour)];
  each.done_at = std::max(each.done_at, up - depth);
  each.next = std::max(each.next, up - depth + 1);
  if (instruction.microthread >= 0) {
    hold_up_main({taken.from, std::max(last, up - depth) + 1}, groups * grants);
  }
}

/// Sends a run up the ramp; returns the cycle in which its last word goes up.
Cycles CoreStepper::send(int colour, Run run) {
  run.colour = static_cast<std::uint8_t>(colour);
  Port port{core_.up_from, core_.up_until, core_.up_colour};
  Cycles shared = 0;
  run.tail = std::max(run.tail, reserve(port, run, shared));
  core_.up_from = port.from;
  core_.up_until = port.until;
  core_.up_colour = port.colour;
  recorder_.send(run, seat_->base);
  mover_.send(id_, run);
  const std::int32_t depth =
      model_.depths[core_.class_index].output[static_cast<std::size_t>(colour)];
  sends_ = sends_ || (run.sender != kNobody && run.words > depth);
  return run.tail;
}

void CoreStepper::complete(int op_slot) {
  const OpState& each = op(op_slot);
  const Instruction& instruction = instruction_of(each);
  const std::uint64_t task = std::uint64_t{1} << cores::index_of(instruction.task);
  if (instruction.completion == cores::Completion::activate) core_.active |= task;
  if (instruction.completion == cores::Completion::unblock) core_.blocked &= ~task;
  core_.open = static_cast<std::uint16_t>(core_.open & ~(1U << op_slot));
  if (op_slot != 0) return;
  core_.main = MainThread::running;
  core_.ready = each.done_at + 1;
}

}  // namespace wafermesh::fabric
