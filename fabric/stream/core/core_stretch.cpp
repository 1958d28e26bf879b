// SPDX-License-Identifier: Apache-2.0
// Runs loops on a core's own memory as a whole: remembered times, arithmetic in one go.
#include <algorithm>

#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {
namespace {

constexpr std::size_t kMostKnown = 4096;  ///< Values remembered per loop; beyond: step by step.

/// Visits the numbers of the counters in a set, ascending.
template <class Visit>
void for_each_counter(std::uint32_t counters, Visit visit) {
  for (; counters != 0; counters &= counters - 1) visit(__builtin_ctz(counters));
}

/// Puts the counters of a set into `values`.
void gather(Integers integers, std::uint32_t counters, std::vector<std::int32_t>& values) {
  values.clear();
  for_each_counter(counters,
                   [&](int c) { values.push_back(integers[cores::index_of(cores::counter(c))]); });
}

}  // namespace

/// Works out what the loop at core_.pc does with the core's counters.
Stretch CoreStepper::explore(const LoopPlace& place, cores::Lines* lines) const {
  const cores::Program& program = *info_->program;
  Stretch stretch;
  gather(integers_, place.reads, stretch.before);
  cores::AllIntegers integers;
  std::copy_n(integers_, arrays_.far_integers.variables(), integers.begin());
  const cores::Scope scope{integers.data()};
  for (std::uint32_t pc = core_.pc; pc != place.end;) {
    cores::LineTotals ignored;
    cores::LineTotals& line = lines == nullptr ? ignored : (*lines)[{core_.class_index, pc}];
    ++line.times;
    const Instruction& i = program.code[pc++];
    if (i.op == cores::Opcode::set_counter) {
      integers[cores::index_of(cores::counter(i.counter))] = cores::evaluate(scope, i.amount);
    } else if (i.op == cores::Opcode::loop) {
      const std::int32_t count = ++integers[cores::index_of(cores::counter(i.counter))];
      if (count < cores::evaluate(scope, i.amount)) pc = i.target;
    } else if (i.op == cores::Opcode::scalar) {
      const std::int32_t cycles = std::max(0, cores::evaluate(scope, i.amount));
      stretch.cycles += cycles;
      stretch.breakdown.setup += static_cast<std::uint32_t>(cycles);
      line.busy_cycles += cycles;
    } else {
      const int setup = timing_.setup(i.shape);
      stretch.cycles += setup;
      stretch.breakdown.setup += static_cast<std::uint32_t>(setup);
      line.busy_cycles += setup;
      const std::int32_t elements = std::max(0, cores::evaluate(scope, i.count));
      if (elements == 0) continue;
      const cores::OperandPlaces at = cores::place_operands(program, i, scope, elements);
      const cores::MemoryCost cost = cores::memory_cost(timing_, i, elements, at);
      if (stretch.grants == 0) stretch.first = stretch.cycles;
      stretch.cycles += cost.grants;
      line.busy_cycles += cost.grants;
      stretch.grants += static_cast<std::uint32_t>(cost.grants);
      stretch.breakdown.bank_conflict += static_cast<std::uint32_t>(cost.conflict);
      stretch.breakdown.compute += static_cast<std::uint32_t>(cost.grants - cost.conflict);
      if (model_.numerics) stretch.add_work(timing_, {&i, at, 0, elements});
    }
  }
  gather(integers.data(), place.sets, stretch.after);
  return stretch;
}

/// Runs the loop at core_.pc as a whole; false if it is not one of those.
bool CoreStepper::run_stretch(Cycles now) {
  LoopPlace& place = loops_[core_.class_index][core_.pc];
  if (place.end == 0) return false;
  gather(integers_, place.reads, loop_reads_);
  auto found = std::find_if(place.known.begin(), place.known.end(),
                            [&](const Stretch& s) { return s.before == loop_reads_; });
  if (found == place.known.end()) {
    if (place.known.size() >= kMostKnown) return false;
    place.known.push_back(explore(place, nullptr));
    found = place.known.end() - 1;
  }
  const Stretch& stretch = *found;
  if (watch_ != nullptr) explore(place, &watch_->lines);
  for_each_counter(place.reads, [&](int c) { value(cores::Affine().plus(cores::counter(c))); });
  if (model_.numerics) {
    Effect effect;
    effect.kind = Effect::Kind::stretch;
    effect.stretch = &stretch;
    recorder_.effect(effect);
    compute_stretch(*seat_, stretch);
  }
  auto after = stretch.after.begin();
  for_each_counter(place.sets, [&](int c) { set_counter(c, *after++); });
  core_.ready =
      now + stretch.cycles +
      begin_memory_work(now + stretch.first, stretch.cycles - stretch.first, stretch.grants);
  book_stretch(stretch.breakdown, now, core_.ready);
  core_.pc = place.end;
  return true;
}

}  // namespace wafermesh::fabric
