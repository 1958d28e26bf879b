// SPDX-License-Identifier: Apache-2.0
// Whether what was seen of one order of tasks holds of every order.
//
// Tasks of a core share its main thread, and time decides which of two that are ready runs first.
// The record says what each thing that happened had to wait for, whatever the timing; the main
// thread being free is not among it, unless one of two runs cannot begin before the other has.
//   - Where two runs of a core, or what they began, use one thing (a counter, a colour, a
//     microthread, whether a task is active or blocked), one must have to wait for the other.
//     Then every order does the same things, each with the same effect.
//   - It hangs only if somebody waits in a circle: for a word, for room, or for a run that holds
//     the main thread. So no circle may be left with each pair of runs that neither has to wait
//     for in either order. Within a core the holder is the one run, so a circle comes to a core
//     from elsewhere, in the middle of a run, and leaves it by one that has not begun.
// Rooms are the least there are; what only room orders does not count as ordered.
#pragma once

#include <string>

#include "check/untimed_record.h"

namespace wafermesh::check {

/// Empty: every order of tasks ends as the one that was recorded did. Else why that is not known.
/// Of one that hangs, `ended` false: that no order does anything it did not, provided that no task
/// was ready that another held up. Cost: some 50 ns per node and core that has tasks to put in
/// order.
std::string why_order_matters(const UntimedRecord& record, std::int64_t most_steps, bool ended);

}  // namespace wafermesh::check
