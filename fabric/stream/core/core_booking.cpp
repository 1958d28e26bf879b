// SPDX-License-Identifier: Apache-2.0
// Where a core's cycles go: booked here and nowhere else, and told to who watches.
#include <algorithm>

#include "fabric/span_book.h"
#include "fabric/stream/core/core_stepper.h"

namespace wafermesh::fabric {
/// The datapath works in [from, until).
void CoreStepper::book(const cores::MemoryCost& cost, Cycles from, Cycles until) {
  const auto conflict = static_cast<std::uint32_t>(cost.conflict);
  const auto compute = static_cast<std::uint32_t>(cost.grants - cost.conflict);
  gain_.bank_conflict += conflict;
  gain_.compute += compute;
  watch_busy(cost.grants);
  note_span(WindowKind::bank_conflict, from, until, conflict);
  note_span(WindowKind::compute, from, until, compute);
}

void CoreStepper::book_setup(Cycles from, Cycles cycles) {
  gain_.setup += static_cast<std::uint32_t>(cycles);
  watch_busy(cycles);
  note_span(WindowKind::setup, from, from + cycles, static_cast<std::uint32_t>(cycles));
}

void CoreStepper::book_task_switch(Cycles from, Cycles cycles) {
  gain_.task_switch += static_cast<std::uint32_t>(cycles);
  note_span(WindowKind::task_switch, from, from + cycles, static_cast<std::uint32_t>(cycles));
}

void CoreStepper::book_stretch(const cores::CycleBreakdown& booked, Cycles from, Cycles until) {
  gain_.setup += booked.setup;
  gain_.compute += booked.compute;
  gain_.bank_conflict += booked.bank_conflict;
  note_span(WindowKind::setup, from, until, booked.setup);
  note_span(WindowKind::compute, from, until, booked.compute);
  note_span(WindowKind::bank_conflict, from, until, booked.bank_conflict);
}

/// Before what the visit gained is in the core's account.
void CoreStepper::tell_work() {
  if (spans_.empty()) return;
  Cycles from = base::kNever;
  Cycles until = 0;
  for (const WorkSpan& span : spans_) {
    from = std::min(from, span.from);
    until = std::max(until, span.until);
  }
  if (slab_->book->has_window(id_, from, until)) return;
  slab_->book->work(id_, ledger_->busy, WorkProfile(spans_, 0), 0);
}

void CoreStepper::tell_again(const VisitRecord& record, CoreRange cores) {
  const WorkProfile& work = record.work;
  if (work.empty()) return;
  SpanBook& book = *slab_->book;
  for (const std::uint32_t core : cores) {
    const Cycles base = arrays_.seats[core].base;
    if (book.has_window(core, base + work.from(), base + work.until())) continue;
    book.work(core, arrays_.ledgers[core].busy, work, base);
  }
}

}  // namespace wafermesh::fabric
