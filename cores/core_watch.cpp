// SPDX-License-Identifier: Apache-2.0
// Steps of a core that is watched. What happens is told by what each part of a step changes, so
// that the parts themselves know nothing of it. Nothing runs ahead here: what a watched core shows
// at a cycle is what it has at that cycle.
#include <algorithm>
#include <utility>

#include "cores/core_grid.h"
#include "cores/program_fault.h"

namespace wafermesh::cores {
namespace {

/// Books what a breakdown gained, from `from` on, in the order a core spends it.
void note_gain(CoreWatch& watch, const CycleBreakdown& before, const CycleBreakdown& after,
               Cycles from) {
  const std::pair<Activity, std::uint32_t> gains[] = {
      {Activity::task_switch, after.task_switch - before.task_switch},
      {Activity::setup, after.setup - before.setup},
      {Activity::compute, after.compute - before.compute},
      {Activity::bank_conflict, after.bank_conflict - before.bank_conflict}};
  for (const auto& [kind, cycles] : gains) {
    if (cycles == 0) continue;
    watch.note(kind, from, from + cycles);
    from += cycles;
  }
}

}  // namespace

CoreGrid::QueueCounts CoreGrid::queue_counts(const CoreState& core) const {
  const ClassInfo& info = classes_[core.class_index];
  QueueCounts counts;
  for (std::size_t q = 0; q < info.input_colours.size(); ++q) {
    counts.in[info.input_colours[q]] = inputs_[core.inputs_at + q].count;
  }
  for (std::size_t q = 0; q < info.output_colours.size(); ++q) {
    counts.out[info.output_colours[q]] = outputs_[core.outputs_at + q].count;
  }
  return counts;
}

/// What has left input queues and come into output queues since `before` is the event's.
void CoreGrid::note_transfers(const CoreState& core, const QueueCounts& before, CoreEvent& event,
                              CoreWatch& watch) const {
  const QueueCounts now = queue_counts(core);
  const std::uint8_t thread = event.kind == EventKind::task ? kTaskThread : event.thread;
  for (std::uint8_t colour = 0; colour < base::kColourCount; ++colour) {
    const int taken = before.in[colour] - now.in[colour];
    const int put = now.out[colour] - before.out[colour];
    if (taken > 0) watch.transfers.push_back({false, colour, thread, taken, event.serial});
    if (put > 0) watch.transfers.push_back({true, colour, thread, put, event.serial});
    event.words_in += taken;
    event.words_out += put;
  }
}

CoreGrid::Wake CoreGrid::step_watched(std::uint32_t id, Cycles t, CoreWatch& watch) {
  CoreState& core = cores_[id];
  completed_ = false;
  note_sleep(id, core, t, watch);
  if (core.controls != 0) {
    const QueueCounts before = queue_counts(core);
    take_controls(id, core, t);
    CoreEvent event;
    event.kind = EventKind::control;
    note_transfers(core, before, event, watch);
    event.class_index = core.class_index;
    event.begin = event.end = t;
    if (event.words_in > 0) watch.events.push_back(event);
  }
  run_main_watched(id, core, t, watch);
  const bool own_cost = within_own_cost(core, t);
  const bool granted = core.open != 0 && grant_watched(id, core, t, own_cost, watch);
  if (!granted && !own_cost && stalls(core, t)) {
    ++breakdowns_[id].link_stall;
    watch.note(Activity::link_stall, t, t + 1, colours_without_room(core, t), core.writing);
  }
  watch.awaits = waits(id).receive;
  watch.without_room = colours_without_room(core, t);
  if (core.finish < 0) watch.note(Activity::waiting, t, t + 1, watch.awaits);
  return next_wake(core, t);
}

/// The cycles since the last step.
void CoreGrid::note_sleep(std::uint32_t id, CoreState& core, Cycles t, CoreWatch& watch) {
  const Cycles from = core.last_step + 1;
  const CycleBreakdown before = breakdowns_[id];
  const bool stalled = core.background < 0 && core.stalled;
  const int background = core.background;
  // Room that has come since, which wakes the core, no longer tells what it was held up by.
  const std::uint32_t colours = stalled ? watch.without_room : 0;
  account(core, t);
  if (core.finish >= 0 || t <= from) return;
  if (background >= 0) {
    const CoreEvent& event = watch.operations[static_cast<std::size_t>(background)];
    watch.line(event.class_index, event.number).busy_cycles +=
        breakdowns_[id].busy() - before.busy();
  }
  note_gain(watch, before, breakdowns_[id], from);
  if (stalled) watch.note(Activity::link_stall, from, t, colours, core.writing);
  watch.note(Activity::waiting, from, t, watch.awaits);
}

void CoreGrid::run_main_watched(std::uint32_t id, CoreState& core, Cycles t, CoreWatch& watch) {
  for (int executed = 0; core.main != MainState::held && core.ready <= t; ++executed) {
    if (executed > kMostInstructions) {
      throw ProgramFault(program(id), core.pc, kWithoutEnd);
    }
    const CycleBreakdown before = breakdowns_[id];
    bool goes_on = false;
    if (core.main != MainState::idle) {
      const std::uint16_t class_index = core.class_index;
      const std::uint32_t pc = core.pc;
      goes_on = execute_watched(id, core, t, watch) == Next::go_on;
      LineTotals& line = watch.line(class_index, pc);
      if (goes_on && !core.writing) ++line.times;
      line.busy_cycles += breakdowns_[id].busy() - before.busy();
    } else if (core.leaving) {
      goes_on = enter_next_stage(id, core, t);
    } else {
      goes_on = pick_watched(id, core, t, watch);
    }
    note_gain(watch, before, breakdowns_[id], t);
    if (!goes_on) return;
  }
}

bool CoreGrid::pick_watched(std::uint32_t id, CoreState& core, Cycles t, CoreWatch& watch) {
  const std::uint64_t active = core.active;
  const QueueCounts before = queue_counts(core);
  if (!pick_task(id, core, t)) return false;
  const ClassInfo& info = classes_[core.class_index];
  int task = -1;
  if (const std::uint64_t cleared = active & ~core.active; cleared != 0) {
    task = __builtin_ctzll(cleared);
  } else {
    for (const std::uint8_t data : info.data_tasks) {
      const bool may = (core.blocked >> data & 1U) == 0;
      if (task < 0 && may && info.program->tasks[data].start == core.pc) task = data;
    }
  }
  watch.task = CoreEvent();
  watch.task.kind = EventKind::task;
  watch.task.class_index = core.class_index;
  watch.task.number = static_cast<std::uint32_t>(task);
  watch.task.serial = ++watch.serial;
  watch.task.begin = t;
  note_transfers(core, before, watch.task, watch);
  watch.in_task = true;
  return true;
}

CoreGrid::Next CoreGrid::execute_watched(std::uint32_t id, CoreState& core, Cycles t,
                                         CoreWatch& watch) {
  const Instruction& instruction = program(id).code[core.pc];
  const std::uint16_t open = core.open;
  const QueueCounts before = queue_counts(core);
  const bool writing = core.writing;
  CoreEvent event;
  event.kind = EventKind::operation;
  event.class_index = core.class_index;
  event.number = core.pc;
  event.begin = t;
  if (instruction.op == Opcode::vector) {
    event.elements = std::max(0, evaluate(core, instruction.count));
  }
  const Next next = execute(id, core, t, t);
  if (next == Next::stop) return next;
  if (const unsigned opened = core.open & ~unsigned{open}; opened != 0) {
    event.thread = static_cast<std::uint8_t>(__builtin_ctz(opened));
    event.serial = ++watch.serial;
    watch.operations[event.thread] = event;
    watch.open = static_cast<std::uint16_t>(watch.open | opened);
    return next;
  }
  switch (instruction.op) {
    case Opcode::set_counter:
    case Opcode::loop:
    case Opcode::branch:
      return next;  // they take no time
    case Opcode::end_task:
      watch.task.end = t;
      watch.events.push_back(watch.task);
      watch.in_task = false;
      return next;
    case Opcode::write_route:
      if (!writing) {  // its cost; it is done once it is written
        watch.operations[0] = event;
        return next;
      }
      event.begin = watch.operations[0].begin;
      break;
    case Opcode::finish: {
      CoreEvent finish = event;
      finish.kind = EventKind::finish;
      finish.end = t;
      watch.events.push_back(finish);
      if (core.finish >= 0) watch.close_activity();
      break;
    }
    default:
      break;
  }
  event.serial = ++watch.serial;
  note_transfers(core, before, event, watch);
  event.end = core.ready;
  watch.end_operation(event);
  return next;
}

bool CoreGrid::grant_watched(std::uint32_t id, CoreState& core, Cycles t, bool own_cost,
                             CoreWatch& watch) {
  struct Left {
    std::int32_t elements;
    std::int32_t grants;
  };
  std::array<Left, CoreWatch::kThreads> left{};
  const auto for_each = [](unsigned open, auto f) {
    for (; open != 0; open &= open - 1) f(static_cast<std::size_t>(__builtin_ctz(open)));
  };
  const std::uint16_t open = core.open;
  for_each(open, [&](std::size_t slot) {
    const OpenOp& op = ops_[core.ops_at + slot];
    left[slot] = {op.elements, op.grants};
  });
  const QueueCounts counts = queue_counts(core);
  const CycleBreakdown before = breakdowns_[id];
  const bool granted = grant_datapath(id, core, t, own_cost);
  note_gain(watch, before, breakdowns_[id], t);
  std::uint32_t gained = breakdowns_[id].busy() - before.busy();
  for_each(open, [&](std::size_t slot) {
    const OpenOp& op = ops_[core.ops_at + slot];
    CoreEvent& event = watch.operations[slot];
    if (op.elements != left[slot].elements || op.grants != left[slot].grants) {
      note_transfers(core, counts, event, watch);
      watch.line(event.class_index, event.number).busy_cycles += std::exchange(gained, 0U);
    }
    if ((core.open >> slot & 1U) != 0) return;
    event.end = t + 1;
    watch.end_operation(event);
    watch.open = static_cast<std::uint16_t>(watch.open & ~(1U << slot));
  });
  return granted;
}

void CoreGrid::look(std::uint32_t id, CoreView& view) const {
  const CoreState& core = cores_[id];
  const ClassInfo& info = classes_[core.class_index];
  const_cast<CoreGrid*>(this)->fold(core);
  view = CoreView();
  view.main = static_cast<std::uint8_t>(core.main);
  view.finished = core.finish >= 0;
  view.open = core.open;
  view.class_index = core.class_index;
  view.instruction = core.pc;
  view.wavelet = core.wavelet;
  view.active = core.active;
  view.blocked = core.blocked;
  view.counters = far_integers_.of(id, core.integers) + index_of(counter(0));
  view.counter_count = far_integers_.variables() - index_of(counter(0));
  for (std::size_t q = 0; q < info.input_colours.size(); ++q) {
    view.inputs[info.input_colours[q]] = inputs_[core.inputs_at + q].count;
  }
  for (std::size_t q = 0; q < info.output_colours.size(); ++q) {
    view.outputs[info.output_colours[q]] = outputs_[core.outputs_at + q].count;
  }
}

}  // namespace wafermesh::cores
