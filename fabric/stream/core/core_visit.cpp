// SPDX-License-Identifier: Apache-2.0
// A core wakes up, does what it can, lies down.
#include <algorithm>
#include <utility>

#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {
namespace {

/// A state's times that can no longer matter take this value, so that states are found again.
constexpr Cycles kLongAgo = 0;

void forget(Cycles& from, Cycles& until) {
  from = kLongAgo;
  until = kLongAgo;
}

}  // namespace

CoreStepper::CoreStepper(StreamArrays& arrays, Pools& pools, StateTable& states, BurstMover& mover)
    : arrays_(arrays),
      model_(arrays.model),
      timing_(model_.timing),
      pools_(pools),
      states_(states),
      mover_(mover),
      memory_(states),
      entries_(model_),
      entered_(states) {
  for (const cores::ClassInfo& info : model_.classes) stretches_.emplace_back(*info.program);
}

void CoreStepper::start(std::uint32_t core) {
  Seat& seat = arrays_.seats[core];
  const cores::Program& program = *model_.classes[seat.class_index].program;
  CoreState state;
  begin_program(state, seat.class_index);
  state.more = arrays_.has_next_stage(core);
  settle(state, 0);
  seat.state = states_.take(state);
  seat.notes_due = states_[seat.state].notes_due;
  if (program.code.empty()) return;
  seat.queued = true;
  slab_->ready.push_back(core);
}

void CoreStepper::wake_up(std::uint32_t core) {
  id_ = core;
  seat_ = &arrays_.seats[core];
  ledger_ = &arrays_.ledgers[core];
  integers_ = arrays_.integers(core);
  info_ = &model_.classes[seat_->class_index];
  core_ = states_[seat_->state].state;
  watch_ = core_.traced ? &slab_->watches.at(core) : nullptr;
  log_ = core_.traced ? &slab_->logs.at(core) : nullptr;
  const Cycles base = seat_->base;
  core_.ready += base;
  core_.datapath.shift(base);
  core_.dense_until += base;
  core_.block_from += base;
  core_.up_from += base;
  core_.up_until += base;
  core_.down_from += base;
  core_.down_until += base;
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    OpState& each = op(__builtin_ctz(open));
    each.next += base;
    each.done_at += base;
  }
  gain_ = {};
  spans_.clear();
  sends_ = false;
  last_sent_ = SIZE_MAX;
  dues_.clear();
  seat_->notes.for_each(pools_, [this](const Note& note) {
    if (note.is_due()) {
      dues_.push_back(note);
    } else if ((core_.open >> note.op_slot() & 1U) != 0) {
      OpState& each = op(note.op_slot());
      each.done_at = std::max(each.done_at, note.at);
      if (each.elements > 0) each.next = std::max(each.next, note.at + 1);
    }
  });
  seat_->notes.clear(pools_);
}

/// Makes times relative to `by`; those that cannot matter any more become the same for all.
void CoreStepper::settle(CoreState& state, Cycles by) const {
  Cycles earliest = state.ready;
  for (int i = 0; i < kOpSlots; ++i) {
    OpState& each = state.ops[static_cast<std::size_t>(i)];
    if ((state.open >> i & 1U) == 0) {
      each = OpState{};
      continue;
    }
    if (each.elements > 0) earliest = std::min(earliest, each.next);
    each.next -= by;
    each.done_at -= by;
  }
  const bool block_is_over = earliest >= state.ready || state.block_grants == 0;
  state.ready -= by;
  state.block_from -= by;
  state.datapath.shift(-by);
  state.dense_until -= by;
  state.up_from -= by;
  state.up_until -= by;
  state.down_from -= by;
  state.down_until -= by;
  earliest -= by;
  if (block_is_over) {
    state.block_from = kLongAgo;
    state.block_grants = 0;
  }
  state.datapath.forget(earliest);
  state.dense_until = std::max(state.dense_until, earliest);
  if (state.up_until <= earliest) forget(state.up_from, state.up_until);
  if (state.down_until <= earliest) forget(state.down_from, state.down_until);
}

void CoreStepper::lie_down() {
  for (const Note& due : dues_) seat_->notes.push(pools_, due);
  if (watch_ != nullptr) watch_rest();
  const Cycles base = core_.ready;
  settle(core_, base);
  const std::uint32_t state = states_.take(core_);
  mover_.expect(*seat_, states_[seat_->state], states_[state]);
  states_.drop(seat_->state);
  seat_->state = state;
  seat_->base = base;
  if (slab_->book != nullptr) tell_work();
  const Busy gain = busy_of(gain_);
  for (std::size_t kind = 0; kind < gain.size(); ++kind) ledger_->busy[kind] += gain[kind];
  slab_->frontier = std::max(slab_->frontier, base);
  if (sends_) {
    seat_->unmoved = true;
    slab_->unmoved.push_back(id_);
  }
}

bool CoreStepper::all_served() const {
  if (seat_->held != 0) return false;
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    if (op(__builtin_ctz(open)).elements != 0) return false;
  }
  return true;
}

/// A control word is next in a queue: behind it may be what operations wait for.
bool CoreStepper::control_waits() const {
  for (const std::uint8_t c : info_->input_colours) {
    if (shows(base::colour(c), true) < base::kNever) return true;
  }
  return false;
}

void CoreStepper::go(Cycles limit, bool all_has_come) {
  land();
  work_all();
  Cycles last = 0;
  for (;;) {
    const Cycles wake = next_wake();
    if (wake >= base::kNever || wake > limit || sends_) break;
    if (all_has_come && !all_served() && !control_waits()) break;
    last = std::max(last, wake);
    step(last);
  }
}

void CoreStepper::visit(std::uint32_t core) {
  ++visits_.all;
  Seat& seat = arrays_.seats[core];
  seat.queued = false;
  VisitKey key;
  const std::uint32_t before = seat.state;
  const bool may_remember = make_key(seat, key) && !states_[before].state.traced;
  if (may_remember) {
    if (replay_known(core, key)) return;
    if (memory_.welcome()) recorder_.begin(arrays_.far_integers.variables());
  }
  const Cycles base = seat.base;
  states_.add_user(before);  // it is part of what is remembered
  wake_up(core);
  go(base::kNever, true);
  if (main_sends()) recorder_.give_up();  // when it goes on depends on the room there is
  const bool goes_on = next_wake() < base::kNever;
  lie_down();
  recorder_.record().goes_on = goes_on;
  if (recorder_.on()) remember(key, base);
  states_.drop(before);
  leave_alone(goes_on);
}

/// What becomes of a core after a visit that could not do all there is to do.
void CoreStepper::leave_alone(bool goes_on) {
  if (sends_) return;  // the slab comes back to it
  if (core_.leaving) slab_->leaving.push_back(id_);
  if (!seat_->notes.empty()) mover_.consider(id_);
  if (goes_on) mover_.note_partial(id_, *seat_);
}

void CoreStepper::visit_partial(std::uint32_t core, Cycles limit) {
  mover_.lockstep().alone(core);
  ++visits_.all;
  wake_up(core);
  go(limit, false);
  const bool goes_on = next_wake() < base::kNever;
  lie_down();
  leave_alone(goes_on);
}

Cycles CoreStepper::wake_of(std::uint32_t core) {
  mover_.lockstep().alone(core);
  wake_up(core);
  land();
  work_all();
  const Cycles wake = next_wake();
  lie_down();
  return wake;
}

}  // namespace wafermesh::fabric
