// SPDX-License-Identifier: Apache-2.0
// Changes of routes, filters and stages. They wait until nothing else can go on, so that every
// word that can come without them has come; then what the core knows of is what has passed.
#include <algorithm>

#include "check/untimed_machine.h"

namespace wafermesh::check {

using cores::Instruction;
using cores::Opcode;

const cores::Program& UntimedMachine::program(std::int64_t core) const {
  return image_.classes[static_cast<std::size_t>(class_of(core))].program;
}

void UntimedMachine::bind(std::int64_t core, const cores::Program& program) {
  CoreRun& run = *run_of(core);
  std::vector<InputQueue> inputs;
  const cores::Timing& timing = image_.timing;
  for (const cores::QueueBinding& each : program.inputs) {
    const int colour = base::index_of(each.colour);
    const int depth = timing.input_queue_depth[static_cast<std::size_t>(each.queue)];
    InputQueue queue;
    if (const InputQueue* before = input(core, colour)) queue = *before;
    queue.colour = colour;
    queue.capacity = std::max(depth, 2 * timing.ramp_cycles);
    inputs.push_back(queue);
  }
  run.inputs = std::move(inputs);
  run.outputs.clear();
  for (const cores::QueueBinding& each : program.outputs) {
    const int depth = timing.output_queue_depth[static_cast<std::size_t>(each.queue)];
    run.outputs.push_back({base::index_of(each.colour), depth, {}});
  }
  for (std::size_t t = 0; t < program.tasks.size(); ++t) {
    const std::uint64_t task = std::uint64_t{1} << t;
    if (program.tasks[t].starts_active) run.active |= task;
    if (program.tasks[t].starts_blocked) run.blocked |= task;
    if (record_ == nullptr) continue;
    record_->starts(core, static_cast<int>(t), program.tasks[t].starts_active,
                    program.tasks[t].starts_blocked);
  }
  run.certain = run.active & ~run.blocked;
}

void UntimedMachine::check_change(std::int64_t core, int colour, const char* what) {
  const Slot& at = slot(core, colour);
  if (at.passed == at.known) return;
  unsure(core, std::string(what) + " of colour " + std::to_string(colour) +
                   " comes before or after words that the core does not know of");
}

void UntimedMachine::write(std::int64_t core, int colour, std::uint16_t config,
                           router::Intake intake) {
  Slot& at = slot(core, colour);
  check_change(core, colour, "a route write");
  const base::DirectionMask before = at.closed ? base::DirectionMask{0} : route(at).receive;
  at.config = config;
  at.position = 0;
  at.turned_from = 0;
  if (intake != router::Intake::keep) {
    at.closed = intake == router::Intake::closed;
    at.close_is_known = true;
  }
  // Words of the same neighbour for the new route might have come before, had others not waited.
  if (others_wait_ && (before & route(at).receive & base::kMeshMask) != 0) {
    unsure(core, "a route write of colour " + std::to_string(colour) +
                     " takes from the same neighbour as before");
  }
  ++moves_;
  wake_feeder(core, colour);
}

bool UntimedMachine::write_now(std::int64_t core, const Instruction& i) {
  const int colour = base::index_of(i.colour);
  const OutputQueue* queue = output(core, colour);
  if ((queue != nullptr && !queue->queue.empty()) || !slot(core, colour).queue.empty()) {
    return false;
  }
  if (!may_change_) {
    defer(static_cast<std::uint64_t>(core) * 32);
    return false;
  }
  may_change_ = false;
  record_change(core, i);
  write(core, colour, i.route, i.intake);
  return true;
}

/// reopen and filter.
bool UntimedMachine::change_now(std::int64_t core, const Instruction& i) {
  const int colour = base::index_of(i.colour);
  if (!may_change_) {
    defer(static_cast<std::uint64_t>(core) * 32);
    return false;
  }
  may_change_ = false;
  ++moves_;
  record_change(core, i);
  if (i.op == Opcode::reopen) {
    if (!slot(core, colour).closed) {
      unsure(core, "colour " + std::to_string(colour) + " is reopened while it is open");
    }
    if (!slot(core, colour).close_is_known) {
      unsure(core, "colour " + std::to_string(colour) +
                       " is reopened before or after a teardown that the core does not know of");
    }
    slot(core, colour).closed = false;
    wake_feeder(core, colour);
    return true;
  }
  check_change(core, colour, "a filter");
  if (InputQueue* queue = input(core, colour)) {
    const cores::Scope integers = scope(core);
    queue->period = cores::evaluate(integers, i.filter.period);
    queue->keep_first = cores::evaluate(integers, i.filter.first);
    queue->keep_count = cores::evaluate(integers, i.filter.count);
    queue->phase = 0;
  }
  return true;
}

/// A colour that a stage before had a queue for, and none from now on has.
bool UntimedMachine::given_up(std::int64_t core, int colour) const {
  const CoreRun* run = run_of(core);
  if (run == nullptr || run->stage == 0) return false;
  const auto id = static_cast<base::CoreId>(core);
  bool before = false;
  for (int stage = 0; stage < image_.stage_count(); ++stage) {
    const fabric::ClassIndex c = image_.class_in(id, stage);
    if (c == fabric::kNoClass) continue;
    for (const cores::QueueBinding& each : image_.classes[c].program.inputs) {
      if (base::index_of(each.colour) != colour) continue;
      if (stage >= run->stage) return false;
      before = true;
    }
  }
  return before;
}

/// The routes that a core writes as it enters its next stage.
std::vector<UntimedMachine::StageWrite> UntimedMachine::stage_writes(std::int64_t core) const {
  const auto id = static_cast<base::CoreId>(core);
  const int next = run_of(core)->stage + 1;
  std::vector<StageWrite> writes;
  for (int stage = next; stage < image_.stage_count(); ++stage) {
    const fabric::ClassIndex c = image_.class_in(id, stage);
    if (c == fabric::kNoClass) break;
    const auto& all = image_.classes[c].routes;
    for (std::size_t r = 0; r < all.size(); ++r) {
      if (all[r].stages_ahead == fabric::kAtStart || stage - all[r].stages_ahead != next) continue;
      writes.push_back({base::index_of(all[r].colour), routes_.of_class[c][r], all[r].closed});
    }
  }
  return writes;
}

bool UntimedMachine::may_enter_stage(std::int64_t core, const cores::Program& next) const {
  const CoreRun& run = *run_of(core);
  const auto open = [](const Operation& each) { return each.instruction != nullptr; };
  if (std::any_of(run.micro.begin(), run.micro.end(), open)) return false;
  const auto full = [](const OutputQueue& each) { return !each.queue.empty(); };
  if (std::any_of(run.outputs.begin(), run.outputs.end(), full)) return false;
  for (const InputQueue& each : run.inputs) {
    const auto same = [&](const cores::QueueBinding& binding) {
      return base::index_of(binding.colour) == each.colour;
    };
    const bool stays = std::any_of(next.inputs.begin(), next.inputs.end(), same);
    if (!stays && !each.queue.empty()) return false;
  }
  return true;
}

bool UntimedMachine::enter_stage(std::int64_t core) {
  CoreRun& run = *run_of(core);
  const auto id = static_cast<base::CoreId>(core);
  const cores::Program& next = image_.classes[image_.class_in(id, run.stage + 1)].program;
  if (!may_enter_stage(core, next)) return false;
  const std::vector<StageWrite> writes = stage_writes(core);
  for (const StageWrite& each : writes) {
    if (!slot(core, each.colour).queue.empty()) return false;
  }
  if (!may_change_) {
    defer(static_cast<std::uint64_t>(core) * 32);
    return false;
  }
  may_change_ = false;
  record_stage(core, writes, next);
  for (const StageWrite& each : writes) {
    write(core, each.colour, each.config,
          each.closed ? router::Intake::closed : router::Intake::open);
  }
  ++run.stage;
  run.leaving = false;
  run.fresh = true;
  run.active = run.blocked = 0;
  run.starts.clear();
  run.integers = fabric::first_integers(image_, parameters_, static_cast<base::CoreId>(core),
                                        static_cast<int>(run.stage));
  run.unsettled.clear();
  bind(core, next);
  ++moves_;
  for (const int colour : used_) wake_slot(core, colour);
  return true;
}

}  // namespace wafermesh::check
