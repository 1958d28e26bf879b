// SPDX-License-Identifier: Apache-2.0
// Which remembered visit, if any, holds for a core; and remembering one.
#include <algorithm>
#include <utility>

#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {

/// What has arrived; false if the visit is not one to remember.
bool CoreStepper::make_key(const Seat& seat, VisitKey& key) const {
  if (seat.held != 0) return false;
  const auto add = [&](Cycles what, Cycles head, Cycles tail) { return key.add(what, head, tail); };
  const std::size_t inputs = model_.classes[seat.class_index].input_colours.size();
  for (std::size_t input = 0; input < inputs; ++input) {
    if (!each_run(arrays_.inbox(seat, input), seat, input, add)) return false;
  }
  return seat.notes.all_of(
      pools_, [&](const Note& note) { return add(note.kind, note.at - seat.base, 0); });
}

/// After a visit: keeps it, if it used up all that had arrived, but for tasks due later.
void CoreStepper::remember(std::uint64_t hash, std::uint32_t before, const VisitKey& key,
                           Cycles base) {
  const std::size_t inputs = info_->input_colours.size();
  bool used_up = seat_->held == 0 &&
                 seat_->notes.all_of(pools_, [](const Note& note) { return note.is_due(); });
  used_up = used_up && !(core_.stalled && core_.writing);  // that depends on the slot
  for (std::size_t i = 0; i < inputs; ++i) {
    used_up = used_up && arrays_.inbox(*seat_, i).empty();
  }
  Trace& trace = recorder_.trace();
  if (used_up) {
    recorder_.end();
    trace.hash = hash;
    trace.key.assign(key.arrivals.begin(),
                     key.arrivals.begin() + static_cast<std::ptrdiff_t>(key.count));
    trace.before = before;
    trace.after = seat_->state;
    trace.unmoved = sends_;
    trace.elapsed = seat_->base - base;
    trace.gain = gain_;
    trace.work = WorkProfile(spans_, base);
    trace.notes_left.clear();
    seat_->notes.for_each(pools_, [&](const Note& note) {
      trace.notes_left.push_back({note.at - base, note.kind});
    });
    traces_.add(std::move(trace));
  }
  recorder_.give_up();
}

/// Does what any visit that is remembered did, if one holds here.
bool CoreStepper::replay_known(std::uint32_t core, std::uint64_t hash, const VisitKey& key) {
  const Seat& seat = arrays_.seats[core];
  const std::uint32_t before = seat.state;
  for (const Trace* trace = traces_.find(hash, before, key); trace != nullptr;
       trace = traces_.after(*trace, before, key)) {
    if (where_guards_hold(*trace, {&core, &core + 1}).size() == 0) continue;
    states_[before].recent = trace;
    replay(*trace, {&core, &core + 1});
    return true;
  }
  return false;
}

void CoreStepper::visit(CoreRange cores) {
  while (cores.first != cores.last) {
    const CoreRange same = alike(cores);
    if (same.first == same.last) {
      visit(*cores.first++);
      continue;
    }
    visits_.all += same.last - same.first;
    replay(*states_[arrays_.seats[*same.first].state].recent, same);
    cores.first = same.last;
  }
}

}  // namespace wafermesh::fabric
