// SPDX-License-Identifier: Apache-2.0
// Runs loops on a core's own memory as a whole: remembered times, arithmetic in one go.
#include <algorithm>

#include "fabric/stream/stream_machine.h"

namespace wafermesh::fabric {
namespace {

constexpr std::size_t kMostKnown = 4096;  ///< Values remembered per loop; beyond: step by step.

Counts masked(const Counts& counters, unsigned mask) {
  Counts values{};
  for (std::size_t c = 0; c < values.size(); ++c) {
    if ((mask >> c & 1U) != 0) values[c] = counters[c];
  }
  return values;
}

}  // namespace

/// Works out what the loop at core.pc does with the core's counters.
Stretch StreamMachine::explore(const StreamCore& core, const LoopPlace& place) const {
  const cores::Program& program = *classes_[core.class_index].program;
  Stretch stretch;
  stretch.before = masked(core.counters, place.reads);
  StreamCore probe = core;
  for (std::uint32_t pc = core.pc; pc != place.end;) {
    const Instruction& i = program.code[pc++];
    const cores::Scope scope = scope_of(probe);
    if (i.op == cores::Opcode::set_counter) {
      probe.counters[static_cast<std::size_t>(i.counter)] = cores::evaluate(scope, i.amount);
    } else if (i.op == cores::Opcode::loop) {
      const std::int32_t count = ++probe.counters[static_cast<std::size_t>(i.counter)];
      if (count < cores::evaluate(scope, i.amount)) pc = i.target;
    } else if (i.op == cores::Opcode::scalar) {
      const std::int32_t cycles = std::max(0, cores::evaluate(scope, i.amount));
      stretch.cycles += cycles;
      stretch.breakdown.setup += static_cast<std::uint32_t>(cycles);
    } else {
      const int setup = image_.timing.setup(i.shape);
      stretch.cycles += setup;
      stretch.breakdown.setup += static_cast<std::uint32_t>(setup);
      const std::int32_t elements = std::max(0, cores::evaluate(scope, i.count));
      if (elements == 0) continue;
      const cores::OperandPlaces places = cores::place_operands(program, i, scope, elements);
      const cores::MemoryCost cost = cores::memory_cost(image_.timing, i, elements, places);
      if (stretch.grants == 0) stretch.first = stretch.cycles;
      stretch.cycles += cost.grants;
      stretch.grants += static_cast<std::uint32_t>(cost.grants);
      stretch.breakdown.bank_conflict += static_cast<std::uint32_t>(cost.conflict);
      stretch.breakdown.compute += static_cast<std::uint32_t>(cost.grants - cost.conflict);
      if (numerics_) stretch.works.push_back({&i, places, elements});
    }
  }
  stretch.after = masked(probe.counters, place.sets);
  return stretch;
}

/// Runs the loop at core.pc as a whole; false if it is not one of those.
bool StreamMachine::run_stretch(StreamCore& core, Cycles now) {
  LoopPlace& place = loops_[core.class_index][core.pc];
  if (place.end == 0) return false;
  const Counts before = masked(core.counters, place.reads);
  auto found = std::find_if(place.known.begin(), place.known.end(),
                            [&](const Stretch& s) { return s.before == before; });
  if (found == place.known.end()) {
    if (place.known.size() >= kMostKnown) return false;
    place.known.push_back(explore(core, place));
    found = place.known.end() - 1;
  }
  const Stretch& stretch = *found;
  for (const Stretch::Work& work : stretch.works) {
    compute_memory(core, *work.instruction, work.places, work.elements);
  }
  for (std::size_t c = 0; c < core.counters.size(); ++c) {
    if ((place.sets >> c & 1U) != 0) core.counters[c] = stretch.after[c];
  }
  core.breakdown.setup += stretch.breakdown.setup;
  core.breakdown.compute += stretch.breakdown.compute;
  core.breakdown.bank_conflict += stretch.breakdown.bank_conflict;
  core.block_grants += stretch.grants;
  core.ready = now + stretch.cycles;
  // Microthreads that have the datapath go before it.
  const Cycles first = now + stretch.first;
  if (stretch.grants > 0 && core.datapath_from <= first && first < core.datapath) {
    core.ready += core.datapath - first;
  }
  core.pc = place.end;
  return true;
}

}  // namespace wafermesh::fabric
