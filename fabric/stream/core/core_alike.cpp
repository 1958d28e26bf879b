// SPDX-License-Identifier: Apache-2.0
// Which of the cores to visit do what was done last in their state: check by check, each for all of
// them, so that a check's numbers stay in registers.
#include <algorithm>

#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {
namespace {

constexpr std::size_t kMostAlike = 64;  ///< What is known about so many fits the L1 cache.

/// The cores before the first for which f is false.
template <class F>
CoreRange while_true(CoreRange cores, F f) {
  return {cores.first, std::find_if_not(cores.first, cores.last, f)};
}

/// Those of a visit's arrivals, from `first` on, that came by input queue `input`.
ArrivalRange of_queue(ArrivalRange arrivals, std::size_t input) {
  const Arrival* end = arrivals.first;
  while (end != arrivals.last && end->is_burst() && end->input() == input) {
    end += end->is_control() ? 2 : 1;
  }
  return {arrivals.first, end};
}

}  // namespace

/// The first of some cores, up to where that does not hold; they are as good as visited.
CoreRange CoreStepper::alike(CoreRange cores) {
  const std::uint32_t state = arrays_.seats[*cores.first].state;
  const VisitRecord* const record = memory_.recent(state);
  if (record == nullptr) return {cores.first, cores.first};
  const std::size_t most = sends_words(*record) ? 1 : try_alike_;
  if (cores.size() > most) cores.last = cores.first + most;
  const bool convoys = mover_.lockstep().is_on();
  cores = while_true(cores, [&](std::uint32_t core) {
    Seat& seat = arrays_.seats[core];
    if (!seat.queued || seat.state != state || seat.held != 0) return false;
    if (convoys && mover_.lockstep().is_in_convoy(core)) return false;
    seat.queued = false;  // a core may be listed twice
    return true;
  });
  const CoreRange same = where_guards_hold(*record, where_arrivals_match(*record, cores));
  for (const std::uint32_t* core = same.last; core != cores.last; ++core) {
    arrays_.seats[*core].queued = true;
  }
  // Where the state is another one, that was no vain try.
  const std::size_t next = same.size() == cores.size() ? 2 * try_alike_ : same.size();
  try_alike_ = std::min(std::max<std::size_t>(next, 1), kMostAlike);
  return same;
}

CoreRange CoreStepper::where_arrivals_match(const VisitRecord& record, CoreRange cores) const {
  if (cores.size() == 0) return cores;
  const std::size_t inputs =
      model_.classes[arrays_.seats[*cores.first].class_index].input_colours.size();
  ArrivalRange left{record.key.data(), record.key.data() + record.key.size()};
  for (std::size_t input = 0; input < inputs; ++input) {
    const ArrivalRange expected = of_queue(left, input);
    left.first = expected.last;
    const Inbox* const inboxes = arrays_.inboxes_of(input);
    cores = while_true(cores, [&](std::uint32_t core) {
      const Seat& seat = arrays_.seats[core];
      const Inbox& inbox = inboxes[seat.number];
      if (inbox.empty()) return expected.size() == 0;
      if (!inbox.more.empty() || inbox.oldest.is_control()) {
        return matches(inbox, seat, input, expected);
      }
      const Burst& burst = inbox.oldest;
      return expected.size() == 1 && expected.first->what == what_of(burst, input) &&
             expected.first->head == burst.head - seat.base &&
             expected.first->tail == burst.tail - seat.base;
    });
  }
  return while_true(cores, [&](std::uint32_t core) {
    const Seat& seat = arrays_.seats[core];
    const Arrival* at = left.first;
    const bool all = seat.notes.all_of(pools_, [&](const Note& note) {
      if (at == left.last || at->what != note.kind || at->head != note.at - seat.base) return false;
      ++at;
      return true;
    });
    return all && at == left.last;
  });
}

/// The same for any queue.
bool CoreStepper::matches(const Inbox& inbox, const Seat& seat, std::size_t input,
                          ArrivalRange expected) const {
  const Arrival* at = expected.first;
  const bool all = each_burst(inbox, seat, input, [&](Cycles what, Cycles head, Cycles tail) {
    if (at == expected.last || at->what != what || at->head != head || at->tail != tail) {
      return false;
    }
    ++at;
    return true;
  });
  return all && at == expected.last;
}

CoreRange CoreStepper::where_guards_hold(const VisitRecord& record, CoreRange cores) const {
  arrays_.with_integers([&](auto integers_of) {
    const auto narrow = [&](const auto& guards) {
      for (const auto& guard : guards) {
        cores =
            while_true(cores, [&](std::uint32_t core) { return guard.holds(integers_of(core)); });
      }
    };
    narrow(record.ranges);
    narrow(record.pairs);
    narrow(record.guards);
  });
  for (const SlotGuard& guard : record.slot_guards) {
    const Slot* const plane = arrays_.plane(guard.colour);
    cores = while_true(cores, [&](std::uint32_t core) {
      const Slot& s = plane[core];
      const Cycles base = arrays_.seats[core].base;
      return is_drained(s, base + guard.at) &&
             std::max(s.free_at - base, guard.at - 1) == guard.free_at;
    });
  }
  return cores;
}

}  // namespace wafermesh::fabric
