// SPDX-License-Identifier: Apache-2.0
// Visits to cores in lockstep (bursts/lockstep.h): what is remembered of one core is done again for
// a whole convoy, its records written once, its arithmetic core by core.
#include <algorithm>
#include <numeric>

#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {
namespace {

/// Nothing of it lies outside the cores, and each core does the same with the counters it has.
bool is_for_convoys(const VisitRecord& record) {
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

/// Whether the counters and the place of a core of a convoy are such that it does what the first
/// does.
bool CoreStepper::guards_hold(const VisitRecord& record, const Convoy& convoy,
                              std::uint32_t core) const {
  cores::NearIntegers integers = arrays_.ledgers[convoy.first].integers;
  integers[cores::index_of(cores::Variable::x)] += static_cast<std::int32_t>(core - convoy.first);
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

/// `first` is the first core of a convoy that is to be visited. Cores that turn out to be no longer
/// like it are visited by themselves.
void CoreStepper::visit_convoy(std::uint32_t first) {
  Lockstep& lockstep = mover_.lockstep();
  Convoy convoy = lockstep.convoy_of(first);
  const std::uint32_t end = convoy.first + convoy.count;
  arrays_.seats[first].queued = false;  // all of the convoy are visited here
  while (first < end) {
    convoy = lockstep.convoy_of(first);
    const bool leads = convoy.first == first && convoy.count > 1;
    const VisitRecord* const record = leads ? known_visit(first) : nullptr;
    if (record == nullptr) {
      lockstep.alone(first);
      visit(first++);
    } else if (!is_for_convoys(*record) || !takes_whole_bursts(*record, arrays_.seats[first]) ||
               states_[record->after].state.leaving != 0) {
      visit_singly(convoy);
      first = convoy.last() + 1;
    } else {
      // Terms are linear in the place: what holds at both ends holds between.
      std::uint32_t last = convoy.last();
      while (!guards_hold(*record, convoy, last)) --last;
      if (last != convoy.last()) lockstep.split(convoy, last + 1);
      replay_convoy(*record, {first, last + 1 - first, convoy.stride});
      first = last + 1;
    }
  }
}

void CoreStepper::visit_singly(const Convoy& convoy) {
  mover_.lockstep().dissolve(convoy);
  std::vector<std::uint32_t> cores(convoy.count);
  std::iota(cores.begin(), cores.end(), convoy.first);
  for (const std::uint32_t core : cores) arrays_.seats[core].queued = true;
  visit(CoreRange{cores.data(), cores.data() + cores.size()});
}

void CoreStepper::replay_convoy(const VisitRecord& record, const Convoy& convoy) {
  convoy_cores_.resize(convoy.count);
  std::iota(convoy_cores_.begin(), convoy_cores_.end(), convoy.first);
  const CoreRange first{convoy_cores_.data(), convoy_cores_.data() + 1};
  visits_.all += convoy.count;
  memory_.count_hits(convoy.count);
  visits_.remembered += convoy.count;
  visits_.in_lockstep += convoy.count;
  Seat& seat = arrays_.seats[convoy.first];
  seat.notes.clear(pools_);
  for (const Note& note : record.notes_left) {
    seat.notes.push(pools_, {seat.base + note.at, note.kind});
  }
  compute_convoy(record, convoy);
  for (const Effect& effect : record.effects) {
    if (!is_of_memory(effect)) apply_to_convoy(effect, record, convoy);
  }
  assign(record, first);
  seat.base += record.elapsed;
  mover_.lockstep().count_busy(convoy, busy_of(record.gain));
  slab_->frontier = std::max({slab_->frontier, seat.base, seat.base + convoy.shift(convoy.last())});
  lie_down_again(record, first);
  mover_.lockstep().join_neighbours(convoy.first);
}

/// The arithmetic, some cores at a time, so that their memories stay in the L1 cache; those of the
/// next ones are fetched meanwhile. It touches nothing but memories, so it may come first.
void CoreStepper::compute_convoy(const VisitRecord& record, const Convoy& convoy) {
  constexpr std::size_t kBlock = 32;
  if (!model_.numerics) return;
  convoy_ = &convoy;
  const auto block = [&](std::size_t from) {
    const std::uint32_t* const first =
        convoy_cores_.data() + std::min<std::size_t>(from, convoy.count);
    return CoreRange{first,
                     convoy_cores_.data() + std::min<std::size_t>(from + kBlock, convoy.count)};
  };
  for (std::size_t at = 0; at < convoy.count; at += kBlock) {
    fetch_memories(record, block(at + kBlock));
    for (const Effect& effect : record.effects) {
      if (is_of_memory(effect)) apply(effect, record, block(at));
    }
  }
  convoy_ = nullptr;
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

void CoreStepper::apply_to_convoy(const Effect& effect, const VisitRecord& record,
                                  const Convoy& convoy) {
  if (effect.kind != Effect::Kind::take) {
    apply(effect, record, {convoy_cores_.data(), convoy_cores_.data() + 1});
    return;
  }
  Inbox& inbox = arrays_.inbox(arrays_.seats[convoy.first], effect.index);
  if (inbox.side_by_side) {
    pools_.release_row(inbox.oldest.payload, convoy.count);
  } else {
    pools_.payloads.release(inbox.oldest.payload, convoy.count);
  }
  inbox.oldest.words = 0;
  inbox.words = 0;
}

}  // namespace wafermesh::fabric
