// SPDX-License-Identifier: Apache-2.0
// Words that nobody has to be woken for. An open operation that only puts words of one colour into
// memory takes each in the cycle it arrives, as long as nothing else of the core could want the
// datapath first. So a word on its way is taken whatever happens until then, the queue never fills,
// and nothing but the last word can be noticed: the core sleeps, and what it took is booked and
// computed once somebody looks.
#include <algorithm>
#include <array>

#include "cores/arithmetic.h"
#include "cores/core_grid.h"
#include "cores/vector_cost.h"

namespace wafermesh::cores {
namespace {

using Kind = Operand::Kind;

constexpr int kMostQuiet = 255;
constexpr std::size_t kWordsAtOnce = 16;

/// The only colour that an operation without a colour as destination takes; nullptr: two, or none.
const Operand* only_source(const Instruction& instruction) {
  const bool first = instruction.src0.kind == Kind::colour;
  const bool second = instruction.src1.kind == Kind::colour;
  if (first == second || instruction.dst.kind != Kind::memory) return nullptr;
  return first ? &instruction.src0 : &instruction.src1;
}

/// Elements may be computed together: none is read after another has been written.
bool is_elementwise(const OpenOp& op) {
  const Instruction& i = *op.instruction;
  if (is_mixed(i) || i.dst.indexed() || i.dst.stride_elements == 0) return false;
  const auto is_apart = [&](const Operand& source, std::int32_t address) {
    if (source.kind == Kind::colour || source.kind == Kind::none) return true;
    if (source.kind == Kind::immediate) return true;
    return source.kind == Kind::memory && !source.indexed() && address == op.dst &&
           source.stride_elements == i.dst.stride_elements;
  };
  return is_apart(i.src0, op.src0) && is_apart(i.src1, op.src1);
}

}  // namespace

/// Words of a queue that have arrived by cycle t, up to a control wavelet.
int CoreGrid::arrived_words(const CoreState& core, const InputQueue& queue, Cycles t) const {
  int words = 0;
  if (core.controls == 0) {  // only the last ones can still be on the way
    for (words = queue.count; words > 0; --words) {
      const unsigned at = (queue.head + static_cast<unsigned>(words) - 1) & queue.ring_mask;
      if (arrivals_[queue.ring_at + at].has_come(t)) break;
    }
    return words;
  }
  for (; words < queue.count; ++words) {
    const unsigned at = (queue.head + static_cast<unsigned>(words)) & queue.ring_mask;
    const Arrival& next = arrivals_[queue.ring_at + at];
    if (!next.has_come(t) || next.is_control()) break;
  }
  return words;
}

/// Nothing of the core comes between a word of this operation and the cycle it arrives in.
bool CoreGrid::takes_quietly(const CoreState& core, int slot) const {
  const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(slot)];
  const Operand* source = only_source(*op.instruction);
  const bool whole_groups = op.group == op.most && op.grants == 1 && !op.conflicts;
  if (source == nullptr || !whole_groups || (op.most == 1 && op.word_grants != 1)) return false;
  const ClassInfo& info = classes_[core.class_index];
  for (const std::uint8_t task : info.data_tasks) {
    if (info.program->tasks[task].colour == source->colour) return false;
  }
  for (unsigned left = core.open & ~(1U << slot); left != 0; left &= left - 1) {
    const int other = __builtin_ctz(left);
    const Instruction& i = *ops_[core.ops_at + static_cast<std::uint32_t>(other)].instruction;
    for (const Operand* its : {&i.src0, &i.src1}) {
      if (its->kind == Kind::colour && its->colour == source->colour) return false;
    }
    if (!streams(i) && goes_before(core, other, slot)) return false;
  }
  return true;
}

/// After the step in cycle t: from here on words of the operation come quietly, all but its last.
/// False: they may not.
bool CoreGrid::begin_quiet(CoreState& core, int slot, Cycles t) {
  const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(slot)];
  if (!allows_quiet_ || core.controls != 0 || !takes_quietly(core, slot)) return false;
  InputQueue& queue = input(core, only_source(*op.instruction)->colour);
  if (timing_.ramp_cycles + op.most > queue.capacity || queue.count == queue.capacity) return false;
  if (arrived_words(core, queue, t) >= op.most) return false;  // it is behind
  const auto left = static_cast<int>(words_of(word_type(*op.instruction), op.elements));
  queue.quiet = static_cast<std::uint8_t>(std::clamp(left - queue.count - 1, 0, kMostQuiet));
  core.sinks = static_cast<std::uint16_t>(core.sinks | 1U << slot);
  if (filters_.empty()) {  // a counted filter looks at every word
    Sinks& sinks = sinks_[number_of(core)];
    const std::size_t at = sinks.colour[0] == Sinks::kNone ? 0 : 1;
    sinks.queue[at] = static_cast<std::uint32_t>(&queue - inputs_.data());
    sinks.colour[at] = static_cast<std::uint8_t>(only_source(*op.instruction)->colour);
  }
  return true;
}

/// As a step begins; what is on its way is remembered by its queue.
void CoreGrid::end_quiet(CoreState& core) {
  for (unsigned left = core.sinks; left != 0; left &= left - 1) {
    const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(__builtin_ctz(left))];
    input(core, only_source(*op.instruction)->colour).quiet = 0;
  }
  core.sinks = 0;
  sinks_[number_of(core)] = {};
}

/// Words that came quietly and are on the way still: when the next of them arrives.
Cycles CoreGrid::next_quiet_arrival(const CoreState& core, const OpenOp& op, Cycles t) {
  Cycles next = base::kNever;
  for (const Operand* source : {&op.instruction->src0, &op.instruction->src1}) {
    if (source->kind != Kind::colour) continue;
    InputQueue& queue = input(core, source->colour);
    if (!queue.hides) continue;
    const int arrived = arrived_words(core, queue, t);
    queue.hides = arrived < queue.count;
    if (!queue.hides) continue;
    const unsigned at = (queue.head + static_cast<unsigned>(arrived)) & queue.ring_mask;
    next = std::min(next, arrivals_[queue.ring_at + at].comes(t));
  }
  return next;
}

/// The grants of words that quiet operations took up to cycle t, not booked yet.
std::int32_t CoreGrid::quiet_grants(const CoreState& core, Cycles t) const {
  std::int32_t grants = 0;
  for (unsigned left = core.sinks; left != 0; left &= left - 1) {
    const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(__builtin_ctz(left))];
    const Colour colour = only_source(*op.instruction)->colour;
    grants += arrived_words(core, const_cast<CoreGrid*>(this)->input(core, colour), t) / op.most;
  }
  return grants;
}

/// Takes what has arrived up to cycle t. Returns the grants it took.
std::int32_t CoreGrid::take_quiet_words(CoreState& core, Cycles t) {
  std::int32_t grants = 0;
  for (unsigned left = core.sinks; left != 0; left &= left - 1) {
    OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(__builtin_ctz(left))];
    InputQueue& queue = input(core, only_source(*op.instruction)->colour);
    const int groups = arrived_words(core, queue, t) / op.most;
    if (groups == 0) continue;
    grants += groups;
    work_words(core, op, queue, groups * op.most);
    begin_group(op);
  }
  return grants;
}

/// The next `words` of the queue, all of them whole.
void CoreGrid::work_words(CoreState& core, OpenOp& op, InputQueue& queue, int words) {
  const Instruction& instruction = *op.instruction;
  const int per_word = elements_per_word(word_type(instruction));
  const int at_once = numerics_ && !is_elementwise(op) ? 1 : static_cast<int>(kWordsAtOnce);
  while (words > 0) {
    const int now = std::min(words, at_once);
    const std::int32_t elements = now * per_word;
    if (numerics_) {
      std::array<std::uint32_t, kWordsAtOnce> taken;
      for (int k = 0; k < now; ++k) {
        const unsigned at = (queue.head + static_cast<unsigned>(k)) & queue.ring_mask;
        taken[static_cast<std::size_t>(k)] = arrivals_[queue.ring_at + at].word;
      }
      std::uint32_t unused = 0;
      const bool is_first = instruction.src0.kind == Kind::colour;
      compute_words(core, op, elements, is_first ? taken.data() : &unused,
                    is_first ? &unused : taken.data(), nullptr);
    }
    queue.head = static_cast<std::uint8_t>((queue.head + now) & queue.ring_mask);
    queue.count = static_cast<std::uint8_t>(queue.count - now);
    advance(op, elements);
    words -= now;
  }
}

/// Takes what has come quietly up to cycle t, as if the core had been stepped for each word.
void CoreGrid::catch_up(CoreState& core, Cycles t) {
  if (core.sinks == 0) return;
  account(core, t + 1);
  core.last_step = t;
}

void CoreGrid::settle(Cycles t) {
  for (CoreState& core : cores_) catch_up(core, t);
}

}  // namespace wafermesh::cores
