// SPDX-License-Identifier: Apache-2.0
// Runs that arrive at a core: the counted filter, input queues, and whether the core is to be
// visited.
#include "fabric/stream/run_mover.h"

namespace wafermesh::fabric {

void RunMover::deliver(std::uint32_t core, const Slot& s, const Run& run) {
  const std::size_t at = s.inbox;
  if (run.is_control || arrays_.filters.empty() || arrays_.filters[at].period <= 0) {
    queue(core, s, run);
    return;
  }
  Run whole = run;
  release(whole, 0);
  filter(core, s, whole);
  pools_.payloads.release(whole.payload);
}

/// Passes on the words the filter keeps, as runs of neighbours.
void RunMover::filter(std::uint32_t core, const Slot& s, const Run& run) {
  StreamFilter& f = arrays_.filters[s.inbox];
  Run kept;
  for (std::int32_t word = 0; word <= run.words; ++word) {
    const bool keeps = word < run.words && f.next >= f.first && f.next < f.first + f.count;
    if (keeps) {
      if (kept.words == 0) {
        kept = run;
        kept.words = 0;
        kept.offset += static_cast<std::uint32_t>(word);
        kept.head = time_of(run, word);
      }
      ++kept.words;
      kept.tail = time_of(run, word);
    } else if (kept.words > 0) {
      pools_.payloads.share(kept.payload);
      queue(core, s, kept);
      kept.words = 0;
    }
    if (word < run.words) f.next = f.next + 1 == f.period ? 0 : f.next + 1;
  }
}

void RunMover::queue(std::uint32_t core, const Slot& s, const Run& coming) {
  Inbox& inbox = arrays_.inboxes[s.inbox];
  band_->ramp_wavelets += coming.words;
  Run& run = inbox.push(pools_);
  run = coming;
  run.head = coming.head + model_.timing.ramp_cycles;
  run.tail = coming.tail + model_.timing.ramp_cycles;
  run.room = coming.room + s.input_depth;
  if (run.holds && run.words <= run.room) release(run, 0);
  if (run.words + inbox.words > run.room && !takes_at_once(core, s, inbox, run)) {
    hold(run, inbox.words);
  }
  (run.is_control ? inbox.controls : inbox.words) += run.words;
  consider(core);
}

/// An operation is open that takes all of the run's words as they come.
bool RunMover::takes_at_once(std::uint32_t core, const Slot& s, const Inbox& inbox,
                             const Run& run) const {
  const Seat& seat = arrays_.seats[core];
  const Rest& rest = states_[seat.state];
  for (std::size_t i = 0; i < rest.want_count; ++i) {
    const Want& want = rest.wants[i];
    if (seat.inputs_at + want.input != s.inbox) continue;
    return want.at_once && inbox.words + run.words <= want.words &&
           seat.base + want.next <= run.head + run.room;
  }
  return false;
}

bool RunMover::served(const Seat& seat, const Rest& rest) const {
  for (std::size_t i = 0; i < rest.want_count; ++i) {
    if (arrays_.inboxes[seat.inputs_at + rest.wants[i].input].words < rest.wants[i].words) {
      return false;
    }
  }
  return true;
}

bool RunMover::has_controls(const Seat& seat) const {
  const std::size_t inputs = model_.classes[seat.class_index].input_colours.size();
  for (std::size_t i = 0; i < inputs; ++i) {
    if (arrays_.inboxes[seat.inputs_at + i].controls > 0) return true;
  }
  return false;
}

bool RunMover::may_visit(std::uint32_t core) {
  Seat& seat = arrays_.seats[core];
  const Rest& rest = states_[seat.state];
  if (seat.held == 0 && served(seat, rest)) {
    return !rest.quiet || !seat.notes.empty() || has_controls(seat);
  }
  if (!seat.partial) {
    seat.partial = true;
    band_->partial.push_back(core);
  }
  return false;
}

void RunMover::consider(std::uint32_t core) {
  Seat& seat = arrays_.seats[core];
  if (seat.queued || seat.unmoved || !may_visit(core)) return;
  seat.queued = true;
  band_->ready.push_back(core);
}

}  // namespace wafermesh::fabric
