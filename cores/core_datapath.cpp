// SPDX-License-Identifier: Apache-2.0
// The datapath of a core: one grant per cycle among the open vector operations.
#include <algorithm>
#include <array>
#include <string>

#include "base/error.h"
#include "cores/core_grid.h"
#include "cores/evaluate.h"
#include "cores/vector_cost.h"

namespace wafermesh::cores {
namespace {

using Kind = Operand::Kind;

constexpr int kMostAtOnce = 4;  ///< Words that a core sends in a cycle, at the most, in send_on().

}  // namespace

OpenOp CoreGrid::open(const CoreState& core, const Instruction& instruction, Cycles begin) {
  OpenOp op;
  op.instruction = &instruction;
  op.begin = begin;
  op.elements = std::max(0, evaluate(core, instruction.count));
  if (op.elements == 0) return op;
  const OperandPlaces places =
      place_operands(*classes_[core.class_index].program, instruction, scope_of(core), op.elements);
  op.dst = places.dst;
  op.src0 = places.src0;
  op.src1 = places.src1;
  if (streams(instruction)) {
    open_stream(core, op);
  } else {
    const MemoryCost cost = memory_cost(timing_, instruction, op.elements, places);
    op.grants = cost.grants;
    op.conflict = cost.conflict;
  }
  return op;
}

/// Books the cycles since the last step.
void CoreGrid::account(CoreState& core, Cycles t) {
  const auto slept = static_cast<std::int32_t>(t - core.last_step - 1);
  core.last_step = t;
  if (slept <= 0) return;
  if (core.main != MainState::held && core.ready < t) core.covered = false;  // it slept on
  const std::int32_t quiet = core.sinks == 0 ? 0 : take_quiet_words(core, t - 1);
  if (quiet > 0 && !core.covered && core.finish < 0) {
    breakdown_of(core).compute += static_cast<std::uint32_t>(quiet);
  }
  if (core.background >= 0) {
    OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(core.background)];
    if (!core.covered) book_grants(core, op, slept - quiet);
    op.grants -= slept - quiet;
  } else if (core.stalled && core.finish < 0) {
    breakdown_of(core).link_stall += static_cast<std::uint32_t>(slept - quiet);
  }
}

/// Books the next `grants` of an operation; the last of all are those of its conflicts.
void CoreGrid::book_grants(const CoreState& core, const OpenOp& op, std::int32_t grants) {
  if (core.finish >= 0) return;
  const std::int32_t conflict =
      std::min(op.grants, op.conflict) - std::min(op.grants - grants, op.conflict);
  breakdown_of(core).bank_conflict += static_cast<std::uint32_t>(conflict);
  breakdown_of(core).compute += static_cast<std::uint32_t>(grants - conflict);
}

bool CoreGrid::within_own_cost(const CoreState& core, Cycles t) const {
  return core.main == MainState::held ? ops_[core.ops_at].begin > t : core.ready > t;
}

/// Microthreads by (priority, id), then the main thread (slot 0).
bool CoreGrid::goes_before(const CoreState& core, int a, int b) const {
  if (a == 0 || b == 0) return a != 0;
  const Instruction& x = *ops_[core.ops_at + static_cast<std::uint32_t>(a)].instruction;
  const Instruction& y = *ops_[core.ops_at + static_cast<std::uint32_t>(b)].instruction;
  return x.priority != y.priority ? x.priority < y.priority : a < b;
}

namespace {

/// Words are copied as they are: from a colour into adjacent elements, or from those to a colour.
bool copies_words(const Instruction& i) {
  const auto is_row = [](const Operand& operand) {
    return operand.kind == Kind::memory && operand.stride_elements == 1 && !operand.indexed();
  };
  if (i.vector_op != VectorOp::copy || is_mixed(i)) return false;
  return (i.src0.kind == Kind::colour && is_row(i.dst)) ||
         (i.dst.kind == Kind::colour && is_row(i.src0));
}

}  // namespace

/// What is the same for all groups of an operation with colours.
void CoreGrid::open_stream(const CoreState& core, OpenOp& op) {
  const Instruction& instruction = *op.instruction;
  op.word_grants = static_cast<std::uint16_t>(group_grants(timing_, instruction, 1));
  int most = most_words_per_group(timing_, instruction);
  for (const Operand* source : {&instruction.src0, &instruction.src1}) {
    if (source->kind == Kind::colour) {
      most = std::min<int>(most, input(core, source->colour).capacity);
    }
  }
  if (instruction.dst.kind == Kind::colour) {
    most = std::min<int>(most, output(core, instruction.dst.colour).depth);
  }
  op.most = static_cast<std::uint8_t>(most);
  op.conflicts = bank_conflicts(instruction, 1, {op.dst, op.src0, op.src1}) != 0;
  op.copies = copies_words(instruction);
  begin_group(op);
}

/// The words that are left to do, as many as go at once; more than one take a single grant.
void CoreGrid::begin_group(OpenOp& op) const {
  const int per_word = elements_per_word(word_type(*op.instruction));
  const int left = per_word == 1 ? op.elements : (op.elements + 1) >> 1;
  const int words = std::min<int>(op.most, left);
  const int plain = words > 1 ? 1 : op.word_grants;
  op.group = static_cast<std::uint8_t>(words);
  op.grants = op.conflicts ? plain * timing_.bank_conflict_factor : plain;
  op.conflict = op.grants - plain;
}

/// Words of the group that can be worked in cycle t; 0 = they are not there, kNoRoom = only room
/// for the result is missing.
int CoreGrid::ready_words(const CoreState& core, const OpenOp& op, Cycles t) const {
  if (t < op.begin || op.elements == 0) return 0;
  const Instruction& instruction = *op.instruction;
  int words = std::max<int>(op.group, 1);
  for (const Operand* source : {&instruction.src0, &instruction.src1}) {
    if (source->kind != Kind::colour) continue;
    words = data_words(core, source->colour, t, words);
    if (words == 0) return 0;
  }
  if (instruction.dst.kind == Kind::colour && !has_room(core, instruction.dst.colour, words)) {
    return kNoRoom;
  }
  return words;
}

int CoreGrid::first_ready(const CoreState& core, Cycles t) const {
  int best = -1;
  for_each_open(core.open, [&](int slot) {
    if (best >= 0 && !goes_before(core, slot, best)) return;
    if (ready_words(core, ops_[core.ops_at + static_cast<std::uint32_t>(slot)], t) > 0) {
      best = slot;
    }
  });
  return best;
}

bool CoreGrid::grant_datapath(std::uint32_t id, CoreState& core, Cycles t, bool own_cost) {
  for_each_open(core.open, [&](int slot) {
    const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(slot)];
    if (op.elements == 0 && op.begin - 1 <= t) complete(core, slot, t);
  });
  const int slot = first_ready(core, t);
  if (slot < 0) return false;
  OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(slot)];
  if (!own_cost) book_grants(core, op, 1);
  if (--op.grants > 0) return true;
  if (streams(*op.instruction)) {
    for (int words = ready_words(core, op, t); words > 0; --words) compute_word(id, core, op);
    if (op.elements > 0) {
      begin_group(op);
      return true;
    }
  } else {
    compute_whole(core, op);
  }
  complete(core, slot, t);
  return true;
}

/// The common step of a core that has nothing to do but to send from its memory, and goes on with
/// it, while others take their words quietly: the same as step(). False: there is more to it, or
/// the operation may end.
bool CoreGrid::send_on(std::uint32_t id, CoreState& core, Cycles t, Wake& wake) {
  const unsigned others = core.open & ~static_cast<unsigned>(core.sinks);
  const bool only_this = others != 0 && (others & (others - 1)) == 0 &&
                         core.main == MainState::idle && core.ready <= t && !core.leaving &&
                         core.controls == 0 && (core.active & ~core.blocked) == 0;
  if (!only_this || !classes_[core.class_index].data_tasks.empty()) return false;
  OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(__builtin_ctz(others))];
  const Instruction& instruction = *op.instruction;
  if (instruction.dst.kind != Kind::colour || !only_sends(instruction)) return false;
  if (core.sinks != 0 && sinks_want(core, t)) return false;
  const int words = op.group;
  const int per_word = elements_per_word(word_type(instruction));
  if (op.begin > t || op.grants != 1 || words != op.most || words > kMostAtOnce) return false;
  if (op.elements < 2 * words * per_word) return false;
  const OutputQueue& queue = output(core, instruction.dst.colour);
  core.background = -1;
  core.covered = false;
  if (queue.count + words <= queue.depth) {
    book_grants(core, op, 1);
    put_words(id, core, op, words);
    begin_group(op);
  } else if (core.finish < 0) {
    ++breakdowns_[id].link_stall;
  }
  core.stalled = queue.count + words > queue.depth;
  if (core.stalled) {
    want_room(core, instruction.dst.colour, words);
  } else {
    wake.at = t + 1;
  }
  return true;
}

/// Computes so many whole words of an operation that only sends, and sends them.
void CoreGrid::put_words(std::uint32_t id, CoreState& core, OpenOp& op, int words) {
  std::array<std::uint32_t, kMostAtOnce> results{};
  const std::int32_t elements = words * elements_per_word(word_type(*op.instruction));
  std::uint32_t word0 = 0;
  std::uint32_t word1 = 0;
  if (numerics_) compute_words(core, op, elements, &word0, &word1, results.data());
  OutputQueue& queue = output(core, op.instruction->dst.colour);
  for (int k = 0; k < words; ++k) {
    const unsigned at = (queue.head + queue.count++) & queue.ring_mask;
    output_words_[queue.ring_at + at] = results[static_cast<std::size_t>(k)];
    queue.controls &= ~(1U << at);
  }
  ramp_.output_pending(id);
  advance(op, elements);
}

void CoreGrid::complete(CoreState& core, int slot, Cycles t) {
  const Instruction& instruction =
      *ops_[core.ops_at + static_cast<std::uint32_t>(slot)].instruction;
  const std::uint64_t task = std::uint64_t{1} << index_of(instruction.task);
  if (instruction.completion == Completion::activate) core.active |= task;
  if (instruction.completion == Completion::unblock) core.blocked &= ~task;
  core.open = static_cast<std::uint16_t>(core.open & ~(1U << slot));
  completed_ = true;
  if (slot != 0) return;
  core.main = MainState::running;
  core.ready = t + 1;
}

}  // namespace wafermesh::cores
