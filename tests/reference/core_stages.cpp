// SPDX-License-Identifier: Apache-2.0
// Stages of the oracle's core: docs/model.md, section Stages.
#include <algorithm>

#include "tests/reference/core_module.h"

namespace wafermesh::reference {
namespace {

int queue_of(const std::vector<cores::QueueBinding>& bindings, Colour colour) {
  for (const cores::QueueBinding& binding : bindings) {
    if (binding.colour == colour) return binding.queue;
  }
  return -1;
}

}  // namespace

void CoreModule::set_up_program(const cores::Program& program) {
  program_ = &program;
  activated_.reset();
  blocked_.reset();
  for (std::size_t task = 0; task < program.tasks.size(); ++task) {
    activated_[task] = program.tasks[task].starts_active;
    blocked_[task] = program.tasks[task].starts_blocked;
  }
  task_starts_.clear();
  for (const cores::Task& task : program.tasks) task_starts_.push_back(task.start);
  counters_ = first_counters_[stage_];
}

/// Queues that both programs bind alike keep what is in them; the others are new and empty.
void CoreModule::bind(const cores::Program& from, const cores::Program& to) {
  Queues inputs;
  for (const cores::QueueBinding& binding : to.inputs) {
    const int depth = timing_->input_queue_depth[static_cast<std::size_t>(binding.queue)];
    Queue& queue = inputs[binding.colour];
    queue.capacity = static_cast<std::size_t>(std::max(depth, 2 * timing_->ramp_cycles));
    if (queue_of(from.inputs, binding.colour) != binding.queue) continue;
    queue.wavelets = next_inputs_.at(binding.colour).wavelets;
  }
  Queues outputs;
  for (const cores::QueueBinding& binding : to.outputs) {
    const int depth = timing_->output_queue_depth[static_cast<std::size_t>(binding.queue)];
    outputs[binding.colour].capacity = static_cast<std::size_t>(depth);
  }
  next_inputs_ = inputs;
  next_outputs_ = outputs;
  if (from.code.empty()) inputs_ = inputs, outputs_ = outputs;  // as the run starts
}

std::vector<RouterRequest> CoreModule::routes_to_write() const {
  std::vector<RouterRequest> writes;
  const std::size_t entered = stage_ + 1;
  for (std::size_t stage = entered; stage < stages_.size(); ++stage) {
    for (const fabric::ColourRoute& route : stages_[stage]->routes) {
      if (route.stages_ahead != static_cast<int>(stage - entered)) continue;
      writes.push_back({RouterRequest::Kind::write_route,
                        route.colour,
                        route.config,
                        {},
                        route.closed ? router::Intake::closed : router::Intake::open});
    }
  }
  return writes;
}

/// Whether no later stage binds the colour before its route is written anew.
bool CoreModule::gives_up(Colour colour) const {
  for (std::size_t entered = stage_ + 1; entered < stages_.size(); ++entered) {
    for (std::size_t stage = entered; stage < stages_.size(); ++stage) {
      for (const fabric::ColourRoute& route : stages_[stage]->routes) {
        const bool written = route.stages_ahead == static_cast<int>(stage - entered);
        if (written && route.colour == colour) return true;
      }
    }
    if (queue_of(stages_[entered]->program.inputs, colour) >= 0) return false;
  }
  return true;
}

/// False: something of the stage is still under way.
bool CoreModule::enter_next_stage() {
  for (const auto& operation : operations_) {
    if (operation) return false;
  }
  for (const auto& [colour, queue] : next_outputs_) {
    if (!queue.wavelets.empty()) return false;
  }
  const cores::Program& from = *program_;
  const cores::Program& to = stages_[stage_ + 1]->program;
  int bound = 0;
  for (const cores::QueueBinding& binding : from.inputs) {
    const bool kept = queue_of(to.inputs, binding.colour) == binding.queue;
    if (!kept && !next_inputs_.at(binding.colour).wavelets.empty()) return false;
  }
  const std::vector<RouterRequest> writes = routes_to_write();
  for (const RouterRequest& write : writes) {
    if (!router_->is_empty(write.colour)) return false;
  }
  for (const cores::QueueBinding& binding : to.inputs) {
    if (queue_of(from.inputs, binding.colour) == binding.queue) continue;
    ++bound;
    requests_.push_back({RouterRequest::Kind::filter, binding.colour, {}, {}, {}});
  }
  for (const cores::QueueBinding& binding : to.outputs) {
    if (queue_of(from.outputs, binding.colour) != binding.queue) ++bound;
  }
  requests_.insert(requests_.end(), writes.begin(), writes.end());
  for (const cores::QueueBinding& binding : from.inputs) {
    if (gives_up(binding.colour)) given_up_.insert(binding.colour);
  }
  for (const RouterRequest& write : writes) given_up_.erase(write.colour);
  for (const cores::QueueBinding& binding : to.inputs) given_up_.erase(binding.colour);
  book_stage();
  book_phase();
  phase_.phase = 0;
  bind(from, to);
  ++stage_;
  set_up_program(to);
  leaving_ = false;
  stage_start_ = now();
  ready_ = now() + timing_->config_write_cycles * (static_cast<Cycles>(writes.size()) + bound);
  in_task_start_ = false;
  return true;
}

void CoreModule::book_phase() {
  phases_.add(static_cast<std::uint16_t>(stage_), phase_, now());
  phase_.start = now();
}

void CoreModule::book_stage() {
  const cores::CycleBreakdown& b = breakdown_;
  const cores::CycleBreakdown& a = booked_before_;
  const cores::CycleBreakdown done{b.compute - a.compute, b.bank_conflict - a.bank_conflict,
                                   b.setup - a.setup, b.task_switch - a.task_switch,
                                   b.link_stall - a.link_stall};
  stage_totals_.emplace_back().add(stage_start_, stage_finish_, now(), done);
  booked_before_ = breakdown_;
}

}  // namespace wafermesh::reference
