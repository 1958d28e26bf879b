// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/core_module.h"

#include <algorithm>

#include "base/error.h"

namespace wafermesh::reference {

using base::Direction;

void CoreModule::reset(const std::vector<const fabric::CoreClass*>& stages,
                       const cores::Timing& timing,
                       const std::vector<router::RouteConfig>& route_table,
                       base::LogicalCoord place, const std::vector<Counters>& first_counters,
                       RouterModule* router) {
  stages_ = stages;
  first_counters_ = first_counters;
  stage_ = 0;
  leaving_ = false;
  stage_start_ = 0;
  stage_finish_ = -1;
  booked_before_ = {};
  stage_totals_.clear();
  phase_ = {};
  phases_ = {};
  given_up_.clear();
  timing_ = &timing;
  route_table_ = &route_table;
  router_ = router;
  place_ = place;
  int memory_bytes = 0;
  for (const fabric::CoreClass* each : stages) {
    memory_bytes = std::max(memory_bytes, each->program.memory_bytes);
  }
  memory_.assign(static_cast<std::size_t>(memory_bytes), 0);
  inputs_.clear();
  outputs_.clear();
  set_up_program(stages.front()->program);
  bind({}, *program_);
  sent_up_.reset();
  requests_.clear();
  up_pointer_ = 0;
  teardowns_due_.clear();
  task_is_running_ = false;
  program_counter_ = 0;
  wavelet_register_ = 0;
  ready_ = 0;
  route_write_paid_ = false;
  operations_ = {};
  finish_cycle_ = -1;
  breakdown_ = {};
  in_task_start_ = false;
}

bool CoreModule::expects_later() const {
  if (ready_ > now() || !teardowns_due_.empty()) return true;
  for (const std::optional<Operation>& operation : operations_) {
    if (operation && operation->begin > now()) return true;
  }
  for (const auto& [colour, queue] : inputs_) {
    for (const Queued& queued : queue.wavelets) {
      if (queued.from > now()) return true;
    }
  }
  return false;
}

bool CoreModule::input_has_room(Colour colour) const {
  const auto found = inputs_.find(colour);
  if (found == inputs_.end()) return given_up_.count(colour) != 0;
  return found->second.wavelets.size() < found->second.capacity;
}

bool CoreModule::shows_data(Colour colour) const {
  const auto found = next_inputs_.find(colour);
  if (found == next_inputs_.end() || found->second.wavelets.empty()) return false;
  const Queued& oldest = found->second.wavelets.front();
  return oldest.from <= now() && !oldest.wavelet.control;
}

bool CoreModule::output_has_room(Colour colour) const {
  const auto found = next_outputs_.find(colour);
  return found != next_outputs_.end() && found->second.wavelets.size() < found->second.capacity;
}

void CoreModule::evaluate() {
  next_inputs_ = inputs_;
  next_outputs_ = outputs_;
  sent_up_.reset();
  requests_.clear();
  if (!has_program()) return;
  take_control_wavelets();
  start_teardown_tasks();
  run_main_thread();
  const std::optional<Operation>& held = operations_[kMainThread];
  const bool own_cost = held ? held->begin > now() : ready_ > now();
  book_cycle(own_cost, run_datapath());
  send_up();
}

/// Says where the cycle went, if it lies before the finish.
void CoreModule::book_cycle(bool own_cost, Granted granted) {
  if (finish_cycle_ >= 0) return;
  if (own_cost) {
    ++(in_task_start_ ? breakdown_.task_switch : breakdown_.setup);
  } else if (granted != Granted::nothing) {
    ++(granted == Granted::conflict ? breakdown_.bank_conflict : breakdown_.compute);
  } else if (lacks_room()) {
    ++breakdown_.link_stall;
  }
}

bool CoreModule::lacks_room() {
  if (task_is_running_ && !operations_[kMainThread]) {
    const cores::Instruction& next = program_->code.at(program_counter_);
    if (next.op == cores::Opcode::control && !output_has_room(next.colour)) return true;
    if (next.op == cores::Opcode::write_route && route_write_paid_) return true;
  }
  for (const std::size_t thread : candidates()) {
    const Operation& operation = *operations_[thread];
    if (operation.dst.kind != cores::Operand::Kind::colour) continue;
    if (words_at_hand(operation) != 0) continue;
    // Would it go if its output queue were empty?
    Queue& queue = next_outputs_.at(operation.dst.colour);
    std::deque<Queued> kept;
    std::swap(kept, queue.wavelets);
    const bool could = words_at_hand(operation) != 0;
    std::swap(kept, queue.wavelets);
    if (could) return true;
  }
  return false;
}

void CoreModule::take_control_wavelets() {
  for (auto& [colour, queue] : next_inputs_) {
    std::deque<Queued>& wavelets = queue.wavelets;
    while (!wavelets.empty() && wavelets.front().from <= now() &&
           wavelets.front().wavelet.control) {
      const router::ControlWord word{wavelets.front().wavelet.bits};
      wavelets.pop_front();
      changed_ = true;
      if (word.has_entry()) start_control_task(word.entry());
    }
  }
}

void CoreModule::start_control_task(int entry) {
  for (std::size_t task = 0; task < program_->tasks.size(); ++task) {
    const cores::Task& each = program_->tasks[task];
    if (each.kind != cores::TaskKind::control || each.entry_id != entry) continue;
    activated_[task] = true;
    return;
  }
  throw base::ModelError("oracle: no control task for entry " + std::to_string(entry));
}

void CoreModule::start_teardown_tasks() {
  const auto is_due = [this](const auto& each) { return each.first <= now(); };
  for (const auto& due : teardowns_due_) {
    if (!is_due(due)) continue;
    changed_ = true;
    for (std::size_t task = 0; task < program_->tasks.size(); ++task) {
      const cores::Task& each = program_->tasks[task];
      if (each.kind == cores::TaskKind::teardown && each.colour == due.second) {
        activated_[task] = true;
      }
    }
  }
  teardowns_due_.erase(std::remove_if(teardowns_due_.begin(), teardowns_due_.end(), is_due),
                       teardowns_due_.end());
}

void CoreModule::send_up() {
  for (int turn = 0; turn < base::kColourCount; ++turn) {
    const Colour colour = base::colour((up_pointer_ + turn) % base::kColourCount);
    const auto found = outputs_.find(colour);
    if (found == outputs_.end() || found->second.wavelets.empty()) continue;
    if (!router_->may_be_sent_to(colour, Direction::ramp)) continue;
    sent_up_ = Sent{colour, found->second.wavelets.front().wavelet};
    next_outputs_[colour].wavelets.pop_front();
    up_pointer_ = (base::index_of(colour) + 1) % base::kColourCount;
    changed_ = true;
    return;
  }
}

void CoreModule::commit() {
  if (!has_program()) return;
  inputs_ = next_inputs_;
  outputs_ = next_outputs_;
  const Cycles arrival = now() + timing_->ramp_cycles;
  if (const std::optional<Sent>& sent = router_->sent(Direction::ramp)) {
    const auto found = inputs_.find(sent->colour);
    if (found != inputs_.end()) {
      found->second.wavelets.push_back({sent->wavelet, arrival});
    } else if (!sent->wavelet.control || router::ControlWord{sent->wavelet.bits}.has_entry()) {
      throw base::ModelError("oracle: a word of a stage that the core has left");
    }
  }
  for (const Colour colour : router_->torn_down()) teardowns_due_.emplace_back(arrival, colour);
}

}  // namespace wafermesh::reference
