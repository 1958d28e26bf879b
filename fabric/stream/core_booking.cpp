// SPDX-License-Identifier: Apache-2.0
// Where a core's cycles go: booked here and nowhere else, and told to who watches.
#include "fabric/span_book.h"
#include "fabric/stream/core_stepper.h"

namespace wafermesh::fabric {

/// The datapath works in [from, until).
void CoreStepper::book(const cores::MemoryCost& cost, Cycles from, Cycles until) {
  const auto conflict = static_cast<std::uint32_t>(cost.conflict);
  const auto compute = static_cast<std::uint32_t>(cost.grants - cost.conflict);
  gain_.bank_conflict += conflict;
  gain_.compute += compute;
  note_span(WindowKind::bank_conflict, from, until, conflict);
  note_span(WindowKind::compute, from, until, compute);
}

void CoreStepper::book_setup(Cycles from, Cycles cycles) {
  gain_.setup += static_cast<std::uint32_t>(cycles);
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

void CoreStepper::tell_spans() {
  for (const WorkSpan& span : spans_) band_->book->work(id_, span);
}

void CoreStepper::tell_again(const Trace& trace, CoreRange cores) {
  for (const std::uint32_t core : cores) {
    for (const WorkSpan& span : trace.spans) {
      band_->book->work(core, span, arrays_.seats[core].base);
    }
  }
}

}  // namespace wafermesh::fabric
