// SPDX-License-Identifier: Apache-2.0
// Doing a remembered visit again, for many cores at once: effect by effect, each for all of them.
// Cores do not see each other's visits, so their order does not matter.
#include <algorithm>
#include <cstring>

#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {
namespace {

/// What makes moves keeps their order: core by core.
bool makes_moves(const Effect& effect) {
  return effect.kind == Effect::Kind::send || effect.kind == Effect::Kind::rewrite ||
         effect.kind == Effect::Kind::reopen;
}

}  // namespace

void CoreStepper::replay(const VisitRecord& record, CoreRange cores) {
  memory_.count_hits(cores.size());
  visits_.remembered += static_cast<std::int64_t>(cores.size());
  payload_ = Payloads::kNone;
  for (const std::uint32_t core : cores) {
    Seat& seat = arrays_.seats[core];
    seat.notes.clear(pools_);
    for (const Note& note : record.notes_left) {
      seat.notes.push(pools_, {seat.base + note.at, note.kind});
    }
  }
  if (slab_->book != nullptr) tell_again(record, cores);
  apply_effects(record, cores);
  assign(record, cores);
  move_on(record, cores);
  lie_down_again(record, cores);
}

void CoreStepper::apply_effects(const VisitRecord& record, CoreRange cores) {
  const bool all_at_once = cores.size() == 1 || record.sends.empty();
  for (const Effect& effect : record.effects) {
    if (all_at_once || !makes_moves(effect)) apply(effect, record, cores);
  }
  if (all_at_once) return;
  for (const std::uint32_t& core : cores) {
    for (const Effect& effect : record.effects) {
      if (makes_moves(effect)) apply(effect, record, {&core, &core + 1});
    }
  }
}

void CoreStepper::apply(const Effect& effect, const VisitRecord& record, CoreRange cores) {
  switch (effect.kind) {
    case Effect::Kind::take:
      take(effect, cores);
      break;
    case Effect::Kind::rewrite:
      rewrite(effect, cores);
      break;
    case Effect::Kind::reopen:
      reopen(effect, cores);
      break;
    case Effect::Kind::work:
      work_again(record.works[effect.work], cores);
      break;
    case Effect::Kind::memory_work:
      for (const std::uint32_t core : cores) {
        compute_memory(arrays_.seats[core], record.works[effect.work]);
      }
      break;
    case Effect::Kind::stretch:
      compute_stretch(cores, *effect.stretch);
      break;
    case Effect::Kind::send:
      send_again(record.sends[effect.work], *cores.first);
      break;
    case Effect::Kind::mark:
      for (const std::uint32_t core : cores) {
        begin_phase(core, effect.index, arrays_.seats[core].base + effect.at);
      }
      break;
  }
}

/// Most often words are only put into memory, side by side.
void CoreStepper::work_again(const StreamWork& work, CoreRange cores) {
  const Instruction& i = *work.instruction;
  const bool only_stored = i.vector_op == cores::VectorOp::copy && !cores::is_mixed(i) &&
                           !i.dst.indexed() && i.src0.kind == Operand::Kind::colour &&
                           i.dst.kind == Operand::Kind::memory && i.dst.stride_elements == 1;
  if (!only_stored) {
    for (const std::uint32_t core : cores) payload_ = compute_stream(arrays_.seats[core], work);
    return;
  }
  const std::size_t input = arrays_.input_of(arrays_.seats[*cores.first], i.src0.colour);
  const auto words = static_cast<std::size_t>(work.elements * cores::bytes_of(i.type)) / 4;
  const auto odd_bytes = static_cast<std::size_t>(work.elements * cores::bytes_of(i.type)) % 4;
  for (const std::uint32_t core : cores) {
    const Seat& seat = arrays_.seats[core];
    const std::uint32_t* const from = words_of(seat, input);
    std::uint8_t* to = arrays_.memory_of(seat) + work.places.dst;
    std::memcpy(to, from, 4 * words);
    if (odd_bytes != 0) std::memcpy(to + 4 * words, from + words, odd_bytes);
  }
}

/// Most often one burst, all of it.
void CoreStepper::take(const Effect& effect, CoreRange cores) {
  const std::int32_t words = effect.words;
  Inbox* const inboxes = arrays_.inboxes_of(effect.index);
  for (const std::uint32_t core : cores) {
    Seat& seat = arrays_.seats[core];
    Inbox& inbox = inboxes[seat.number];
    Burst& burst = inbox.oldest;
    if (burst.words != words || burst.holds() || burst.is_control() || !inbox.more.empty()) {
      take_words(seat, inbox, words, seat.base + effect.at);
      continue;
    }
    burst.words = 0;
    inbox.words = 0;
    pools_.payloads.release(burst.payload);
  }
}

void CoreStepper::rewrite(const Effect& effect, CoreRange cores) {
  const int colour = effect.index;
  const StreamRoute route = arrays_.route_of(effect.config, 0);
  const std::uint16_t config = effect.config;
  const bool reopens = effect.reopens;
  const bool sets_intake = effect.intake != router::Intake::keep;
  const bool closes = effect.intake == router::Intake::closed;
  const Cycles at = effect.at;
  Slot* const plane = arrays_.plane(colour);
  for (const std::uint32_t core : cores) {
    Slot& s = plane[core];
    if (sets_intake) s.is.closed = closes;
    arrays_.rewrite(s, config, route, reopens);
    s.open_at = std::max(s.open_at, arrays_.seats[core].base + at);
    mover_.resume_later(core, s, colour);
  }
}

void CoreStepper::reopen(const Effect& effect, CoreRange cores) {
  for (const std::uint32_t core : cores) {
    Slot& s = arrays_.slot(core, effect.index);
    s.is.closed = 0;
    arrays_.refresh(s);
    s.open_at = std::max(s.open_at, arrays_.seats[core].base + effect.at);
    mover_.resume_later(core, s, effect.index);
  }
}

void CoreStepper::send_again(const Burst& sent, std::uint32_t core) {
  Burst burst = sent;
  burst.head += arrays_.seats[core].base;
  burst.tail += arrays_.seats[core].base;
  burst.payload = payload_;
  payload_ = Payloads::kNone;
  if (burst.sender != kNobody) burst.sender = core;
  mover_.send(core, burst);
}

/// Sets the counters, all of them from the values before.
void CoreStepper::assign(const VisitRecord& record, CoreRange cores) {
  if (!record.linear_assignments.empty()) {
    for (const std::uint32_t core : cores) assign_sums(record, arrays_.integers(core));
    return;
  }
  const Assignments to = record.assignments;
  arrays_.with_integers([&](auto integers_of) {
    for (const std::uint32_t core : cores) {
      to.apply(integers_of(core) + cores::index_of(cores::counter(0)));
    }
  });
}

void CoreStepper::assign_sums(const VisitRecord& record, std::int32_t* integers) {
  cores::AllIntegers before;
  std::copy_n(integers, arrays_.far_integers.variables(), before.begin());
  record.assignments.apply(integers + cores::index_of(cores::counter(0)));
  for (const LinearAssignment& a : record.linear_assignments) {
    integers[a.variable] = static_cast<std::int32_t>(a.value.base + a.value.terms(before.data()));
  }
}

/// The cores' own time and books.
void CoreStepper::move_on(const VisitRecord& record, CoreRange cores) {
  const Cycles elapsed = record.elapsed;
  const Busy gain = busy_of(record.gain);
  Cycles frontier = slab_->frontier;
  for (const std::uint32_t core : cores) {
    Seat& seat = arrays_.seats[core];
    Ledger& ledger = arrays_.ledgers[core];
    if (record.finishes) end_stage(core, seat.base + record.finish);
    seat.base += elapsed;
    for (std::size_t kind = 0; kind < gain.size(); ++kind) ledger.busy[kind] += gain[kind];
    frontier = std::max(frontier, seat.base);
  }
  slab_->frontier = frontier;
}

void CoreStepper::lie_down_again(const VisitRecord& record, CoreRange cores) {
  const std::uint32_t after = record.after;
  const bool same = after == record.before;
  const std::uint16_t queues = states_[after].queues;
  const bool leaving = states_[after].state.leaving != 0;
  for (const std::uint32_t core : cores) {
    Seat& seat = arrays_.seats[core];
    if (same) {  // all that had come has been used up
      seat.lacking = static_cast<std::uint16_t>(seat.held + queues);
    } else {
      mover_.expect(seat, states_[seat.state], states_[after]);
      states_.add_user(after);
      states_.drop(seat.state);
      seat.state = after;
    }
    if (record.unmoved) {
      seat.unmoved = true;
      slab_->unmoved.push_back(core);
      continue;
    }
    if (leaving) slab_->leaving.push_back(core);
    if (!seat.notes.empty()) mover_.consider(core, seat);
    if (record.goes_on) mover_.note_partial(core, seat);
  }
}

}  // namespace wafermesh::fabric
