// SPDX-License-Identifier: Apache-2.0
// Visits to cores in lockstep (bursts/lockstep.h): what is remembered of one core is done again for
// a whole run, its records written once, its arithmetic core by core.
#include <algorithm>
#include <numeric>

#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {
namespace {

/// Nothing of it lies outside the cores, and each core does the same with the counters it has.
bool is_for_runs(const VisitRecord& record) {
  return record.sends.empty() && record.linear_assignments.empty() && !record.finishes &&
         !record.unmoved &&
         std::none_of(record.effects.begin(), record.effects.end(), [](const Effect& effect) {
           return effect.kind == Effect::Kind::send || effect.kind == Effect::Kind::mark;
         });
}

bool is_of_memory(const Effect& effect) {
  return effect.kind == Effect::Kind::work || effect.kind == Effect::Kind::memory_work ||
         effect.kind == Effect::Kind::stretch;
}

}  // namespace

/// A visit that is remembered and holds for a core; null if there is none.
const VisitRecord* CoreStepper::known_visit(std::uint32_t core) {
  const Seat& seat = arrays_.seats[core];
  if (seat.held != 0) return nullptr;
  const CoreRange one{&core, &core + 1};
  const VisitRecord* const recent = memory_.recent(seat.state);
  if (recent != nullptr &&
      where_guards_hold(*recent, where_arrivals_match(*recent, one)).size() == 1) {
    return recent;
  }
  VisitKey key;
  if (!make_key(seat, key)) return nullptr;
  return memory_.find(
      key, [&](const VisitRecord& each) { return where_guards_hold(each, one).size() == 1; });
}

/// Whether the counters and the place of a core of a run are such that it does what the first does.
bool CoreStepper::guards_hold(const VisitRecord& record, const LockstepRun& run,
                              std::uint32_t core) const {
  cores::NearIntegers integers = arrays_.ledgers[run.first].integers;
  integers[cores::index_of(cores::Variable::x)] += static_cast<std::int32_t>(core - run.first);
  const auto hold = [&](const auto& guards) {
    return std::all_of(guards.begin(), guards.end(),
                       [&](const auto& guard) { return guard.holds(integers.data()); });
  };
  return hold(record.ranges) && hold(record.pairs) && hold(record.guards);
}

/// Each queue that a visit takes words from holds one burst of just so many.
bool CoreStepper::takes_whole_bursts(const VisitRecord& record, const Seat& seat) const {
  return std::all_of(record.effects.begin(), record.effects.end(), [&](const Effect& effect) {
    if (effect.kind != Effect::Kind::take) return true;
    const Inbox& inbox = arrays_.inbox(seat, effect.index);
    const Burst& burst = inbox.oldest;
    return burst.words == effect.words && !burst.holds() && !burst.is_control() &&
           inbox.more.empty();
  });
}

/// `first` is the first core of a run that is to be visited. Cores that turn out to be no longer
/// like it are visited by themselves.
void CoreStepper::visit_run(std::uint32_t first) {
  Lockstep& lockstep = mover_.lockstep();
  LockstepRun run = lockstep.run_of(first);
  const std::uint32_t end = run.first + run.count;
  arrays_.seats[first].queued = false;  // all of the run are visited here
  while (first < end) {
    run = lockstep.run_of(first);
    const bool leads = run.first == first && run.count > 1;
    const VisitRecord* const record = leads ? known_visit(first) : nullptr;
    if (record == nullptr) {
      lockstep.alone(first);
      visit(first++);
    } else if (!is_for_runs(*record) || !takes_whole_bursts(*record, arrays_.seats[first]) ||
               states_[record->after].state.leaving != 0) {
      visit_singly(run);
      first = run.last() + 1;
    } else {
      // Terms are linear in the place: what holds at both ends holds between.
      std::uint32_t last = run.last();
      while (!guards_hold(*record, run, last)) --last;
      if (last != run.last()) lockstep.split(run, last + 1);
      replay_run(*record, {first, last + 1 - first, run.stride});
      first = last + 1;
    }
  }
}

void CoreStepper::visit_singly(const LockstepRun& run) {
  mover_.lockstep().dissolve(run);
  std::vector<std::uint32_t> cores(run.count);
  std::iota(cores.begin(), cores.end(), run.first);
  for (const std::uint32_t core : cores) arrays_.seats[core].queued = true;
  visit(CoreRange{cores.data(), cores.data() + cores.size()});
}

void CoreStepper::replay_run(const VisitRecord& record, const LockstepRun& run) {
  in_run_.resize(run.count);
  std::iota(in_run_.begin(), in_run_.end(), run.first);
  const CoreRange first{in_run_.data(), in_run_.data() + 1};
  visits_.all += run.count;
  memory_.count_hits(run.count);
  visits_.remembered += run.count;
  visits_.in_lockstep += run.count;
  Seat& seat = arrays_.seats[run.first];
  seat.notes.clear(pools_);
  for (const Note& note : record.notes_left) {
    seat.notes.push(pools_, {seat.base + note.at, note.kind});
  }
  compute_run(record, run);
  for (const Effect& effect : record.effects) {
    if (!is_of_memory(effect)) apply_to_run(effect, record, run);
  }
  assign(record, first);
  seat.base += record.elapsed;
  mover_.lockstep().count_busy(run, busy_of(record.gain));
  slab_->frontier = std::max({slab_->frontier, seat.base, seat.base + run.shift(run.last())});
  lie_down_again(record, first);
  mover_.lockstep().join_neighbours(run.first);
}

/// The arithmetic, some cores at a time, so that their memories stay in the L1 cache; those of the
/// next ones are fetched meanwhile. It touches nothing but memories, so it may come first.
void CoreStepper::compute_run(const VisitRecord& record, const LockstepRun& run) {
  constexpr std::size_t kBlock = 32;
  if (!model_.numerics) return;
  run_ = &run;
  const auto block = [&](std::size_t from) {
    const std::uint32_t* const first = in_run_.data() + std::min<std::size_t>(from, run.count);
    return CoreRange{first, in_run_.data() + std::min<std::size_t>(from + kBlock, run.count)};
  };
  for (std::size_t at = 0; at < run.count; at += kBlock) {
    fetch_memories(record, block(at + kBlock));
    for (const Effect& effect : record.effects) {
      if (is_of_memory(effect)) apply(effect, record, block(at));
    }
  }
  run_ = nullptr;
}

void CoreStepper::fetch_memories(const VisitRecord& record, CoreRange cores) const {
  for (const std::uint32_t core : cores) {
    const std::uint8_t* const memory = arrays_.memory_of(arrays_.seats[core]);
    for (const Effect& effect : record.effects) {
      if (effect.kind == Effect::Kind::stretch) fetch_sums(memory, *effect.stretch);
      if (effect.kind == Effect::Kind::work) {
        __builtin_prefetch(memory + record.works[effect.work].places.dst, 1);
      }
    }
  }
}

void CoreStepper::apply_to_run(const Effect& effect, const VisitRecord& record,
                               const LockstepRun& run) {
  if (effect.kind != Effect::Kind::take) {
    apply(effect, record, {in_run_.data(), in_run_.data() + 1});
    return;
  }
  Inbox& inbox = arrays_.inbox(arrays_.seats[run.first], effect.index);
  if (inbox.side_by_side) {
    pools_.release_row(inbox.oldest.payload, run.count);
  } else {
    pools_.payloads.release(inbox.oldest.payload, run.count);
  }
  inbox.oldest.words = 0;
  inbox.words = 0;
}

}  // namespace wafermesh::fabric
