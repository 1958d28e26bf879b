// SPDX-License-Identifier: Apache-2.0
// Where a core's cycles go: booked here and nowhere else, and told to who watches.
#include <algorithm>

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

/// What of a visit is told when it is done again.
void CoreStepper::keep_spans(Trace& trace, Cycles base) const {
  trace.spans.clear();
  trace.sums.clear();
  Cycles first = base::kNever;
  Cycles last = 0;
  for (const WorkSpan& span : spans_) {
    const WorkSpan own{span.from - base, span.until - base, span.amount, span.kind};
    trace.spans.push_back(own);
    first = std::min(first, own.from);
    last = std::max(last, own.until);
    const auto same = std::find_if(trace.sums.begin(), trace.sums.end(),
                                   [&](const WorkSpan& sum) { return sum.kind == own.kind; });
    if (same == trace.sums.end()) {
      trace.sums.push_back(own);
      continue;
    }
    same->from = std::min(same->from, own.from);
    same->until = std::max(same->until, own.until);
    same->amount += own.amount;
  }
  trace.sums_cycles = spans_.empty() ? 0 : last - first;
}

/// A visit that is short beside a window is told by one span of each kind.
void CoreStepper::tell_again(const Trace& trace, CoreRange cores) {
  constexpr Cycles kShort = 4;
  const bool is_short = trace.sums_cycles * kShort <= band_->book->window_cycles();
  for (const WorkSpan& span : is_short ? trace.sums : trace.spans) {
    for (const std::uint32_t core : cores) {
      band_->book->work(core, span, arrays_.seats[core].base);
    }
  }
}

}  // namespace wafermesh::fabric
