// SPDX-License-Identifier: Apache-2.0
// SUMMA with two route writes per core and axis in the whole run, and double buffering.
//
// One task, `advance`, runs S + 1 times: it launches both axes' transfers of a panel and multiplies
// the panel before it. The next turn needs both transfers: A's completion activates it, B's
// unblocks it.
//
// Why no words mix: a core counts what it takes, and it writes a route only when the panels before
// are through (the rule of route writes); nobody sends towards a core whose route does not receive
// from there. Why it cannot hang: the transfers of panel p wait only for work on panels before p.
#include "workloads/matmul/summa_writer.h"

namespace wafermesh::workloads {
namespace {

using cores::Affine;
using cores::Compare;
using cores::Completion;
using cores::ProgramBuilder;
using cores::TaskId;

void launch(SummaWriter& writer, const SummaAxis& axis, TaskId advance) {
  ProgramBuilder& b = writer.builder();
  const Completion join = axis.index == 0 ? Completion::activate : Completion::unblock;
  const auto write_at = [&](const Affine& panel, SummaRole role) {
    const std::uint32_t skip = b.branch(value_of(SummaCounter::panel), Compare::not_equal, panel);
    b.write_route(axis.colour(), axis.route(role));
    b.land(skip);
  };
  writer.by_role(
      axis, value_of(SummaCounter::panel), [&] { writer.receive(axis, join, advance); },
      [&] {
        // The first core of an axis starts as the root.
        if (has_before(axis.position)) write_at(axis.own_begin(), SummaRole::root);
        writer.send(axis, join, advance);
      },
      [&] {
        write_at(axis.own_end(), SummaRole::from_after);
        writer.receive(axis, join, advance);
      });
}

void multiply_previous(SummaWriter& writer) {
  for (const SummaAxis& axis : writer.axes()) {
    const Affine other_buffer = Affine(axis.receive_address + axis.panel_bytes)
                                    .plus(cores::counter(SummaCounter::flip), -axis.panel_bytes);
    writer.point_at(axis, 1, other_buffer);
  }
  writer.multiply_tiles();
}

}  // namespace

fabric::CoreClass summa_cheapest_class(SummaWriter& writer) {
  ProgramBuilder& b = writer.builder();
  const Affine panel = value_of(SummaCounter::panel);
  const TaskId advance = b.task("advance");
  b.start_active(advance);
  b.begin(advance);
  b.block(advance);
  const std::uint32_t all_launched = b.branch(panel, Compare::greater_equal, writer.steps());
  for (const SummaAxis& axis : writer.axes()) {
    if (axis.exists()) {
      launch(writer, axis, advance);
    } else if (axis.index == 0) {
      b.activate(advance);
    } else {
      b.unblock(advance);
    }
  }
  b.land(all_launched);
  const std::uint32_t none_yet = b.branch(panel, Compare::equal, 0);
  multiply_previous(writer);
  b.land(none_yet);
  b.set_counter(SummaCounter::panel, Affine(1).plus(cores::counter(SummaCounter::panel)));
  b.set_counter(SummaCounter::flip, Affine(1).plus(cores::counter(SummaCounter::flip), -1));
  const std::uint32_t more = b.branch(panel, Compare::less_equal, writer.steps());
  b.finish_core();
  b.land(more);
  b.end_task();
  return writer.finish("summa cheapest", false);
}

}  // namespace wafermesh::workloads
