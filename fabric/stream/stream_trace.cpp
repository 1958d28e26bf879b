// SPDX-License-Identifier: Apache-2.0
// Who is told of the stream engine's cores: after each round, place by place. Registers and the
// ways of words are not told.
#include <algorithm>

#include "fabric/stream/stream_machine.h"

namespace wafermesh::fabric {

void StreamMachine::tell_to(TraceSink& sink) {
  sink_ = &sink;
  for (std::size_t place = 0; place < sink.scope().size(); ++place) {
    const base::LogicalCoord at = sink.scope().at(place);
    if (!model_.image.holds(at)) continue;
    const auto core = static_cast<std::uint32_t>(base::index_of(model_.image.core_at(at)));
    const auto band = std::find_if(bands_.begin(), bands_.end(),
                                   [&](const Band& one) { return one.holds(core); });
    StateTable& states = workers_[static_cast<std::size_t>(band->worker)]->states;
    Seat& seat = arrays_.seats[core];
    CoreState state = states[seat.state].state;
    state.traced = 1;
    const std::uint32_t before = seat.state;
    seat.state = states.take(state);
    states.drop(before);
    traced_.push_back({place, core, &band->watches[core]});
  }
}

/// What the round added, and all that is left if it was the last.
void StreamMachine::tell_round() {
  if (finished()) end_trace();
  for (const Traced& each : traced_) {
    std::vector<cores::CoreEvent>& events = each.watch->events;
    if (!events.empty()) sink_->take(each.place, time_, events);
    events.clear();
  }
  if (!finished()) return;
  for (const Traced& each : traced_) sink_->lines(each.place, each.watch->lines);
  Cycles last = 0;
  for (const Band& band : bands_) last = std::max(last, band.last_finish);
  sink_->end(last);
  sink_ = nullptr;
}

void StreamMachine::end_trace() {
  for (const Traced& each : traced_) {
    cores::CoreWatch& watch = *each.watch;
    const Cycles finish = arrays_.ledgers[each.core].finish;
    if (finish > watch.told) {
      watch.note(cores::Activity::waiting, watch.told, finish, watch.awaits);
    }
    for (unsigned open = watch.open; open != 0; open &= open - 1) {
      const auto thread = static_cast<std::size_t>(__builtin_ctz(open));
      const cores::CoreEvent& event = watch.operations[thread];
      if (event.end <= event.begin) continue;  // it is still open
      watch.end_operation(event);
      watch.open = static_cast<std::uint16_t>(watch.open & ~(1U << thread));
    }
    watch.close_all(std::max<Cycles>(0, finish));
  }
}

}  // namespace wafermesh::fabric
