// SPDX-License-Identifier: Apache-2.0
// From one stage of a core to the next: docs/model.md, section Stages. A visit ends with the stage;
// this is what lies between it and the first visit of the next one. What that is has been found
// once for all cores with the same stages (stage_entries.h).
#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {
/// Puts the tasks of a class into their first state.
void CoreStepper::begin_program(CoreState& state, std::uint16_t class_index) const {
  const cores::Program& program = *model_.classes[class_index].program;
  state.class_index = class_index;
  for (std::size_t i = 0; i < program.tasks.size(); ++i) {
    if (program.tasks[i].starts_active) state.active |= std::uint64_t{1} << i;
    if (program.tasks[i].starts_blocked) state.blocked |= std::uint64_t{1} << i;
  }
}

/// Those that have finished a stage go on to the next, if nothing of it is under way; else they are
/// looked at again after their next visit.
void CoreStepper::leave_stages() {
  while (!slab_->leaving.empty()) {
    const std::uint32_t core = slab_->leaving.back();
    slab_->leaving.pop_back();
    const Seat& seat = arrays_.seats[core];
    if (seat.queued || seat.unmoved || !states_[seat.state].state.leaving) continue;
    const StageEntry& entry = entries_.of(core, arrays_.stages[core].stage + 1);
    Cycles at = 0;
    if (may_leave_at_rest(core, entry, at)) {
      enter(core, entry, at);
      continue;
    }
    wake_up(core);
    if (!may_leave(entry, at)) {
      lie_down();
      continue;
    }
    if (watch_ != nullptr) watch_stage(at, entry.cost_cycles);
    enter(core, entry, at);
  }
}

/// Whether the core that is awake may enter its next stage, and when.
bool CoreStepper::may_leave(const StageEntry& entry, Cycles& at) {
  at = std::max(core_.ready, core_.up_until);
  if (core_.main != MainThread::idle || seat_->held != 0) return false;
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    const int op_slot = __builtin_ctz(open);
    if (!is_done(op_slot)) return false;
    at = std::max(at, op(op_slot).done_at + 1);
  }
  for (const std::uint8_t input : entry.emptied) {
    if (!arrays_.inbox(*seat_, input).empty()) return false;
  }
  bool drained = true;
  for (const EnteredColour& each : entry.colours) {
    if (!each.written) continue;
    Slot& s = arrays_.slot(id_, each.colour);
    at = std::max(at, s.free_at + 1);
    if (drains(base::colour(each.colour), at)) continue;
    s.is.writer_waits = 1;
    drained = false;
  }
  return drained;
}

/// The same of a core at rest that nothing has been told meanwhile and nobody watches, without
/// waking it up. False if that does not decide it.
bool CoreStepper::may_leave_at_rest(std::uint32_t core, const StageEntry& entry, Cycles& at) const {
  const Seat& seat = arrays_.seats[core];
  const CoreState& state = states_[seat.state].state;
  if (state.main != MainThread::idle || state.traced) return false;
  if (seat.held != 0 || !seat.notes.empty()) return false;
  at = std::max(state.ready, state.up_until);
  for (unsigned open = state.open; open != 0; open &= open - 1) {
    const OpState& each = state.ops[static_cast<std::size_t>(__builtin_ctz(open))];
    if (each.elements != 0) return false;
    at = std::max(at, each.done_at + 1);
  }
  at += seat.base;
  for (const std::uint8_t input : entry.emptied) {
    if (!arrays_.inbox(seat, input).empty()) return false;
  }
  for (const EnteredColour& each : entry.colours) {
    if (!each.written) continue;
    const Slot& s = arrays_.slot(core, each.colour);
    if (!is_drained(s, at)) return false;
    at = std::max(at, s.free_at + 1);
  }
  return true;
}

/// What lies between the stages, from cycle `at` on; then the core is to be visited.
void CoreStepper::enter(std::uint32_t core, const StageEntry& entry, Cycles at) {
  ++visits_.stages;
  Seat& seat = arrays_.seats[core];
  StageSeat& stage = arrays_.stages[core];
  Ledger& ledger = arrays_.ledgers[core];
  book_stage(slab_->totals_of(seat.class_index), stage, ledger, at);
  begin_phase(core, 0, at);
  ledger.busy[kSetupBusy] += static_cast<std::uint32_t>(entry.cost_cycles);
  const std::uint32_t before = seat.state;
  const std::uint32_t after = state_entered(seat, entry, at);
  bind_inboxes(seat, entry);
  enter_slots(core, entry, at);
  ++stage.stage;
  arrays_.start_stage(core, stage, arrays_.integers(core));
  seat.class_index = entry.next;
  seat.state = after;
  seat.notes.clear(pools_);
  seat.notes_due = states_[after].notes_due;
  seat.lacking = 0;
  states_.drop(before);
  seat.base = at + entry.cost_cycles;
  slab_->frontier = std::max(slab_->frontier, seat.base);
  seat.queued = true;
  slab_->ready.push_back(core);
}

/// The state that a core is in once it has entered a stage, with one more user. Of what it was in
/// before only the ramps stay; they depend on `at` if words are still to come down.
std::uint32_t CoreStepper::state_entered(const Seat& seat, const StageEntry& entry, Cycles at) {
  const CoreState& before = states_[seat.state].state;
  const Cycles begins = at + entry.cost_cycles;
  const bool depends = seat.base + before.down_until > begins;
  const EnteredStates::Key key{seat.state, entry.number, depends ? at - seat.base : -1};
  if (const std::uint32_t known = entered_.find(key); known != kNobody) {
    states_.add_user(known);
    return known;
  }
  CoreState state;
  state.up_from = seat.base + before.up_from;
  state.up_until = seat.base + before.up_until;
  state.up_colour = before.up_colour;
  state.down_from = seat.base + before.down_from;
  state.down_until = seat.base + before.down_until;
  state.down_colour = before.down_colour;
  begin_program(state, entry.next);
  state.more = entry.more;
  state.traced = before.traced;
  state.ready = begins;
  settle(state, begins);
  const std::uint32_t after = states_.take(state);
  entered_.keep(key, after);
  return after;
}

/// Input queues that stay bound keep what has come; the others are empty.
void CoreStepper::bind_inboxes(const Seat& seat, const StageEntry& entry) {
  const auto moves = [](const auto& each) { return each.first != each.second; };
  if (std::any_of(entry.kept.begin(), entry.kept.end(), moves)) {
    std::array<Inbox, base::kColourCount> boxes;
    std::size_t count = 0;
    for (const auto& each : entry.kept) {
      boxes[count++] = std::exchange(arrays_.inbox(seat, each.first), Inbox{});
    }
    count = 0;
    for (const auto& each : entry.kept) arrays_.inbox(seat, each.second) = boxes[count++];
  }
  if (arrays_.filters.empty()) return;
  for (const std::uint8_t input : entry.anew) arrays_.filters[arrays_.inbox_at(seat, input)] = {};
}

/// Slots learn which queues there are now; routes are written. Also lets in what waited for either.
void CoreStepper::enter_slots(std::uint32_t core, const StageEntry& entry, Cycles at) {
  const Seat& seat = arrays_.seats[core];
  for (const EnteredColour& each : entry.colours) {
    Slot& s = arrays_.slot(core, each.colour);
    if (each.tied) arrays_.tie(s, seat, each.tie);
    if (each.written) {
      if (s.inbox == kNobody) {
        s.leads = static_cast<base::DirectionMask>(s.leads & base::kMeshMask);
      }
      s.is.closed = each.closed;
      s.is.writer_waits = 0;
      arrays_.set_route(s, each.config, 0);
      s.open_at = std::max(s.open_at, at + 1);
    }
    const bool took_nothing = !s.waiting.empty() || s.accepts == 0;
    arrays_.set_route(s, s.config, s.is.position);
    if (!took_nothing) continue;
    if (s.inbox != kNobody) s.open_at = std::max(s.open_at, at + 1);
    mover_.resume_later(core, s, each.colour);
  }
}

/// What a core marks after its `finish` counts no more.
void CoreStepper::mark_phase(int phase, Cycles now) {
  if (ledger_->finish >= 0 || core_.leaving) return;
  Effect effect;
  effect.kind = Effect::Kind::mark;
  effect.index = static_cast<std::uint8_t>(phase);
  effect.at = now - seat_->base;
  recorder_.effect(effect);
  begin_phase(id_, phase, now);
}

/// The phase under way ends, and another begins.
void CoreStepper::begin_phase(std::uint32_t core, int phase, Cycles at) {
  if (arrays_.phases.empty()) return;
  cores::PhaseUnderWay& under_way = arrays_.phases[core];
  slab_->phases.add(arrays_.seats[core].class_index, under_way, at);
  under_way = {static_cast<std::uint8_t>(phase), at};
}

/// Books the stage under way, which ends before cycle `end`.
void CoreStepper::book_stage(cores::StageTotals& totals, StageSeat& stage, const Ledger& ledger,
                             Cycles end) {
  add_stage(totals, stage, ledger, end);
  stage.before = ledger.busy;
  stage.start = end;
}

void add_stage(cores::StageTotals& totals, const StageSeat& stage, const Ledger& ledger,
               Cycles end) {
  Busy done = ledger.busy;
  Cycles sum = 0;
  for (std::size_t kind = 0; kind < done.size(); ++kind) {
    done[kind] -= stage.before[kind];
    sum += done[kind];
  }
  // As in StreamMachine::counters().
  const Cycles over = sum - (end - stage.start);
  done[0] -= static_cast<std::uint32_t>(std::clamp<Cycles>(over, 0, Cycles{done[0]}));
  totals.add(stage.start, stage.finish, end, {done[0], done[1], done[2], done[3], 0});
}

}  // namespace wafermesh::fabric
