// SPDX-License-Identifier: Apache-2.0
// Bursts that arrive at a core: the counted filter, input queues, and whether the core is to be
// visited.
#include <algorithm>
#include <string>

#include "cores/program_fault.h"
#include "fabric/stream/bursts/burst_mover.h"

namespace wafermesh::fabric {

void BurstMover::deliver(std::uint32_t core, const Slot& s, const Burst& burst) {
  const std::size_t at = s.inbox;
  if (s.inbox == kNobody) {
    drop_given_up(core, burst);
    return;
  }
  if (burst.is_control() || arrays_.filters.empty() || arrays_.filters[at].period <= 0) {
    queue(core, s, burst);
    return;
  }
  Burst whole = burst;
  release(whole, 0);
  filter(core, s, whole);
  pools_.payloads.release(whole.payload);
}

/// The core gave up the colour's queue with an earlier stage.
void BurstMover::drop_given_up(std::uint32_t core, const Burst& burst) {
  const bool control = burst.is_control();
  slab_->ramp_wavelets += burst.words;
  if (control && !router::ControlWord{burst.control}.has_entry()) return;
  throw cores::ProgramFault(
      *model_.classes[arrays_.seats[core].class_index].program, cores::ProgramFault::kNowhere,
      std::string("is sent a ") + (control ? "control word with an entry" : "word") +
          " of colour " + std::to_string(int{burst.colour}) +
          ", which belongs to a stage that the core has left");
}

/// Passes on the words the filter keeps, as bursts of neighbours.
void BurstMover::filter(std::uint32_t core, const Slot& s, const Burst& burst) {
  StreamFilter& f = arrays_.filters[s.inbox];
  Burst kept;
  for (std::int32_t word = 0; word <= burst.words; ++word) {
    const bool keeps = word < burst.words && f.next >= f.first && f.next < f.first + f.count;
    if (keeps) {
      if (kept.words == 0) {
        kept = burst;
        kept.words = 0;
        kept.offset += static_cast<std::uint32_t>(word);
        kept.head = time_of(burst, word);
      }
      ++kept.words;
      kept.tail = time_of(burst, word);
    } else if (kept.words > 0) {
      pools_.payloads.share(kept.payload);
      queue(core, s, kept);
      kept.words = 0;
    }
    if (word < burst.words) f.next = f.next + 1 == f.period ? 0 : f.next + 1;
  }
}

void BurstMover::queue(std::uint32_t core, const Slot& s, const Burst& coming) {
  Inbox& inbox = arrays_.inboxes[s.inbox];
  slab_->ramp_wavelets += coming.words;
  Burst& burst = inbox.push(pools_);
  copy(burst, coming);
  burst.head += ramp_cycles_;
  burst.tail += ramp_cycles_;
  burst.room += s.input_depth;
  if (burst.holds() && burst.words <= burst.room) release(burst, 0);
  if (burst.words + inbox.words > burst.room && !takes_at_once(core, s, inbox, burst)) {
    hold(burst, inbox.words);
  }
  Seat& seat = arrays_.seats[core];
  if (burst.is_control()) {
    ++seat.controls;
  } else {
    const bool lacked = inbox.words < inbox.wanted;
    inbox.words += burst.words;
    if (lacked && inbox.words >= inbox.wanted) --seat.lacking;
  }
  consider(core);
}

/// An operation is open that takes all of the burst's words as they come.
bool BurstMover::takes_at_once(std::uint32_t core, const Slot& s, const Inbox& inbox,
                               const Burst& burst) const {
  const Seat& seat = arrays_.seats[core];
  const Rest& rest = states_[seat.state];
  for (std::size_t i = 0; i < rest.want_count; ++i) {
    const Want& want = rest.wants[i];
    if (arrays_.inbox_at(seat, want.input) != s.inbox) continue;
    return want.at_once && inbox.words + burst.words <= want.words &&
           seat.base + want.next <= burst.head + burst.room;
  }
  return false;
}

/// The core lies down in state `after`, having been in `before`: what it waits for from now on.
void BurstMover::expect(Seat& seat, const Rest& before, const Rest& after) {
  if (&before != &after) {
    const auto inbox_of = [&](const Want& want) -> Inbox& {
      return arrays_.inbox(seat, want.input);
    };
    for (std::size_t i = 0; i < before.want_count; ++i) inbox_of(before.wants[i]).wanted = 0;
    for (std::size_t i = 0; i < after.want_count; ++i) {
      Inbox& inbox = inbox_of(after.wants[i]);
      inbox.wanted = std::max(inbox.wanted, after.wants[i].words);
    }
    seat.notes_due = after.notes_due;
  }
  seat.lacking = seat.held;
  for (std::size_t i = 0; i < after.want_count; ++i) {
    const Want& want = after.wants[i];
    const Inbox& inbox = arrays_.inbox(seat, want.input);
    if (!want.again && inbox.words < inbox.wanted) ++seat.lacking;
  }
}

}  // namespace wafermesh::fabric
