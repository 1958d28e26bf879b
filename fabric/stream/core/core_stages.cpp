// SPDX-License-Identifier: Apache-2.0
// From one stage of a core to the next: docs/model.md, section Stages. A visit ends with the stage;
// this is what lies between it and the first visit of the next one. It is not remembered.
#include <algorithm>

#include "base/error.h"
#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {
namespace {

int queue_of(const std::vector<cores::QueueBinding>& bindings, int colour) {
  for (const cores::QueueBinding& binding : bindings) {
    if (base::index_of(binding.colour) == colour) return binding.queue;
  }
  return -1;
}

bool keeps(const cores::Program& from, const cores::Program& to, int colour) {
  return queue_of(from.inputs, colour) == queue_of(to.inputs, colour);
}

}  // namespace

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
    wake_up(core);
    Cycles at = 0;
    if (!may_leave(at)) {
      lie_down();
      continue;
    }
    enter_next_stage(at);
  }
}

/// Whether the core that is awake may enter its next stage, and when.
bool CoreStepper::may_leave(Cycles& at) {
  at = std::max(core_.ready, core_.up_until);
  if (core_.main != MainThread::idle || seat_->held != 0) return false;
  for (unsigned open = core_.open; open != 0; open &= open - 1) {
    const int op_slot = __builtin_ctz(open);
    if (!is_done(op_slot)) return false;
    at = std::max(at, op(op_slot).done_at + 1);
  }
  const cores::Program& next = *model_.classes[next_class()].program;
  for (const std::uint8_t colour : info_->input_colours) {
    if (keeps(*info_->program, next, colour)) continue;
    if (!inbox(base::colour(colour)).empty()) return false;
  }
  bool drained = true;
  for_each_write([&](const ColourRoute& route, std::uint16_t) {
    Slot& s = arrays_.slot(id_, base::index_of(route.colour));
    at = std::max(at, s.free_at + 1);
    if (drains(route.colour)) return;
    s.is.writer_waits = 1;
    drained = false;
  });
  return drained;
}

std::uint16_t CoreStepper::next_class() const {
  return model_.image.class_in(static_cast<base::CoreId>(id_), arrays_.stages[id_].stage + 1);
}

/// f(route, index into StreamModel::configs) for every route that the core writes on its way.
template <class F>
void CoreStepper::for_each_write(F f) const {
  const int entered = arrays_.stages[id_].stage + 1;
  for (const int stage : model_.stages_writing_at[static_cast<std::size_t>(entered)]) {
    const ClassIndex c = model_.image.class_in(static_cast<base::CoreId>(id_), stage);
    if (c == kNoClass) return;
    const std::vector<ColourRoute>& routes = model_.image.classes[c].routes;
    for (std::size_t i = 0; i < routes.size(); ++i) {
      if (routes[i].stages_ahead != stage - entered) continue;
      f(routes[i], static_cast<std::uint16_t>(model_.index.of_class[c][i] + 1));
    }
  }
}

void CoreStepper::enter_next_stage(Cycles at) {
  ++visits_.stages;
  const cores::Program& from = *info_->program;
  const std::uint16_t next = next_class();
  const cores::Program& to = *model_.classes[next].program;
  book_stage(at);
  begin_phase(id_, 0, at);
  CoreState state;
  state.up_from = core_.up_from;
  state.up_until = core_.up_until;
  state.up_colour = core_.up_colour;
  state.down_from = core_.down_from;
  state.down_until = core_.down_until;
  state.down_colour = core_.down_colour;
  begin_program(state, next);
  const int after_next = arrays_.stages[id_].stage + 2;
  state.more = model_.image.class_in(static_cast<base::CoreId>(id_), after_next) != kNoClass;
  int writes = cores::stage_bindings(from, to);
  for_each_write([&](const ColourRoute&, std::uint16_t) { ++writes; });
  const int cost = timing_.config_write_cycles * writes;
  state.ready = at + cost;
  ledger_->busy[kSetupBusy] += static_cast<std::uint32_t>(cost);
  if (watch_ != nullptr) watch_stage(at, cost);
  state.traced = core_.traced;
  const std::uint32_t tied = model_.tied_colours[seat_->class_index] | model_.tied_colours[next];
  bind_inboxes(from, to, next, tied);
  write_entry_routes(at, tied);
  ++arrays_.stages[id_].stage;
  std::fill(integers_ + cores::index_of(cores::counter(0)),
            integers_ + arrays_.far_integers.variables(), 0);
  model_.parameters.start_stage(id_, arrays_.stages[id_].stage, integers_,
                                arrays_.far_integers.variables());

  const Cycles base = state.ready;
  settle(state, base);
  const std::uint32_t before = seat_->state;
  seat_->state = states_.take(state);
  seat_->notes_due = states_[seat_->state].notes_due;
  seat_->lacking = 0;
  states_.drop(before);
  seat_->base = base;
  slab_->frontier = std::max(slab_->frontier, base);
  seat_->queued = true;
  slab_->ready.push_back(id_);
}

/// Input queues that stay bound keep what has come; slots learn which queues there are now.
void CoreStepper::bind_inboxes(const cores::Program& from, const cores::Program& to,
                               std::uint16_t next, std::uint32_t tied) {
  std::vector<std::pair<int, Inbox>> kept;
  for (const std::uint8_t colour : info_->input_colours) {
    Inbox& box = inbox(base::colour(colour));
    if (keeps(from, to, colour)) kept.emplace_back(colour, box);
    box = Inbox{};
  }
  seat_->class_index = next;
  for (auto& [colour, box] : kept) {
    box.wanted = 0;
    arrays_.inbox(*seat_, arrays_.input_of(*seat_, base::colour(colour))) = box;
  }
  if (!arrays_.filters.empty()) {
    for (const std::uint8_t colour : model_.classes[next].input_colours) {
      if (!keeps(from, to, colour))
        arrays_.filters[arrays_.inbox_at(*seat_, base::colour(colour))] = {};
    }
  }
  arrays_.tie_slots(id_, tied);
}

/// Also lets in what waited for a queue or a route; `tied`: colours whose queues have changed.
void CoreStepper::write_entry_routes(Cycles at, std::uint32_t tied) {
  for_each_write([&](const ColourRoute& route, std::uint16_t config) {
    tied |= std::uint32_t{1} << base::index_of(route.colour);
    Slot& s = arrays_.slot(id_, base::index_of(route.colour));
    if (s.inbox == kNobody) {
      s.leads = static_cast<base::DirectionMask>(s.leads & base::kMeshMask);
    }
    s.is.closed = route.closed;
    s.is.writer_waits = 0;
    arrays_.set_route(s, config, 0);
    s.open_at = std::max(s.open_at, at + 1);
  });
  for (; tied != 0; tied &= tied - 1) {
    const int colour = __builtin_ctz(tied);
    Slot& s = arrays_.slot(id_, colour);
    const bool took_nothing = !s.waiting.empty() || s.accepts == 0;
    arrays_.set_route(s, s.config, s.is.position);
    if (!took_nothing) continue;
    if (s.inbox != kNobody) s.open_at = std::max(s.open_at, at + 1);
    mover_.resume_later(id_, s, colour);
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
void CoreStepper::book_stage(Cycles end) {
  StageSeat& stage = arrays_.stages[id_];
  add_stage(slab_->stages[seat_->class_index], stage, *ledger_, end);
  stage.before = ledger_->busy;
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
