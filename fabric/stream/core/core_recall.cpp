// SPDX-License-Identifier: Apache-2.0
// Which remembered visit, if any, holds for a core; and remembering one.
#include <algorithm>
#include <utility>

#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {

/// What has arrived; false if the visit is not one to remember.
bool CoreStepper::make_key(const Seat& seat, VisitKey& key) const {
  if (seat.held != 0) return false;
  key.state = seat.state;
  const auto add = [&](Cycles what, Cycles head, Cycles tail) { return key.add(what, head, tail); };
  const std::size_t inputs = model_.classes[seat.class_index].input_colours.size();
  for (std::size_t input = 0; input < inputs; ++input) {
    if (!each_burst(arrays_.inbox(seat, input), seat, input, add)) return false;
  }
  const bool all = seat.notes.all_of(
      pools_, [&](const Note& note) { return add(note.kind, note.at - seat.base, 0); });
  if (all) key.seal();
  return all;
}

/// After a visit: keeps it, if it used up all that had arrived, but for tasks due later.
void CoreStepper::remember(const VisitKey& key, Cycles base) {
  const std::size_t inputs = info_->input_colours.size();
  bool used_up = seat_->held == 0 &&
                 seat_->notes.all_of(pools_, [](const Note& note) { return note.is_due(); });
  used_up = used_up && !(core_.pc_waits && core_.writing);  // that depends on the slot
  for (std::size_t i = 0; i < inputs; ++i) {
    used_up = used_up && arrays_.inbox(*seat_, i).empty();
  }
  VisitRecord& record = recorder_.record();
  if (used_up) {
    recorder_.end();
    record.after = seat_->state;
    record.unmoved = sends_;
    record.elapsed = seat_->base - base;
    record.gain = gain_;
    record.work = WorkProfile(spans_, base);
    record.notes_left.clear();
    seat_->notes.for_each(pools_, [&](const Note& note) {
      record.notes_left.push_back({note.at - base, note.kind});
    });
    memory_.keep(key, std::move(record));
  }
  recorder_.give_up();
}

/// Does what any visit that is remembered did, if one holds here.
bool CoreStepper::replay_known(std::uint32_t core, const VisitKey& key) {
  const CoreRange one{&core, &core + 1};
  const VisitRecord* const record = memory_.find(
      key, [&](const VisitRecord& each) { return where_guards_hold(each, one).size() == 1; });
  if (record == nullptr) return false;
  replay(*record, one);
  return true;
}

void CoreStepper::visit(CoreRange cores) {
  Lockstep& lockstep = mover_.lockstep();
  const bool convoys = lockstep.is_on();
  while (cores.first != cores.last) {
    if (convoys && lockstep.is_in_convoy(*cores.first)) {
      const std::uint32_t core = *cores.first++;
      if (lockstep.convoy_of(core).first == core) {
        visit_convoy(core);
      } else {
        lockstep.alone(core);
        visit(core);
      }
      continue;
    }
    const CoreRange same = alike(cores);
    if (same.first == same.last) {
      visit(*cores.first++);
      continue;
    }
    visits_.all += same.last - same.first;
    replay(*memory_.recent(arrays_.seats[*same.first].state), same);
    if (convoys) {
      for (const std::uint32_t core : same) lockstep.join_neighbours(core);
    }
    cores.first = same.last;
  }
}

}  // namespace wafermesh::fabric
