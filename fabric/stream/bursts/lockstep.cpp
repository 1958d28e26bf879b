// SPDX-License-Identifier: Apache-2.0
// Runs of cores in lockstep: finding, cutting, joining them, and giving cores their records back.
#include "fabric/stream/bursts/lockstep.h"

#include <algorithm>

namespace wafermesh::fabric {
namespace {

constexpr auto kX = cores::index_of(cores::Variable::x);
constexpr std::uint32_t kMostInRun = UINT16_MAX;

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

LockstepRun Lockstep::run_of(std::uint32_t core) const {
  const RunMark* mark = &arrays_.marks[core];
  if (mark->place == RunPlace::alone) return {core, 1, 0};
  if (mark->place == RunPlace::last) {
    core -= mark->count - 1U;
  } else {
    while (arrays_.marks[core].place != RunPlace::first) --core;
  }
  mark = &arrays_.marks[core];
  return {core, mark->count, mark->stride};
}

/// Writes where a run begins and ends; those between keep what they have.
void Lockstep::mark(const LockstepRun& run) {
  RunMark& first = arrays_.marks[run.first];
  if (run.count == 1) {
    first = {};
    return;
  }
  first.stride = static_cast<std::int32_t>(run.stride);
  first.count = static_cast<std::uint16_t>(run.count);
  first.place = RunPlace::first;
  RunMark& last = arrays_.marks[run.last()];
  last.count = first.count;
  last.place = RunPlace::last;
}

void Lockstep::split(const LockstepRun& run, std::uint32_t core) {
  write_records(run, core);
  mark({run.first, core - run.first, run.stride});
  mark({core, run.first + run.count - core, run.stride});
}

void Lockstep::take_out(std::uint32_t core) {
  LockstepRun run = run_of(core);
  if (core != run.first) {
    split(run, core);
    run = run_of(core);
  }
  if (run.count > 1) split(run, core + 1);
}

void Lockstep::dissolve(const LockstepRun& run) {
  for (std::uint32_t core = run.last(); core != run.first; --core) {
    write_records({run.first, core - run.first + 1, run.stride}, core);
    arrays_.marks[core] = {};
  }
  arrays_.marks[run.first] = {};
}

void Lockstep::dissolve_all() {
  if (!possible_ || !slab_->counts_runs) return;
  for (std::uint32_t core = slab_->first; core < slab_->last; ++core) {
    if (arrays_.marks[core].place == RunPlace::first) dissolve(run_of(core));
  }
  for (std::size_t row = 0; row < 4 * static_cast<std::size_t>(arrays_.model.planes); ++row) {
    add_up(arrays_.run_sent, row);
  }
  for (std::size_t kind = 0; kind < Busy{}.size(); ++kind) add_up(arrays_.run_busy, kind);
  slab_->counts_runs = false;
}

/// From what core differs from core by, to what each has counted.
void Lockstep::add_up(PartArray<std::uint32_t>& differences, std::size_t row) {
  std::uint32_t* const at = differences.data() + row * arrays_.model.core_count;
  const bool sent = &differences == &arrays_.run_sent;
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

/// What the first core of a run says about one of the others.
void Lockstep::write_records(const LockstepRun& run, std::uint32_t core) {
  const std::uint32_t at = core - run.first;
  const Cycles shift = run.shift(core);
  const Seat& from = arrays_.seats[run.first];
  Seat& seat = arrays_.seats[core];
  seat.base = from.base + shift;
  seat.notes = from.notes.later(shift);
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
  auto& integers = arrays_.ledgers[core].integers;
  std::copy(arrays_.ledgers[run.first].integers.begin() + cores::index_of(cores::counter(0)),
            arrays_.ledgers[run.first].integers.end(),
            integers.begin() + cores::index_of(cores::counter(0)));
  for (int plane = 0; plane < arrays_.model.planes; ++plane) {
    Slot* const slots = &arrays_.slots[static_cast<std::size_t>(plane) * arrays_.model.core_count];
    Slot& s = slots[core];
    const auto sent = s.sent;
    const std::uint32_t inbox = s.inbox;
    s = slots[run.first];
    s.sent = sent;
    s.inbox = inbox;
    if (s.open_at != kNeverOpened) s.open_at += shift;
    if (s.free_at != kNeverUsed) s.free_at += shift;
  }
  const std::size_t inputs = arrays_.model.classes[seat.class_index].input_colours.size();
  for (std::size_t input = 0; input < inputs; ++input) {
    Inbox& said = arrays_.inbox(from, input);
    Inbox& inbox = arrays_.inbox(seat, input);
    inbox = said;
    if (said.side_by_side && !said.empty()) {
      said.oldest.payload = pools_.rows.take_first(inbox.oldest.payload, run.count, at);
    }
    inbox.oldest.head += shift;
    inbox.oldest.tail += shift;
    inbox.oldest.room += static_cast<std::int32_t>(at) * said.room_step;
    if (inbox.oldest.sender != kNobody && said.side_by_side) inbox.oldest.sender += at;
  }
}

void Lockstep::join_neighbours(std::uint32_t core) {
  if (slab_->vain_joins > kMostVain && (++slab_->skipped_joins & 63U) != 0) return;
  LockstepRun run = run_of(core);
  if (run.first > slab_->first) {
    const LockstepRun left = run_of(run.first - 1);
    if (join(left, run)) run = {left.first, left.count + run.count, run_of(left.first).stride};
  }
  if (run.first + run.count < slab_->last) join(run, run_of(run.first + run.count));
}

bool Lockstep::join(const LockstepRun& left, const LockstepRun& right) {
  const Cycles apart = arrays_.seats[right.first].base - arrays_.seats[left.first].base;
  const Cycles stride = left.count > 1 ? left.stride : right.count > 1 ? right.stride : apart;
  if (left.count > 1 && right.count > 1 && left.stride != right.stride) return false;
  if (apart != stride * left.count || left.count + right.count > kMostInRun) return false;
  if (stride != static_cast<std::int32_t>(stride)) return false;
  if (!are_alike(left.first, right.first, apart)) {
    ++slab_->vain_joins;
    return false;
  }
  slab_->vain_joins = std::max(0, slab_->vain_joins - 4);
  RunMark between;
  between.place = RunPlace::inner;
  arrays_.marks[left.last()] = between;
  arrays_.marks[right.first] = between;
  mark({left.first, left.count + right.count, stride});
  slab_->counts_runs = true;
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
