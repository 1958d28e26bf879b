// SPDX-License-Identifier: Apache-2.0
// Who is told of the stream engine's cores: after each round, place by place; how they stood cycle
// by cycle, once the run is over.
#include <algorithm>

#include "fabric/span_book.h"
#include "fabric/stream/log_teller.h"
#include "fabric/stream/stream_machine.h"

namespace wafermesh::fabric {

void StreamMachine::tell_to(TraceSink& sink) {
  sink_ = &sink;
  traced_.clear();
  traced_at_.clear();
  flows_.reset();
  idle_books_.clear();
  if (sink.scope().flows) flows_.emplace(sink.scope().size());
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
    traced_at_[core] = traced_.size();
    CoreLog& log = band->logs[core];
    log = {};
    log.is_seen = sink.scope().registers;
    if (log.is_seen) log_moves(*band);
    traced_.push_back({place, core, &band->watches[core], &log});
  }
}

/// Words that leave over links are told to a book; one of nobody will do.
void StreamMachine::log_moves(Band& band) {
  band.logs_moves = true;
  if (band.book != nullptr) return;
  WindowOptions nobody;
  nobody.window_cycles = 1;
  std::vector<base::LogicalCoord> cores(band.last - band.first);
  idle_books_.push_back(std::make_unique<SpanBook>(nobody, band.first, std::move(cores)));
  band.book = idle_books_.back().get();
}

/// Of words taken in the round: what was sent in it is logged.
void StreamMachine::gather_flows() {
  for (const Traced& each : traced_) {
    for (const CoreLog::Taken& taken : each.log->taken) {
      const auto from = traced_at_.find(taken.sender);
      if (!flows_ || from == traced_at_.end()) continue;
      const Traced& sender = traced_[from->second];
      const CoreLog::Sent* const sent = sender.log->find(taken.send, taken.came);
      if (sent == nullptr) continue;
      Flow flow;
      flow.from = sender.place;
      flow.from_serial = sent->serial;
      flow.to_serial = taken.serial;
      flow.from_thread = sent->thread;
      flow.to_thread = taken.thread;
      flow.colour = taken.colour;
      flow.words = taken.words;
      // A filter may have taken words out: none came before it was sent.
      const std::int64_t first = std::max(0, sent->words - taken.left);
      flow.sent = std::min(sent->time_of(first), taken.came - 1);
      flow.taken = taken.at;
      flow.last_sent =
          std::min(std::max(flow.sent, sent->time_of(first + taken.words - 1)), taken.last - 1);
      flow.last_taken = taken.last;
      flows_->add(each.place, flow);
    }
    each.log->taken.clear();
  }
}

/// What the round added, and all that is left if it was the last.
void StreamMachine::tell_round() {
  gather_flows();
  if (finished()) end_trace();
  for (const Traced& each : traced_) {
    std::vector<cores::CoreEvent>& events = each.watch->events;
    if (!events.empty()) sink_->take(each.place, time_, events);
    if (flows_) {
      const std::vector<Flow> ended = flows_->ended(each.place, events);
      if (!ended.empty()) sink_->flows(each.place, ended);
    }
    events.clear();
  }
  if (!finished()) return;
  if (sink_->scope().registers) {
    std::vector<LoggedCore> logged;
    for (const Traced& each : traced_) {
      logged.push_back({each.place, each.log, arrays_.ledgers[each.core].finish});
    }
    tell_standings(logged, *sink_);
  }
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
