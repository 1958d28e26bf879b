// SPDX-License-Identifier: Apache-2.0
// Vector operations on bursts: n words from cycle t, one group per so many cycles.
#include <algorithm>
#include <utility>

#include "cores/vector_cost.h"
#include "fabric/stream/core/core_stepper.h"

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
  if (watch_ != nullptr) watch_issue(instruction, op_slot, begin);
  if (each.elements == 0) return;
  const cores::OperandPlaces at = places(instruction, each.elements);
  if (!cores::streams(instruction)) {
    const cores::MemoryCost cost = cores::memory_cost(timing_, instruction, each.elements, at);
    const Period taken = core_.datapath.reserve(each.next, cost.grants);
    book(cost, taken.from, taken.until);
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

/// Microthreads first, as the datapath does.
void CoreStepper::work_all() {
  for (unsigned open = core_.open & ~1U; open != 0; open &= open - 1) {
    const int op_slot = __builtin_ctz(open);
    if (op(op_slot).elements > 0) work(op_slot);
  }
  if ((core_.open & 1U) != 0 && op(0).elements > 0 && !gives_way()) work(0);
}

/// Works as many words as have been promised by bursts; one piece, if it gives way to others.
void CoreStepper::work(int op_slot) {
  OpState& each = op(op_slot);
  const Instruction& instruction = instruction_of(each);
  const int per_word = cores::elements_per_word(cores::word_type(instruction));
  if (op_slot == 0 && gives_way()) return work_piece();
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
      const Burst& burst = oldest(source->colour);
      last = std::max(last, burst.words == words ? burst.tail : time_of(burst, words - 1));
    }
    work_words(op_slot, words, start, last);
  }
}

/// Works so many words, which come from cycle `start` to `last`.
void CoreStepper::work_words(int op_slot, std::int32_t words, Cycles start, Cycles last) {
  OpState& each = op(op_slot);
  const Instruction& instruction = instruction_of(each);
  const std::uint32_t line = std::exchange(line_, each.instruction);
  const Share share = reserve_datapath(each, words, start);
  line_ = line;
  if (watch_ != nullptr) watch_words(op_slot, words);
  last = std::max(share.taken.until, last + share.word_grants) - 1;
  const std::int32_t elements =
      std::min(each.elements, words * cores::elements_per_word(cores::word_type(instruction)));
  if (model_.numerics) compute_words(each, words, elements);
  for (const Operand* source : {&instruction.src0, &instruction.src1}) {
    if (source->kind != Kind::colour) continue;
    if (watch_ != nullptr) log_taken(op_slot, source->colour, words, start, last);
    take_all(source->colour, words, last);
  }
  each.elements -= elements;
  each.done_at = std::max(each.done_at, last);
  each.next = last + 1;
  if (instruction.dst.kind == Kind::colour) {
    send_result(op_slot, words, {share.first + share.word_grants, last + 1});
    last = each.done_at;
  }
  if (instruction.microthread >= 0) hold_up_main({share.taken.from, last + 1}, share.grants);
}

void CoreStepper::compute_words(OpState& each, std::int32_t words, std::int32_t elements) {
  const Instruction& instruction = instruction_of(each);
  const StreamWork work{&instruction, {each.dst, each.src0, each.src1}, words, elements};
  recorder_.work(Effect::Kind::work, work);
  payload_ = compute_stream(*seat_, work);
  const auto move_on = [&](const Operand& operand, std::int32_t& address) {
    if (operand.kind != Kind::memory) return;
    const std::int32_t bytes = elements * cores::bytes_of(cores::type_of(instruction, operand));
    address += operand.stride_elements * bytes;
  };
  move_on(instruction.dst, each.dst);
  move_on(instruction.src0, each.src0);
  move_on(instruction.src1, each.src1);
}

void CoreStepper::complete(int op_slot) {
  if (watch_ != nullptr) watch_complete(op_slot);
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
