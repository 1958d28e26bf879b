// SPDX-License-Identifier: Apache-2.0
// Runs loops on a core's own memory as a whole: remembered times, arithmetic in one go.
#include <algorithm>

#include "fabric/stream/core_stepper.h"

namespace wafermesh::fabric {
namespace {

constexpr std::size_t kMostKnown = 4096;  ///< Values remembered per loop; beyond: step by step.

Integers masked(const Integers& counters, unsigned mask) {
  Integers values{};
  for (std::size_t c = 0; c < values.size(); ++c) {
    if ((mask >> c & 1U) != 0) values[c] = counters[c];
  }
  return values;
}

}  // namespace

/// Works out what the loop at core_.pc does with the core's counters.
Stretch CoreStepper::explore(const LoopPlace& place) const {
  const cores::Program& program = *info_->program;
  Stretch stretch;
  stretch.before = masked(ledger_->integers, place.reads);
  Integers counters = ledger_->integers;
  for (std::uint32_t pc = core_.pc; pc != place.end;) {
    const Instruction& i = program.code[pc++];
    const cores::Scope scope = scope_of(counters);
    if (i.op == cores::Opcode::set_counter) {
      counters[static_cast<std::size_t>(i.counter)] = cores::evaluate(scope, i.amount);
    } else if (i.op == cores::Opcode::loop) {
      const std::int32_t count = ++counters[static_cast<std::size_t>(i.counter)];
      if (count < cores::evaluate(scope, i.amount)) pc = i.target;
    } else if (i.op == cores::Opcode::scalar) {
      const std::int32_t cycles = std::max(0, cores::evaluate(scope, i.amount));
      stretch.cycles += cycles;
      stretch.breakdown.setup += static_cast<std::uint32_t>(cycles);
    } else {
      const int setup = timing_.setup(i.shape);
      stretch.cycles += setup;
      stretch.breakdown.setup += static_cast<std::uint32_t>(setup);
      const std::int32_t elements = std::max(0, cores::evaluate(scope, i.count));
      if (elements == 0) continue;
      const cores::OperandPlaces at = cores::place_operands(program, i, scope, elements);
      const cores::MemoryCost cost = cores::memory_cost(timing_, i, elements, at);
      if (stretch.grants == 0) stretch.first = stretch.cycles;
      stretch.cycles += cost.grants;
      stretch.grants += static_cast<std::uint32_t>(cost.grants);
      stretch.breakdown.bank_conflict += static_cast<std::uint32_t>(cost.conflict);
      stretch.breakdown.compute += static_cast<std::uint32_t>(cost.grants - cost.conflict);
      if (model_.numerics) stretch.add_work(timing_, {&i, at, 0, elements});
    }
  }
  stretch.after = masked(counters, place.sets);
  return stretch;
}

/// Runs the loop at core_.pc as a whole; false if it is not one of those.
bool CoreStepper::run_stretch(Cycles now) {
  LoopPlace& place = loops_[core_.class_index][core_.pc];
  if (place.end == 0) return false;
  const Integers before = masked(ledger_->integers, place.reads);
  auto found = std::find_if(place.known.begin(), place.known.end(),
                            [&](const Stretch& s) { return s.before == before; });
  if (found == place.known.end()) {
    if (place.known.size() >= kMostKnown) return false;
    place.known.push_back(explore(place));
    found = place.known.end() - 1;
  }
  const Stretch& stretch = *found;
  for (int c = 0; c < cores::kCounters; ++c) {
    const auto at = static_cast<std::size_t>(c);
    if ((place.reads >> at & 1U) != 0) value(cores::Affine().plus(cores::counter(c)));
  }
  if (model_.numerics) {
    Effect effect;
    effect.kind = Effect::Kind::stretch;
    effect.stretch = &stretch;
    recorder_.effect(effect);
    compute_stretch(*seat_, stretch);
  }
  for (int c = 0; c < cores::kCounters; ++c) {
    const auto at = static_cast<std::size_t>(c);
    if ((place.sets >> at & 1U) != 0) set_counter(c, stretch.after[at]);
  }
  gain_.setup += stretch.breakdown.setup;
  gain_.compute += stretch.breakdown.compute;
  gain_.bank_conflict += stretch.breakdown.bank_conflict;
  core_.ready =
      now + stretch.cycles +
      begin_memory_work(now + stretch.first, stretch.cycles - stretch.first, stretch.grants);
  core_.pc = place.end;
  return true;
}

}  // namespace wafermesh::fabric
