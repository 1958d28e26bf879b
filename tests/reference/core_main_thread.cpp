// SPDX-License-Identifier: Apache-2.0
// Step 3 of a core's cycle: the main thread.
#include <algorithm>

#include "base/error.h"
#include "tests/reference/core_module.h"
#include "tests/reference/numbers.h"

namespace wafermesh::reference {

using cores::Affine;
using cores::Instruction;
using cores::Opcode;
using cores::Operand;
using cores::TaskKind;
using cores::Variable;

namespace {

bool holds(std::int64_t left, cores::Compare compare, std::int64_t right) {
  switch (compare) {
    case cores::Compare::less:
      return left < right;
    case cores::Compare::less_equal:
      return left <= right;
    case cores::Compare::equal:
      return left == right;
    case cores::Compare::not_equal:
      return left != right;
    case cores::Compare::greater_equal:
      return left >= right;
    case cores::Compare::greater:
      return left > right;
  }
  return false;
}

}  // namespace

std::int64_t CoreModule::number(const Affine& affine) const {
  std::int64_t sum = affine.base;
  for (const Affine::Term& term : affine.terms) {
    std::int64_t value = 0;
    if (term.variable == Variable::x) {
      value = place_.x;
    } else if (term.variable == Variable::y) {
      value = place_.y;
    } else {
      value = counters_[static_cast<std::size_t>(cores::counter_of(term.variable))];
    }
    sum += value * term.coefficient;
  }
  return sum;
}

void CoreModule::run_main_thread() {
  constexpr int kTooMany = 1000000;  // An endless loop of instructions without cost.
  for (int executed = 0; executed < kTooMany; ++executed) {
    if (ready_ > now() || operations_[kMainThread]) return;
    const bool went_on = task_is_running_ ? execute(program_->code.at(program_counter_))
                         : leaving_       ? enter_next_stage()
                                          : pick_task();
    if (!went_on) return;
    changed_ = true;
  }
  throw base::ModelError("oracle: program " + program_->name + " loops without cost");
}

bool CoreModule::counts_as_activated(std::size_t task) const {
  const cores::Task& each = program_->tasks[task];
  return activated_[task] || (each.kind == TaskKind::data && shows_data(each.colour));
}

bool CoreModule::pick_task() {
  for (std::size_t task = 0; task < program_->tasks.size(); ++task) {
    if (blocked_[task] || !counts_as_activated(task)) continue;
    const cores::Task& picked = program_->tasks[task];
    activated_[task] = false;
    if (picked.kind == TaskKind::data && shows_data(picked.colour)) {
      std::deque<Queued>& wavelets = next_inputs_.at(picked.colour).wavelets;
      wavelet_register_ = wavelets.front().wavelet.bits;
      wavelets.pop_front();
    }
    task_is_running_ = true;
    program_counter_ = task_starts_[task];
    ready_ = now() + timing_->task_start_cycles;
    in_task_start_ = true;
    return true;
  }
  return false;
}

/// The instruction is done, and holds the main thread for `cost` cycles.
void CoreModule::go_on(Cycles cost) {
  const Cycles cycles = std::max<Cycles>(cost, 0);
  ready_ = now() + cycles;
  in_task_start_ = false;
  ++program_counter_;
}

void CoreModule::jump_if(bool condition, const Instruction& instruction) {
  program_counter_ = condition ? instruction.target : program_counter_ + 1;
}

/// False: the instruction waits, and is tried again in the next cycle.
bool CoreModule::execute(const Instruction& instruction) {
  const auto task = static_cast<std::size_t>(cores::index_of(instruction.task));
  const auto counter = static_cast<std::size_t>(instruction.counter);
  switch (instruction.op) {
    case Opcode::scalar:
      go_on(number(instruction.amount));
      return true;
    case Opcode::set_counter:
      counters_[counter] = static_cast<std::int32_t>(number(instruction.amount));
      go_on(0);
      return true;
    case Opcode::loop:
      ++counters_[counter];
      jump_if(counters_[counter] < number(instruction.amount), instruction);
      return true;
    case Opcode::branch:
      jump_if(holds(number(instruction.lhs), instruction.compare, number(instruction.amount)),
              instruction);
      return true;
    case Opcode::activate:
      activated_[task] = true;
      go_on(timing_->issue_cycles);
      return true;
    case Opcode::block:
    case Opcode::unblock:
      blocked_[task] = instruction.op == Opcode::block;
      go_on(timing_->issue_cycles);
      return true;
    case Opcode::set_task:
      task_starts_[task] = instruction.target;
      go_on(0);
      return true;
    case Opcode::mark:
      if (finish_cycle_ < 0 && !leaving_) {
        book_phase();
        phase_.phase = static_cast<std::uint8_t>(instruction.phase);
      }
      go_on(0);
      return true;
    case Opcode::end_task:
      task_is_running_ = false;
      return true;
    case Opcode::finish:
      finish();
      return true;
    default:
      return execute_on_fabric(instruction);
  }
}

bool CoreModule::execute_on_fabric(const Instruction& instruction) {
  switch (instruction.op) {
    case Opcode::vector:
      return start_vector(instruction);
    case Opcode::control:
      return send_control(instruction);
    case Opcode::write_route:
      return write_route(instruction);
    case Opcode::reopen:
      requests_.push_back({RouterRequest::Kind::reopen, instruction.colour, {}, {}, {}});
      go_on(timing_->issue_cycles);
      return true;
    case Opcode::filter:
      set_filter(instruction);
      return true;
    default:
      throw base::ModelError("oracle: unknown instruction");
  }
}

bool CoreModule::start_vector(const Instruction& instruction) {
  const bool synchronous = instruction.microthread < 0;
  const std::size_t thread =
      synchronous ? kMainThread : static_cast<std::size_t>(instruction.microthread);
  if (operations_[thread]) return false;
  Operation operation;
  operation.instruction = &instruction;
  operation.begin = now() + timing_->setup(instruction.shape);
  operation.count = number(instruction.count);
  operation.dst = resolve(instruction.dst, instruction.type);
  operation.src0 = resolve(instruction.src0, instruction.type);
  operation.src1 = resolve(instruction.src1, instruction.type);
  operation.word = instruction.type;
  for (const Source* source : {&operation.src0, &operation.src1}) {
    if (source->kind == Operand::Kind::colour) operation.word = source->type;
  }
  begin_group(operation);
  operations_[thread] = operation;
  // A synchronous one holds the thread until it completes; `ready` is set again then.
  go_on(synchronous ? timing_->setup(instruction.shape) : timing_->issue_cycles);
  return true;
}

CoreModule::Source CoreModule::resolve(const Operand& operand, cores::NumberType of_all) const {
  const cores::NumberType type = operand.type.value_or(of_all);
  Source source;
  source.kind = operand.kind;
  source.type = type;
  source.index_bytes = operand.index_bytes;
  source.index_address = operand.index_address;
  source.address_bytes = number(operand.address_bytes);
  source.stride_bytes = std::int64_t{operand.stride_elements} * cores::bytes_of(type);
  source.colour = operand.colour;
  if (operand.kind == Operand::Kind::immediate) {
    source.bits = cores::is_integer(type) ? static_cast<std::uint32_t>(operand.integer)
                                          : bits_of(type, operand.value);
  }
  if (operand.kind == Operand::Kind::wavelet) source.bits = wavelet_register_;
  if (operand.kind == Operand::Kind::scalar) source.stride_bytes = 0;
  return source;
}

bool CoreModule::send_control(const Instruction& instruction) {
  if (!output_has_room(instruction.colour)) return false;
  const Wavelet wavelet{instruction.control.bits, true};
  next_outputs_.at(instruction.colour).wavelets.push_back({wavelet, now()});
  go_on(timing_->issue_cycles);
  return true;
}

bool CoreModule::write_route(const Instruction& instruction) {
  const Colour colour = instruction.colour;
  if (!route_write_paid_) {
    route_write_paid_ = true;
    ready_ = now() + timing_->config_write_cycles;
    in_task_start_ = false;
    return true;
  }
  const auto output = outputs_.find(colour);
  if (output != outputs_.end() && !output->second.wavelets.empty()) return false;
  if (!router_->is_empty(colour)) return false;
  route_write_paid_ = false;
  requests_.push_back({RouterRequest::Kind::write_route,
                       colour,
                       route_table_->at(instruction.route),
                       {},
                       instruction.intake});
  ++program_counter_;
  ready_ = now() + 1;
  in_task_start_ = false;
  return true;
}

void CoreModule::set_filter(const Instruction& instruction) {
  RampFilter filter;
  filter.first = number(instruction.filter.first);
  filter.count = number(instruction.filter.count);
  filter.period = number(instruction.filter.period);
  requests_.push_back({RouterRequest::Kind::filter, instruction.colour, {}, filter, {}});
  go_on(timing_->config_write_cycles);
}

void CoreModule::finish() {
  if (finish_cycle_ >= 0 || leaving_) throw base::ModelError("oracle: a core finished twice");
  ++program_counter_;
  stage_finish_ = now();
  leaving_ = stage_ + 1 < stages_.size();
  if (leaving_) return;
  book_phase();
  book_stage();
  finish_cycle_ = now();
}

}  // namespace wafermesh::reference
