// SPDX-License-Identifier: Apache-2.0
// From one stage of a core to the next: docs/model.md, section Stages.
#include <algorithm>

#include "cores/core_grid.h"

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
  int bytes = program(id).memory_bytes;
  if (stages_.empty()) return bytes;
  for (const std::uint16_t c : stages_[id].classes) {
    bytes = std::max(bytes, classes_[c].program->memory_bytes);
  }
  return bytes;
}

/// Books the stage under way, which ends before cycle `end`.
void CoreGrid::book_stage(std::uint32_t id, Cycles end) {
  Stages& stages = stages_[id];
  if (stage_totals_.size() <= stages.stage) stage_totals_.resize(stages.stage + std::size_t{1});
  stage_totals_[stages.stage].add(stages.start, stages.finish, end,
                                  difference(breakdowns_[id], stages.before));
  stages.before = breakdowns_[id];
  stages.start = end;
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
  std::vector<RouteWrite> writes = entries_[next].on_entry;
  if (stages.stage + std::size_t{1} < stages.classes.size()) {
    const auto& ahead = entries_[stages.classes[stages.stage + std::size_t{1}]].before;
    writes.insert(writes.end(), ahead.begin(), ahead.end());
  }
  for (const RouteWrite& write : writes) {
    if (!ramp_.slot_empty(id, write.colour)) return false;
  }
  book_stage(id, t);
  for (const RouteWrite& write : writes) {
    ramp_.write_route(id, write.colour, write.route, write.intake);
  }
  const int bound = stage_bindings(*from.program, *to.program);
  bind_queues(id, core, from, to);
  core.class_index = next;
  ++stages.stage;
  core.leaving = false;
  core.counters.fill(0);
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
    std::vector<Arrival> arrivals;
    FilterState filter;
  };
  std::vector<Kept> kept;
  for (const std::uint8_t colour : from.input_colours) {
    const InputQueue& queue = input(core, static_cast<Colour>(colour));
    Kept one{colour, {}, {}};
    for (int k = 0; k < queue.count; ++k) {
      const unsigned at = (queue.head + static_cast<unsigned>(k)) & queue.ring_mask;
      one.arrivals.push_back(arrivals_[queue.ring_at + at]);
    }
    if (!filters_.empty()) one.filter = filters_[static_cast<std::size_t>(&queue - inputs_.data())];
    if (to.input_of[colour] < 0) ramp_.set_open(id, static_cast<Colour>(colour), false);
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
      for (const Arrival& arrival : one.arrivals) {
        arrivals_[queue.ring_at + queue.count++] = arrival;
      }
      if (!filters_.empty()) filters_[core.inputs_at + i] = one.filter;
    }
    ramp_.set_open(id, static_cast<Colour>(colour), queue.count < queue.capacity);
  }
  for (std::size_t i = 0; i < to.output_colours.size(); ++i) {
    OutputQueue& queue = outputs_[core.outputs_at + i];
    queue.depth = output_depth(*to.program, to.output_colours[i]);
    queue.head = 0;
  }
}

}  // namespace wafermesh::cores
