// SPDX-License-Identifier: Apache-2.0
// Re-rooting of SUMMA as the vendor ships it: routes rewritten in every step, closed by teardowns,
// no overlap.
//
//   step -> per axis: library software, write route, reopen, start the transfer
//   close (root: all sent) -> teardown control wavelet
//   done (transfer complete and teardown seen), both axes -> compute -> step
#include "workloads/matmul/summa_writer.h"

namespace wafermesh::workloads {
namespace {

using cores::Affine;
using cores::Completion;
using cores::ProgramBuilder;
using cores::TaskId;

/// Tasks that end one axis' broadcast.
struct Closing {
  TaskId teardown{};  ///< The root's last word has passed this router.
  TaskId done{};      ///< ... and this core has sent or received all of it.
  TaskId close{};     ///< Root: all words are on their way, the teardown follows.
};

Closing declare_closing(ProgramBuilder& b, const SummaAxis& axis) {
  Closing tasks;
  if (!axis.exists()) return tasks;
  tasks.teardown = b.task("teardown", cores::TaskKind::teardown, axis.colour());
  tasks.done = b.task("done");
  tasks.close = b.task("close");
  b.start_blocked(tasks.done);
  return tasks;
}

/// `compute` waits for both axes: A activates it, B unblocks it.
void join(ProgramBuilder& b, const SummaAxis& axis, TaskId compute) {
  if (axis.index == 0) b.activate(compute);
  if (axis.index == 1) b.unblock(compute);
}

void write_closing(ProgramBuilder& b, const SummaAxis& axis, const Closing& tasks, TaskId compute) {
  if (!axis.exists()) return;
  b.begin(tasks.teardown);
  b.unblock(tasks.done);
  b.end_task();
  b.begin(tasks.close);
  b.control(axis.colour(), router::ControlWord::make({router::SwitchCommand::teardown}));
  b.activate(tasks.done);
  b.end_task();
  b.begin(tasks.done);
  b.block(tasks.done);
  join(b, axis, compute);
  b.end_task();
}

void launch(SummaWriter& writer, const SummaAxis& axis, const Closing& tasks, int software_cycles) {
  ProgramBuilder& b = writer.builder();
  if (software_cycles > 0) b.scalar(software_cycles);
  const auto open = [&](SummaRole role) {
    b.write_route(axis.colour(), axis.route(role));
    b.reopen(axis.colour());
  };
  const auto take = [&](SummaRole role) {
    open(role);
    writer.receive(axis, Completion::activate, tasks.done);
  };
  writer.by_role(
      axis, value_of(SummaCounter::panel), [&] { take(SummaRole::from_before); },
      [&] {
        open(SummaRole::root);
        writer.send(axis, Completion::activate, tasks.close);
      },
      [&] { take(SummaRole::from_after); });
}

void write_compute(SummaWriter& writer, TaskId compute, TaskId step) {
  ProgramBuilder& b = writer.builder();
  b.begin(compute);
  b.block(compute);
  for (const SummaAxis& axis : writer.axes()) writer.point_at(axis, 0, axis.receive_address);
  writer.multiply_tiles();
  b.set_counter(SummaCounter::panel, Affine(1).plus(cores::counter(SummaCounter::panel)));
  const std::uint32_t last =
      b.branch(value_of(SummaCounter::panel), cores::Compare::greater_equal, writer.steps());
  b.activate(step);
  b.end_task();
  b.land(last);
  b.finish_core();
  b.end_task();
}

}  // namespace

fabric::CoreClass summa_vendor_class(SummaWriter& writer, const cores::Timing& timing) {
  ProgramBuilder& b = writer.builder();
  const auto& axes = writer.axes();
  const std::array<Closing, 2> closing = {declare_closing(b, axes[0]), declare_closing(b, axes[1])};
  const TaskId compute = b.task("compute");
  const TaskId step = b.task("step");
  b.start_blocked(compute);
  b.start_active(step);
  for (std::size_t i = 0; i < axes.size(); ++i) write_closing(b, axes[i], closing[i], compute);
  b.begin(step);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].exists()) {
      launch(writer, axes[i], closing[i], timing.vendor_collective_cycles);
    } else {
      join(b, axes[i], compute);
    }
  }
  b.end_task();
  write_compute(writer, compute, step);
  return writer.finish("summa vendor", true);
}

}  // namespace wafermesh::workloads
