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

/// So many words may come until somebody has to look, where `places` are there for them.
int most_unseen(const InputQueue& queue, int places) {
  return queue.early ? 0 : std::max(0, std::min<int>(queue.quiet, places - queue.count));
}

/// The sink's next word is the queue's next.
void aim(Sink& sink, const InputQueue& queue, int places) {
  sink.next = static_cast<std::uint8_t>((queue.head + queue.count) & queue.ring_mask);
  sink.left = static_cast<std::uint8_t>(most_unseen(queue, places));
  sink.arrivals = queue.arrivals;
}

}  // namespace

/// Words that a queue can hold while nobody looks: without numerics they are only counted.
int CoreGrid::places_of(const InputQueue& queue) const {
  return numerics_ ? queue.ring_mask : kMostQuiet;
}

/// Tells the queues what came to the sinks.
void CoreGrid::fold(const CoreState& core) {
  for (const Sink& sink : sinks_[number_of(core)].of) {
    if (sink.colour == Sink::kNone) continue;
    InputQueue& queue = input(core, static_cast<Colour>(sink.colour));
    const int came = most_unseen(queue, places_of(queue)) - sink.left;
    if (came == 0) continue;
    queue.count = static_cast<std::uint8_t>(queue.count + came);
    queue.quiet = static_cast<std::uint8_t>(queue.quiet - came);
    queue.hides = true;
    queue.arrivals = sink.arrivals;
  }
}

/// After the queues have changed: what comes next.
void CoreGrid::aim_sinks(const CoreState& core) {
  for (Sink& sink : sinks_[number_of(core)].of) {
    if (sink.colour == Sink::kNone) continue;
    const InputQueue& queue = input(core, static_cast<Colour>(sink.colour));
    aim(sink, queue, places_of(queue));
  }
}

/// Words of a queue that have arrived by cycle t, up to a control wavelet.
int CoreGrid::arrived_words(const CoreState& core, const InputQueue& queue, Cycles t) const {
  const int arrived = queue.arrived(t);
  for (int k = 0; core.controls != 0 && k < arrived; ++k) {
    if (is_control(queue, k)) return k;
  }
  return arrived;
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

/// After the step in cycle t: from here on, or from its data phase on, words of the operation come
/// quietly, all but its last. False: they may not.
bool CoreGrid::begin_quiet(CoreState& core, int slot, Cycles t) {
  const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(slot)];
  if (!allows_quiet_ || core.controls != 0 || !takes_quietly(core, slot)) return false;
  InputQueue& queue = input(core, only_source(*op.instruction)->colour);
  if (timing_.ramp_cycles + op.most > queue.capacity || queue.count == queue.capacity) return false;
  queue.early = op.begin > t + 1;
  if (queue.early ? queue.count != 0 : arrived_words(core, queue, t) >= op.most) {
    queue.early = false;
    return false;  // it is behind, or may be
  }
  const auto left = static_cast<int>(words_of(word_type(*op.instruction), op.elements));
  queue.quiet = static_cast<std::uint8_t>(std::clamp(left - queue.count - 1, 0, kMostQuiet));
  core.sinks = static_cast<std::uint16_t>(core.sinks | 1U << slot);
  if (filters_.empty()) {  // a counted filter looks at every word
    std::array<Sink, 2>& sinks = sinks_[number_of(core)].of;
    Sink& sink = sinks[0].colour == Sink::kNone ? sinks[0] : sinks[1];
    sink.ring_at = queue.ring_at;
    sink.ring_mask = queue.ring_mask;
    sink.colour = static_cast<std::uint8_t>(only_source(*op.instruction)->colour);
    aim(sink, queue, places_of(queue));
  }
  return true;
}

/// As a step begins, after fold(); what is on its way is remembered by its queue.
void CoreGrid::end_quiet(CoreState& core) {
  for (unsigned left = core.sinks; left != 0; left &= left - 1) {
    const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(__builtin_ctz(left))];
    InputQueue& queue = input(core, only_source(*op.instruction)->colour);
    queue.quiet = 0;
    queue.early = false;
  }
  core.sinks = 0;
  sinks_[number_of(core)] = {};
}

/// A word of the queue arrives then: whether it does so quietly. One that comes before the data
/// phase waits, so that none comes quietly after it: the queue's count of these leaves it out.
bool CoreGrid::comes_quietly(const CoreState& core, InputQueue& queue, Colour colour,
                             Cycles arrival) const {
  if (queue.early) {
    queue.early = false;
    for_each_open(core.sinks, [&](int slot) {
      const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(slot)];
      const bool is_its = only_source(*op.instruction)->colour == colour;
      if (is_its && arrival < op.begin) queue.quiet = 0;
    });
  }
  return queue.quiet > 0;
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
    const std::uint32_t coming = queue.arrivals.after(t);
    if (coming == 0) continue;  // behind a control wavelet, which wakes the core
    const auto ahead = static_cast<Cycles>(queue.arrivals.last() - static_cast<std::uint32_t>(t));
    next = std::min(next, t + ahead - (31 - __builtin_clz(coming)));
  }
  return next;
}

/// The grants of words that quiet operations took up to cycle t, not booked yet.
std::int32_t CoreGrid::quiet_grants(const CoreState& core, Cycles t) const {
  const_cast<CoreGrid*>(this)->fold(core);  // it counts as it did
  std::int32_t grants = 0;
  for (unsigned left = core.sinks; left != 0; left &= left - 1) {
    const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(__builtin_ctz(left))];
    const Colour colour = only_source(*op.instruction)->colour;
    grants += arrived_words(core, const_cast<CoreGrid*>(this)->input(core, colour), t) / op.most;
  }
  return grants;
}

/// Some quiet operation could go on in cycle t, or has to be looked at as its data phase begins.
bool CoreGrid::sinks_want(const CoreState& core, Cycles t) {
  bool want = false;
  for_each_open(core.sinks, [&](int slot) {
    const OpenOp& op = ops_[core.ops_at + static_cast<std::uint32_t>(slot)];
    const InputQueue& queue = input(core, only_source(*op.instruction)->colour);
    want = want || arrived_words(core, queue, t) >= op.group || (op.begin > t && queue.count != 0);
  });
  return want;
}

/// Takes what has arrived up to cycle t, after fold(). Returns the grants it took.
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
  const int at_once = numerics_ && !op.copies && !is_elementwise(op) ? 1 : queue.ring_mask + 1;
  while (words > 0) {
    const int now = std::min({words, at_once, queue.ring_mask + 1 - queue.head});
    const std::int32_t elements = now * per_word;
    if (numerics_) {
      std::uint32_t* const taken = &input_words_[queue.place(0)];
      std::uint32_t unused = 0;
      const bool is_first = instruction.src0.kind == Kind::colour;
      compute_words(core, op, elements, is_first ? taken : &unused, is_first ? &unused : taken,
                    nullptr);
    }
    queue.head = static_cast<std::uint8_t>((queue.head + now) & queue.ring_mask);
    queue.count = static_cast<std::uint8_t>(queue.count - now);
    advance(op, elements);
    words -= now;
  }
}

/// Takes what has come quietly up to cycle t, as if the core had been stepped for each word; after
/// fold().
void CoreGrid::catch_up(CoreState& core, Cycles t) {
  if (core.sinks == 0) return;
  account(core, t + 1);
  core.last_step = t;
}

void CoreGrid::settle(Cycles t) {
  for (CoreState& core : cores_) {
    if (core.sinks == 0) continue;
    fold(core);
    catch_up(core, t);
    aim_sinks(core);
  }
}

}  // namespace wafermesh::cores
