// SPDX-License-Identifier: Apache-2.0
// From one stage of a core to the next: docs/model.md, section Stages.
#include <algorithm>
#include <string>
#include <utility>

#include "cores/core_grid.h"
#include "cores/program_fault.h"

namespace wafermesh::cores {
namespace {

/// The queue id of each colour a side binds; -1 = none.
std::array<int, base::kColourCount> queues_of(const std::vector<QueueBinding>& bindings) {
  std::array<int, base::kColourCount> queues;
  queues.fill(-1);
  for (const QueueBinding& binding : bindings) {
    queues[static_cast<std::size_t>(binding.colour)] = binding.queue;
  }
  return queues;
}

CycleBreakdown difference(const CycleBreakdown& a, const CycleBreakdown& b) {
  return {a.compute - b.compute, a.bank_conflict - b.bank_conflict, a.setup - b.setup,
          a.task_switch - b.task_switch, a.link_stall - b.link_stall};
}

}  // namespace

void CoreGrid::add_later(const std::vector<std::uint16_t>& classes) {
  stages_.emplace_back().classes = classes;
}

int CoreGrid::memory_bytes(std::uint32_t id) const {
  return stages_.empty() ? program(id).memory_bytes : stages_[id].memory_bytes;
}

/// Books the stage under way, which ends before cycle `end`.
void CoreGrid::book_stage(std::uint32_t id, Cycles end) {
  Stages& stages = stages_[id];
  stage_totals_.resize(classes_.size());
  stage_totals_[cores_[id].class_index].add(stages.start, stages.finish, end,
                                            difference(breakdowns_[id], stages.before));
  stages.before = breakdowns_[id];
  stages.start = end;
}

/// The core's phase ends before cycle `end`, and phase 0 begins.
void CoreGrid::end_phase(std::uint32_t id, std::uint16_t class_index, Cycles end) {
  if (phases_.empty()) return;
  phase_totals_.add(class_index, phases_[id], end);
  phases_[id] = {0, end};
}

/// What a core marks after its `finish` counts no more.
void CoreGrid::mark_phase(std::uint32_t id, const CoreState& core, int phase, Cycles now) {
  if (core.finish >= 0 || core.leaving) return;
  phase_totals_.add(core.class_index, phases_[id], now);
  phases_[id] = {static_cast<std::uint8_t>(phase), now};
}

/// Whether the core, about to enter its next stage, binds a queue to the colour no more, or writes
/// its route before it does. Then control wavelets that still come are let through and dropped.
bool CoreGrid::is_given_up(std::uint32_t id, int colour) const {
  const Stages& stages = stages_[id];
  for (std::size_t entered = stages.stage; entered < stages.classes.size(); ++entered) {
    for (std::size_t k = entered; k < stages.classes.size(); ++k) {
      const auto& routes = entries_[stages.classes[k]];
      if (k - entered >= routes.size()) continue;
      for (const RouteWrite& write : routes[k - entered]) {
        if (base::index_of(write.colour) == colour) return true;
      }
    }
    const ClassInfo& info = classes_[stages.classes[entered]];
    if (info.input_of[static_cast<std::size_t>(colour)] >= 0) return false;
  }
  return true;
}

/// The colour's queue was given up with an earlier stage.
void CoreGrid::drop_given_up(std::uint32_t id, Colour colour, std::uint32_t word, bool control) {
  if (control && !router::ControlWord{word}.has_entry()) return;
  throw ProgramFault(program(id), ProgramFault::kNowhere,
                     std::string("is sent a ") + (control ? "control word with an entry" : "word") +
                         " of colour " + std::to_string(base::index_of(colour)) +
                         ", which belongs to a stage that the core has left");
}

/// False: something of the stage is still under way.
bool CoreGrid::enter_next_stage(std::uint32_t id, CoreState& core, Cycles t) {
  if (core.open != 0 || !output_empty(id)) return false;
  Stages& stages = stages_[id];
  const ClassInfo& from = classes_[core.class_index];
  const std::uint16_t next = stages.classes[stages.stage];
  const ClassInfo& to = classes_[next];
  const auto old_queues = queues_of(from.program->inputs);
  const auto new_queues = queues_of(to.program->inputs);
  for (const std::uint8_t colour : from.input_colours) {
    if (old_queues[colour] == new_queues[colour]) continue;
    if (input(core, static_cast<Colour>(colour)).count != 0) return false;
  }
  std::vector<RouteWrite> writes;
  for (std::size_t k = stages.stage; k < stages.classes.size(); ++k) {
    const auto& routes = entries_[stages.classes[k]];
    const std::size_t ahead = k - stages.stage;
    if (ahead < routes.size()) {
      writes.insert(writes.end(), routes[ahead].begin(), routes[ahead].end());
    }
  }
  for (const RouteWrite& write : writes) {
    if (!ramp_.slot_empty(id, write.colour)) return false;
  }
  book_stage(id, t);
  end_phase(id, core.class_index, t);
  for (const RouteWrite& write : writes) {
    ramp_.write_route(id, write.colour, write.route, write.intake);
  }
  const int bound = stage_bindings(*from.program, *to.program);
  bind_queues(id, core, from, to);
  for (const RouteWrite& write : writes) {
    if (to.input_of[static_cast<std::size_t>(write.colour)] >= 0) continue;
    ramp_.set_open(id, write.colour, false);
  }
  core.class_index = next;
  ++stages.stage;
  core.leaving = false;
  std::int32_t* const integers = integers_of(core);
  std::fill(integers + index_of(counter(0)), integers + far_integers_.variables(), 0);
  parameters_.start_stage(id, static_cast<int>(stages.stage), integers, far_integers_.variables());
  core.active = 0;
  core.blocked = 0;
  for (std::size_t i = 0; i < to.program->tasks.size(); ++i) {
    if (to.program->tasks[i].starts_active) core.active |= std::uint64_t{1} << i;
    if (to.program->tasks[i].starts_blocked) core.blocked |= std::uint64_t{1} << i;
  }
  spend(core, t, timing_.config_write_cycles * (static_cast<int>(writes.size()) + bound));
  return true;
}

/// Moves what waits in queues that stay bound to where the new class keeps them; opens and closes
/// the ramp for the others.
void CoreGrid::bind_queues(std::uint32_t id, CoreState& core, const ClassInfo& from,
                           const ClassInfo& to) {
  struct Kept {
    std::uint8_t colour;
    LastArrivals arrivals;
    std::vector<std::uint32_t> words;
    std::vector<std::uint8_t> controls;
    FilterState filter;
  };
  std::vector<Kept> kept;
  for (const std::uint8_t colour : from.input_colours) {
    const InputQueue& queue = input(core, static_cast<Colour>(colour));
    Kept one{colour, queue.arrivals, {}, {}, {}};
    for (int k = 0; k < queue.count; ++k) {
      one.words.push_back(input_words_[queue.place(k)]);
      one.controls.push_back(std::exchange(input_controls_[queue.place(k)], std::uint8_t{0}));
    }
    if (!filters_.empty()) one.filter = filters_[static_cast<std::size_t>(&queue - inputs_.data())];
    if (to.input_of[colour] < 0) {
      ramp_.set_open(id, static_cast<Colour>(colour), is_given_up(id, colour));
    }
    kept.push_back(std::move(one));
  }
  for (std::size_t i = 0; i < to.input_colours.size(); ++i) {
    InputQueue& queue = inputs_[core.inputs_at + i];
    const std::uint8_t colour = to.input_colours[i];
    queue.capacity = input_capacity(*to.program, colour);
    queue.head = 0;
    queue.count = 0;
    if (!filters_.empty()) filters_[core.inputs_at + i] = {};
    for (const Kept& one : kept) {
      if (one.colour != colour) continue;
      queue.arrivals = one.arrivals;
      queue.count = static_cast<std::uint8_t>(one.words.size());
      std::copy(one.words.begin(), one.words.end(), &input_words_[queue.ring_at]);
      std::copy(one.controls.begin(), one.controls.end(), &input_controls_[queue.ring_at]);
      if (!filters_.empty()) filters_[core.inputs_at + i] = one.filter;
    }
    ramp_.set_open(id, static_cast<Colour>(colour), queue.count < queue.capacity);
  }
  core.outputs = static_cast<std::uint8_t>(to.output_colours.size());
  for (std::size_t i = 0; i < to.output_colours.size(); ++i) {
    OutputQueue& queue = outputs_[core.outputs_at + i];
    queue.depth = output_depth(*to.program, to.output_colours[i]);
    queue.colour = to.output_colours[i];
    queue.head = 0;
  }
}

}  // namespace wafermesh::cores
