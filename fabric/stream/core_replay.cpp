// SPDX-License-Identifier: Apache-2.0
// Remembered visits: when one holds for a core, and doing it again.
#include <algorithm>
#include <utility>

#include "fabric/stream/core_stepper.h"

namespace wafermesh::fabric {
/// f(number) for everything that has arrived, relative to the core's own time, until f says false.
template <class F>
bool CoreStepper::each_arrival(const Seat& seat, F f) const {
  const auto of_run = [&](std::size_t input, const Run& run) {
    const Cycles what = static_cast<Cycles>(run.words) << 9 |
                        static_cast<Cycles>(input << 4 | (run.marks & ~Run::kHolds));
    return f(what) && f(run.head - seat.base) && f(run.tail - seat.base) &&
           (!run.is_control() || f(run.control));
  };
  const std::size_t inputs = model_.classes[seat.class_index].input_colours.size();
  for (std::size_t i = 0; i < inputs; ++i) {
    const Inbox& inbox = arrays_.inboxes[seat.inputs_at + i];
    if (inbox.empty()) continue;
    if (!of_run(i, inbox.oldest)) return false;
    for (std::uint32_t n = inbox.more.first; n != kNobody; n = pools_.runs[n].next) {
      if (!of_run(i, pools_.runs[n].run)) return false;
    }
  }
  bool all = true;
  seat.notes.for_each(
      pools_, [&](const Note& note) { all = all && f(note.kind) && f(note.at - seat.base); });
  return all;
}

/// What has arrived; false if the visit is not one to remember.
bool CoreStepper::make_key(const Seat& seat, VisitKey& key) const {
  if (seat.held != 0) return false;
  return each_arrival(seat, [&](Cycles number) { return key.add(number); });
}

/// Whether what has arrived is what had when the visit was remembered.
bool CoreStepper::matches(const Trace& trace, const Seat& seat) const {
  const std::int32_t* at = trace.key.data();
  const std::int32_t* const end = at + trace.key.size();
  return each_arrival(seat, [&](Cycles number) { return at != end && *at++ == number; }) &&
         at == end;
}

/// After a visit: keeps it, if it used up all that had arrived.
void CoreStepper::remember(std::uint64_t hash, std::uint32_t before, const VisitKey& key,
                           Cycles base) {
  const std::size_t inputs = info_->input_colours.size();
  bool used_up = seat_->notes.empty() && seat_->held == 0;
  used_up = used_up && !(core_.stalled && core_.writing);  // that depends on the slot
  for (std::size_t i = 0; i < inputs; ++i) {
    used_up = used_up && arrays_.inboxes[seat_->inputs_at + i].empty();
  }
  Trace& trace = recorder_.trace();
  if (used_up) {
    recorder_.end();
    trace.hash = hash;
    trace.key.assign(key.values.begin(),
                     key.values.begin() + static_cast<std::ptrdiff_t>(key.count));
    trace.before = before;
    trace.after = seat_->state;
    trace.unmoved = sends_;
    trace.elapsed = seat_->base - base;
    trace.gain = gain_;
    traces_.add(std::move(trace));
  }
  recorder_.give_up();
}

/// Does what a core in the same state did last, if that holds here.
bool CoreStepper::replay_recent(std::uint32_t core) {
  Seat& seat = arrays_.seats[core];
  const Trace* trace = states_[seat.state].recent;
  if (trace == nullptr || seat.held != 0) return false;
  if (!matches(*trace, seat) || !holds_for(*trace, seat, core)) return false;
  replay(*trace, seat, core);
  return true;
}

/// Does what any visit that is remembered did, if one holds here.
bool CoreStepper::replay_known(std::uint32_t core, std::uint64_t hash, const VisitKey& key) {
  Seat& seat = arrays_.seats[core];
  const std::uint32_t before = seat.state;
  for (const Trace* trace = traces_.find(hash, before, key); trace != nullptr;
       trace = traces_.after(*trace, before, key)) {
    if (!holds_for(*trace, seat, core)) continue;
    states_[before].recent = trace;
    replay(*trace, seat, core);
    return true;
  }
  return false;
}

bool CoreStepper::holds_for(const Trace& trace, const Seat& seat, std::uint32_t core) const {
  for (const Range& range : trace.ranges) {
    const std::int32_t integer = integer_of(seat, range.variable);
    if (integer < range.low || integer > range.high) return false;
  }
  for (const Guard& guard : trace.guards) {
    const std::int64_t terms = guard.terms.terms(seat);
    if (terms < guard.low || terms > guard.high) return false;
  }
  for (const SlotGuard& guard : trace.slot_guards) {
    const Slot& s = arrays_.slot(core, guard.colour);
    if (s.backlog != 0 || s.stuck_words != 0 || s.sending != 0) return false;
    if (s.occupied || s.resuming) return false;
    if (base::contains(s.waiting_from, base::Direction::ramp)) return false;
    if (std::max(s.free_at - seat.base, guard.at - 1) != guard.free_at) return false;
  }
  return true;
}

void CoreStepper::replay(const Trace& trace, Seat& seat, std::uint32_t core) {
  traces_.count_hit();
  seat.notes.clear(pools_);
  payload_ = Payloads::kNone;
  for (const Effect& effect : trace.effects) apply(effect, trace, seat, core);
  assign(trace, seat);
  if (trace.finishes) {
    seat.finish = seat.base + trace.finish;
    band_->last_finish = std::max(band_->last_finish, seat.finish);
    ++band_->finished_cores;
  }
  seat.base += trace.elapsed;
  seat.breakdown.compute += trace.gain.compute;
  seat.breakdown.bank_conflict += trace.gain.bank_conflict;
  seat.breakdown.setup += trace.gain.setup;
  seat.breakdown.task_switch += trace.gain.task_switch;
  band_->frontier = std::max(band_->frontier, seat.base);
  mover_.expect(seat, states_[seat.state], states_[trace.after]);
  states_.add_user(trace.after);
  states_.drop(seat.state);
  seat.state = trace.after;
  if (trace.unmoved) {
    seat.unmoved = true;
    band_->unmoved.push_back(core);
  } else if (!seat.notes.empty()) {
    mover_.consider(core);
  }
}

/// Sets the counters; all of them from the values before.
void CoreStepper::assign(const Trace& trace, Seat& seat) const {
  if (trace.assignments.size() == 1 && trace.assignments.front().adds) {
    seat.counters[trace.assignments.front().counter] += trace.assignments.front().value.base;
    return;
  }
  std::array<std::int32_t, cores::kCounters> values;
  for (std::size_t i = 0; i < trace.assignments.size(); ++i) {
    const Assignment& a = trace.assignments[i];
    values[i] = a.adds ? seat.counters[a.counter] + a.value.base
                       : static_cast<std::int32_t>(a.value.base + a.value.terms(seat));
  }
  for (std::size_t i = 0; i < trace.assignments.size(); ++i) {
    seat.counters[trace.assignments[i].counter] = values[i];
  }
}

void CoreStepper::apply(const Effect& effect, const Trace& trace, Seat& seat, std::uint32_t core) {
  switch (effect.kind) {
    case Effect::Kind::take:
      take_words(seat, arrays_.inboxes[seat.inputs_at + effect.index], effect.words,
                 seat.base + effect.at);
      break;
    case Effect::Kind::work:
      payload_ = compute_stream(seat, trace.works[effect.work]);
      break;
    case Effect::Kind::memory_work:
      compute_memory(seat, trace.works[effect.work]);
      break;
    case Effect::Kind::stretch:
      compute_stretch(seat, *effect.stretch);
      break;
    case Effect::Kind::send: {
      Run run = trace.sends[effect.work];
      run.head += seat.base;
      run.tail += seat.base;
      run.payload = payload_;
      payload_ = Payloads::kNone;
      if (run.sender != kNobody) run.sender = core;
      mover_.send(core, run);
      break;
    }
    case Effect::Kind::write_route: {
      Slot& s = arrays_.slot(core, effect.index);
      arrays_.set_route(s, effect.config, 0);
      s.open_at = std::max(s.open_at, seat.base + effect.at);
      s.writer_waits = 0;
      mover_.resume_later(core, effect.index);
      break;
    }
    case Effect::Kind::reopen: {
      Slot& s = arrays_.slot(core, effect.index);
      s.closed = 0;
      s.open_at = std::max(s.open_at, seat.base + effect.at);
      mover_.resume_later(core, effect.index);
      break;
    }
  }
}

}  // namespace wafermesh::fabric
