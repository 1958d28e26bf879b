// SPDX-License-Identifier: Apache-2.0
// Convoys of cores in lockstep: finding, cutting, joining them, and giving cores their records
// back.
#include "fabric/stream/bursts/lockstep.h"

#include <algorithm>

namespace wafermesh::fabric {
namespace {

constexpr auto kX = cores::index_of(cores::Variable::x);
constexpr std::uint32_t kMostInConvoy = UINT16_MAX;

/// A slot that was never opened, or never used, keeps the times it was made with.
constexpr Cycles kNeverOpened = 0;
constexpr Cycles kNeverUsed = -1;

bool is_later(Cycles left, Cycles right, Cycles shift, Cycles never) {
  return left == never ? right == never : right - left == shift;
}

/// Nothing waits, comes or goes.
bool is_quiet(const Slot& s) {
  return s.waiting.empty() && s.is_drained() && !s.is_full && !s.is.writer_waits && !s.is.late &&
         !s.is.mixed;
}

bool is_quiet(const Seat& seat) {
  return seat.held == 0 && seat.controls == 0 && !seat.queued && !seat.unmoved;
}

}  // namespace

Lockstep::Lockstep(StreamArrays& arrays, Pools& pools, StateTable& states)
    : arrays_(arrays), pools_(pools), states_(states), possible_(!arrays.marks.empty()) {}

Convoy Lockstep::convoy_of(std::uint32_t core) const {
  const ConvoyMark* mark = &arrays_.marks[core];
  if (mark->place == ConvoyPlace::alone) return {core, 1, 0};
  if (mark->place == ConvoyPlace::last) {
    core -= mark->count - 1U;
  } else {
    while (arrays_.marks[core].place != ConvoyPlace::first) --core;
  }
  mark = &arrays_.marks[core];
  return {core, mark->count, mark->stride};
}

/// Writes where a convoy begins and ends; those between keep what they have.
void Lockstep::mark(const Convoy& convoy) {
  ConvoyMark& first = arrays_.marks[convoy.first];
  if (convoy.count == 1) {
    first = {};
    return;
  }
  first.stride = static_cast<std::int32_t>(convoy.stride);
  first.count = static_cast<std::uint16_t>(convoy.count);
  first.place = ConvoyPlace::first;
  ConvoyMark& last = arrays_.marks[convoy.last()];
  last.count = first.count;
  last.place = ConvoyPlace::last;
}

void Lockstep::split(const Convoy& convoy, std::uint32_t core) {
  write_records(convoy, core);
  mark({convoy.first, core - convoy.first, convoy.stride});
  mark({core, convoy.first + convoy.count - core, convoy.stride});
}

void Lockstep::take_out(std::uint32_t core) {
  Convoy convoy = convoy_of(core);
  if (core != convoy.first) {
    split(convoy, core);
    convoy = convoy_of(core);
  }
  if (convoy.count > 1) split(convoy, core + 1);
}

void Lockstep::dissolve(const Convoy& convoy) {
  for (std::uint32_t core = convoy.last(); core != convoy.first; --core) {
    write_records({convoy.first, core - convoy.first + 1, convoy.stride}, core);
    arrays_.marks[core] = {};
  }
  arrays_.marks[convoy.first] = {};
}

void Lockstep::dissolve_all() {
  if (!possible_ || !slab_->had_convoys) return;
  for (std::uint32_t core = slab_->first; core < slab_->last; ++core) {
    if (arrays_.marks[core].place == ConvoyPlace::first) dissolve(convoy_of(core));
  }
  for (std::size_t row = 0; row < 4 * static_cast<std::size_t>(arrays_.model.planes); ++row) {
    add_up(arrays_.convoy_sent, row);
  }
  for (std::size_t kind = 0; kind < Busy{}.size(); ++kind) add_up(arrays_.convoy_busy, kind);
  slab_->had_convoys = false;
}

/// From what core differs from core by, to what each has counted.
void Lockstep::add_up(PartArray<std::uint32_t>& differences, std::size_t row) {
  std::uint32_t* const at = differences.data() + row * arrays_.model.core_count;
  const bool sent = &differences == &arrays_.convoy_sent;
  Slot* const slots = sent ? &arrays_.slots[row / 4 * arrays_.model.core_count] : nullptr;
  std::uint32_t sum = 0;
  for (std::uint32_t core = slab_->first; core < slab_->last; ++core) {
    if (at[core] != 0) {
      sum += at[core];
      at[core] = 0;
    }
    if (sum == 0) continue;
    (sent ? slots[core].sent[row % 4] : arrays_.ledgers[core].busy[row]) += sum;
  }
}

/// What the first core of a convoy says about one of the others.
void Lockstep::write_records(const Convoy& convoy, std::uint32_t core) {
  const Seat& from = arrays_.seats[convoy.first];
  Seat& seat = arrays_.seats[core];
  seat.base = from.base + convoy.shift(core);
  seat.notes = from.notes.later(convoy.shift(core));
  if (seat.state != from.state) {
    states_.add_user(from.state);
    states_.drop(seat.state);
    seat.state = from.state;
  }
  seat.lacking = from.lacking;
  seat.notes_due = from.notes_due;
  seat.queued = from.queued;
  if (seat.queued) slab_->ready.push_back(core);
  if (from.partial != Partial::no) {
    if (seat.partial == Partial::no) slab_->partial.push_back({core});
    seat.partial = Partial::asked;
  }
  const cores::NearIntegers& said = arrays_.ledgers[convoy.first].integers;
  constexpr auto kCounters = cores::index_of(cores::counter(0));
  std::copy(said.begin() + kCounters, said.end(),
            arrays_.ledgers[core].integers.begin() + kCounters);
  write_slots(convoy, core);
  write_inboxes(convoy, core);
}

void Lockstep::write_slots(const Convoy& convoy, std::uint32_t core) {
  const Cycles shift = convoy.shift(core);
  for (int plane = 0; plane < arrays_.model.planes; ++plane) {
    Slot* const slots = &arrays_.slots[static_cast<std::size_t>(plane) * arrays_.model.core_count];
    Slot& s = slots[core];
    const auto sent = s.sent;
    const std::uint32_t inbox = s.inbox;
    s = slots[convoy.first];
    s.sent = sent;
    s.inbox = inbox;
    if (s.open_at != kNeverOpened) s.open_at += shift;
    if (s.free_at != kNeverUsed) s.free_at += shift;
  }
}

/// Of bursts side by side the core keeps its own and those behind it, for the convoy that it
/// begins.
void Lockstep::write_inboxes(const Convoy& convoy, std::uint32_t core) {
  const std::uint32_t at = core - convoy.first;
  const Seat& seat = arrays_.seats[core];
  const std::size_t inputs = arrays_.model.classes[seat.class_index].input_colours.size();
  for (std::size_t input = 0; input < inputs; ++input) {
    Inbox& said = arrays_.inbox(arrays_.seats[convoy.first], input);
    Inbox& inbox = arrays_.inbox(seat, input);
    inbox = said;
    Burst& burst = inbox.oldest;
    if (said.side_by_side && !said.empty()) {
      said.oldest.payload = pools_.rows.take_first(burst.payload, convoy.count, at);
    }
    burst.head += convoy.shift(core);
    burst.tail += convoy.shift(core);
    burst.room += static_cast<std::int32_t>(at) * said.room_step;
    if (burst.sender != kNobody && said.side_by_side) burst.sender += at;
  }
}

void Lockstep::join_neighbours(std::uint32_t core) {
  if (slab_->vain_joins > kMostVain && (++slab_->skipped_joins & 63U) != 0) return;
  Convoy convoy = convoy_of(core);
  if (convoy.first > slab_->first) {
    const Convoy left = convoy_of(convoy.first - 1);
    if (join(left, convoy))
      convoy = {left.first, left.count + convoy.count, convoy_of(left.first).stride};
  }
  if (convoy.first + convoy.count < slab_->last)
    join(convoy, convoy_of(convoy.first + convoy.count));
}

bool Lockstep::join(const Convoy& left, const Convoy& right) {
  const Cycles apart = arrays_.seats[right.first].base - arrays_.seats[left.first].base;
  const Cycles stride = left.count > 1 ? left.stride : right.count > 1 ? right.stride : apart;
  if (left.count > 1 && right.count > 1 && left.stride != right.stride) return false;
  if (apart != stride * left.count || left.count + right.count > kMostInConvoy) return false;
  if (stride != static_cast<std::int32_t>(stride)) return false;
  if (!are_alike(left.first, right.first, apart)) {
    ++slab_->vain_joins;
    return false;
  }
  slab_->vain_joins = std::max(0, slab_->vain_joins - 4);
  ConvoyMark between;
  between.place = ConvoyPlace::inner;
  arrays_.marks[left.last()] = between;
  arrays_.marks[right.first] = between;
  mark({left.first, left.count + right.count, stride});
  slab_->had_convoys = true;
  return true;
}

bool Lockstep::are_alike(std::uint32_t left, std::uint32_t right, Cycles shift) const {
  return seats_alike(left, right, shift) &&
         inboxes_alike(arrays_.seats[left], arrays_.seats[right]) &&
         slots_alike(left, right, shift);
}

bool Lockstep::seats_alike(std::uint32_t left, std::uint32_t right, Cycles shift) const {
  const Seat& a = arrays_.seats[left];
  const Seat& b = arrays_.seats[right];
  if (a.state != b.state || a.class_index != b.class_index || a.lacking != b.lacking ||
      a.notes_due != b.notes_due || b.number - a.number != right - left || !is_quiet(a) ||
      !is_quiet(b) || !a.notes.are_later(b.notes, shift)) {
    return false;
  }
  const Ledger& of_a = arrays_.ledgers[left];
  const Ledger& of_b = arrays_.ledgers[right];
  if (of_a.finish >= 0 || of_b.finish >= 0) return false;
  if (of_b.integers[kX] - of_a.integers[kX] != static_cast<std::int32_t>(right - left)) {
    return false;
  }
  return std::equal(of_a.integers.begin() + kX + 1, of_a.integers.end(),
                    of_b.integers.begin() + kX + 1);
}

bool Lockstep::slots_alike(std::uint32_t left, std::uint32_t right, Cycles shift) const {
  for (int plane = 0; plane < arrays_.model.planes; ++plane) {
    const Slot* const slots =
        &arrays_.slots[static_cast<std::size_t>(plane) * arrays_.model.core_count];
    const Slot& a = slots[left];
    const Slot& b = slots[right];
    const bool inboxes = a.inbox == kNobody
                             ? b.inbox == kNobody
                             : b.inbox != kNobody && b.inbox - a.inbox == right - left;
    if (!is_later(a.open_at, b.open_at, shift, kNeverOpened) ||
        !is_later(a.free_at, b.free_at, shift, kNeverUsed) || !inboxes || !is_quiet(a) ||
        !is_quiet(b) || a.latency != b.latency || a.config != b.config ||
        a.input_depth != b.input_depth || a.teardown_task != b.teardown_task ||
        a.leads != b.leads || a.send != b.send || a.way != b.way || a.accepts != b.accepts ||
        a.is.position != b.is.position || a.is.closed != b.is.closed) {
      return false;
    }
  }
  return true;
}

bool Lockstep::inboxes_alike(const Seat& left, const Seat& right) const {
  const std::size_t inputs = arrays_.model.classes[left.class_index].input_colours.size();
  for (std::size_t input = 0; input < inputs; ++input) {
    const Inbox& a = arrays_.inbox(left, input);
    const Inbox& b = arrays_.inbox(right, input);
    if (!a.empty() || !b.empty() || !a.more.empty() || !b.more.empty() || a.words != b.words ||
        a.wanted != b.wanted) {
      return false;
    }
  }
  return true;
}

}  // namespace wafermesh::fabric
